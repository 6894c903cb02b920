//! Creatives: in, found, changed.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use creativestore_domain::account::ChangePolicy;
use creativestore_domain::creative::{Creative, Labels, MAX_LABELS, Metadata};
use creativestore_domain::id::{ConceptId, CreativeId};
use creativestore_domain::patch::Patch;
use creativestore_domain::text::{ExternalId, Label, Name};
use creativestore_usecases::creatives::{self, Amend, Create, Upsert, Upserted};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ProblemView, USUAL, WhichAccount, as_json, created, done, marked, write, written};
use crate::edge::Edge;
use crate::edge::body::{Errors, Json};
use crate::edge::conditions::{IfMatch, etag, if_match, must_match};
use crate::edge::cursor::PageView;
use crate::edge::params::{Once, Params, Path, id, idempotency_key};
use crate::edge::patch;
use crate::edge::problem::{Code, Problem};
use crate::edge::signed::Signed;
use crate::views::WindowView;
use crate::views::creatives::CreativeView;
use crate::views::manifest::ManifestView;

/// A new creative.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCreative {
    /// The account, for who has several.
    account: Option<String>,
    /// The caller's own id, unique in the account.
    external_id: Option<String>,
    /// What people call it.
    #[schema(example = "Holiday 2026, 300x250")]
    name: String,
    /// The concept that it belongs to.
    concept: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    labels: Vec<String>,
    /// From when to when it may run.
    #[serde(default)]
    rights: WindowView,
    /// `staged` or `strict`; the account's when nothing is said.
    change_policy: Option<String>,
    /// Its content.
    manifest: ManifestView,
}

fn metadata(
    errors: &mut Errors,
    name: &str,
    concept: Option<&str>,
    labels: &[String],
    rights: &WindowView,
) -> Option<Metadata> {
    let name = errors.take("/name", Name::parse(name));
    let concept = errors.maybe("/concept", concept, ConceptId::parse);
    let labels = self::labels(errors, labels);
    let rights = rights.parse(errors, "/rights");
    Some(Metadata { name: name?, concept, labels: labels?, rights: rights? })
}

fn labels(errors: &mut Errors, labels: &[String]) -> Option<Labels> {
    if labels.len() > MAX_LABELS {
        errors.add("/labels", format!("{} labels given; at most {MAX_LABELS} are allowed", labels.len()));
        return None;
    }
    let parsed = labels.iter().enumerate();
    let parsed: Vec<_> =
        parsed.map(|(n, label)| errors.take(&format!("/labels/{n}"), Label::parse(label))).collect();
    parsed.into_iter().collect()
}

/// Put a creative in. Its first revision is then looked inside and checked.
#[utoipa::path(post, operation_id = "creatives_create", path = "/v1/creatives", tag = "creatives", request_body = NewCreative,
    params(WhichAccount, Once),
    responses((status = 201, body = CreativeView), (status = "default", body = ProblemView)))]
pub async fn create(
    State(edge): State<Edge>,
    signed: Signed,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
    Json(body): Json<NewCreative>,
) -> Result<Response, Problem> {
    let NewCreative { account, external_id, name, concept, labels, rights, change_policy, manifest } = body;
    let caller = signed.naming(account.or(which.account).as_deref())?;
    let mut errors = Errors::default();
    let external_id = errors.maybe("/external_id", external_id, ExternalId::parse);
    let metadata = metadata(&mut errors, &name, concept.as_deref(), &labels, &rights);
    let words = ChangePolicy::ALL.map(ChangePolicy::as_str);
    let change_policy =
        change_policy.and_then(|text| errors.word("/change_policy", &text, ChangePolicy::parse, words));
    let manifest = manifest.parse(&mut errors, "/manifest");
    let request = metadata.zip(manifest).map(|(metadata, manifest)| Create {
        external_id,
        metadata,
        change_policy,
        manifest,
    });
    let request = errors.finish(request)?;
    let made = creatives::create(&edge.inside, &caller, request, idempotency_key(&headers)?.as_ref()).await?;
    let (creative, _) = made.value;
    let at = format!("/v1/creatives/{}", creative.id);
    Ok(created(&at, made.replayed, Some(etag(creative.version)), CreativeView::from(&creative)))
}

/// What a creative is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedCreative {
    /// What people call it.
    name: String,
    /// The concept that it belongs to.
    concept: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    labels: Vec<String>,
    /// From when to when it may run.
    #[serde(default)]
    rights: WindowView,
    /// Its content.
    manifest: ManifestView,
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub struct UpsertedView<'a> {
    /// `created`, `changed` or `unchanged`.
    result: &'static str,
    /// Whether there is a new revision.
    revision_added: bool,
    /// Whether the metadata changed.
    metadata_changed: bool,
    /// The creative afterwards.
    creative: CreativeView<'a>,
}

/// Make the creative with this external id so: made when it is not there, changed when it differs, left alone when it
/// does not. `If-Match` is optional.
#[utoipa::path(put, operation_id = "creatives_upsert", path = "/v1/creatives/by-external-id/{external_id}", tag = "creatives",
    request_body = WantedCreative, params(("external_id" = String, Path), WhichAccount),
    responses((status = 200, body = UpsertedView), (status = 201, body = UpsertedView), (status = "default", body = ProblemView)))]
pub async fn upsert(
    State(edge): State<Edge>,
    signed: Signed,
    Path(external_id): Path<String>,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
    Json(body): Json<WantedCreative>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let WantedCreative { name, concept, labels, rights, manifest } = body;
    let mut errors = Errors::default();
    let external_id = errors.take("external_id", ExternalId::parse(&external_id));
    let metadata = metadata(&mut errors, &name, concept.as_deref(), &labels, &rights);
    let manifest = manifest.parse(&mut errors, "/manifest");
    let request = external_id.zip(metadata).zip(manifest);
    let request =
        request.map(|((external_id, metadata), manifest)| Upsert { external_id, metadata, manifest });
    let request = errors.finish(request)?;
    let seen = if_match(&headers)?.and_then(IfMatch::version);
    let (creative, _, done) = creatives::upsert(&edge.inside, &caller, request, seen).await?;
    let (result, revision_added, metadata_changed) = match done {
        Upserted::Created => ("created", true, false),
        Upserted::Changed { revision, metadata } => ("changed", revision, metadata),
        Upserted::Unchanged => ("unchanged", false, false),
    };
    let at = format!("/v1/creatives/{}", creative.id);
    let tag = Some(etag(creative.version));
    let view = UpsertedView { result, revision_added, metadata_changed, creative: (&creative).into() };
    let mut response = created(&at, false, tag, view);
    if done != Upserted::Created {
        *response.status_mut() = StatusCode::OK;
    }
    Ok(response)
}

/// A creative as it is shown, as it may have been written before.
fn one(edge: &Edge, creative: &Arc<Creative>) -> Result<Bytes, Problem> {
    if let Some(written) = edge.written.known(creative) {
        return Ok(written);
    }
    let bytes = written(CreativeView::from(creative.as_ref()))?;
    edge.written.keep(creative, &bytes);
    Ok(bytes.into())
}

/// A page of creatives, each as it is shown.
pub fn page(edge: &Edge, page: PageView<Arc<Creative>>) -> Result<Response, Problem> {
    let PageView { items, next } = page;
    let mut body = Vec::with_capacity(items.len().saturating_add(1).saturating_mul(USUAL));
    body.extend_from_slice(br#"{"items":["#);
    for (n, creative) in items.iter().enumerate() {
        if n > 0 {
            body.push(b',');
        }
        if let Some(known) = edge.written.known(creative) {
            body.extend_from_slice(&known);
        } else {
            let begin = body.len();
            write(&mut body, CreativeView::from(creative.as_ref()))?;
            edge.written.keep(creative, body.get(begin..).unwrap_or_default());
        }
    }
    body.extend_from_slice(br#"],"next":"#);
    write(&mut body, next)?;
    body.push(b'}');
    Ok(as_json(body))
}

/// A creative.
#[utoipa::path(get, operation_id = "creatives_get", path = "/v1/creatives/{id}", tag = "creatives", params(("id" = String, Path), WhichAccount),
    responses((status = 200, body = CreativeView), (status = "default", body = ProblemView)))]
pub async fn get(
    State(edge): State<Edge>,
    signed: Signed,
    Path(creative): Path<String>,
    Params(which): Params<WhichAccount>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let creative = id(CreativeId::parse, &creative, "creative")?;
    let creative = creatives::get(&edge.inside, &caller, creative).await?;
    let mut response = as_json(one(&edge, &creative)?);
    marked(&mut response, false, Some(etag(creative.version)));
    Ok(response)
}

/// Changes to a creative's metadata; what is left out stays, `null` takes away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreativeChanges {
    /// What people call it.
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(value_type = String, required = false)]
    name: Option<String>,
    /// The concept that it belongs to.
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<String>)]
    concept: Patch<String>,
    /// Words to find it by; replaces all of them.
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<Vec<String>>)]
    labels: Patch<Vec<String>>,
    /// From when to when it may run.
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<WindowView>)]
    rights: Patch<WindowView>,
}

/// Change a creative's metadata: no revision, no review.
#[utoipa::path(patch, operation_id = "creatives_amend", path = "/v1/creatives/{id}", tag = "creatives", request_body = CreativeChanges,
    params(("id" = String, Path), WhichAccount, ("If-Match" = String, Header, description = "the version that was seen")),
    responses((status = 200, body = CreativeView), (status = "default", body = ProblemView)))]
pub async fn amend(
    State(edge): State<Edge>,
    signed: Signed,
    Path(creative): Path<String>,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
    Json(body): Json<CreativeChanges>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let seen = must_match(&headers)?;
    let creative = id(CreativeId::parse, &creative, "creative")?;
    let CreativeChanges { name, concept, labels, rights } = body;
    let mut errors = Errors::default();
    let request = Amend {
        name: errors.maybe("/name", name, Name::parse),
        concept: patch::text(&mut errors, "/concept", concept, ConceptId::parse),
        labels: patch::parsed(labels, |given| self::labels(&mut errors, &given)),
        rights: patch::parsed(rights, |given| given.parse(&mut errors, "/rights")),
    };
    let request = errors.finish_as(Code::InvalidRequest, Some(request))?;
    let creative = creatives::amend(&edge.inside, &caller, creative, seen.version(), request).await?;
    Ok(done(false, Some(etag(creative.version)), CreativeView::from(&creative)))
}
