//! Revisions and what the checks said of them.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use creativestore_domain::id::CreativeId;
use creativestore_domain::revision::RevisionNo;
use creativestore_usecases::creatives::{self, Revised, Seen};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ProblemView, WhichAccount, WhichPage, created};
use crate::edge::Edge;
use crate::edge::body::{Errors, Json};
use crate::edge::cursor::{List, PageView};
use crate::edge::params::{Once, Params, Path, id, idempotency_key};
use crate::edge::problem::Problem;
use crate::edge::signed::Signed;
use crate::views::checks::CheckRunView;
use crate::views::creatives::{ReviewView, RevisionView};
use crate::views::manifest::ManifestView;

/// The number of a revision in a path.
pub fn number(text: &str) -> Result<RevisionNo, Problem> {
    let number = text.parse().ok().and_then(RevisionNo::new);
    number.ok_or_else(|| Problem::not_found("revision"))
}

/// New content.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRevision {
    /// The content.
    manifest: ManifestView,
}

/// The newest revision.
#[derive(Serialize, ToSchema)]
pub struct RevisedView {
    /// Whether it was added now; otherwise the content was the same.
    added: bool,
    /// The revision.
    revision: RevisionView,
}

/// Add a revision, unless its canonical content is that of the newest one.
#[utoipa::path(post, operation_id = "revisions_create", path = "/v1/creatives/{id}/revisions", tag = "revisions", request_body = NewRevision,
    params(("id" = String, Path), WhichAccount, Once),
    responses((status = 200, body = RevisedView), (status = 201, body = RevisedView), (status = "default", body = ProblemView)))]
pub async fn create(
    State(edge): State<Edge>,
    signed: Signed,
    Path(creative): Path<String>,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
    Json(body): Json<NewRevision>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let creative = id(CreativeId::parse, &creative, "creative")?;
    let mut errors = Errors::default();
    let manifest = body.manifest.parse(&mut errors, "/manifest");
    let manifest = errors.finish(manifest)?;
    let key = idempotency_key(&headers)?;
    let made = creatives::revise(&edge.inside, &caller, creative, manifest, key.as_ref()).await?;
    let Revised { revision, added } = made.value;
    let at = format!("/v1/creatives/{creative}/revisions/{}", revision.no);
    let mut response = created(&at, made.replayed, None, RevisedView { added, revision: revision.into() });
    if !added {
        *response.status_mut() = StatusCode::OK;
    }
    Ok(response)
}

/// The revisions of a creative, newest first.
#[utoipa::path(get, operation_id = "revisions_list", path = "/v1/creatives/{id}/revisions", tag = "revisions", params(("id" = String, Path), WhichPage),
    responses((status = 200, body = PageView<RevisionView>), (status = "default", body = ProblemView)))]
pub async fn list(
    State(edge): State<Edge>,
    signed: Signed,
    Path(creative): Path<String>,
    Params(which): Params<WhichPage>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let creative = id(CreativeId::parse, &creative, "creative")?;
    let list = List::new(&edge, "revisions", &(caller.actor, caller.named, creative));
    let page = list.page(which.limit, which.cursor.as_deref())?;
    let found = creatives::revisions(&edge.inside, &caller, creative, &page).await?;
    Ok(Answer(list.view(found, RevisionView::from)).into_response())
}

/// A revision with its reviews.
#[derive(Serialize, ToSchema)]
pub struct SeenView {
    #[serde(flatten)]
    revision: RevisionView,
    /// What was decided about it, oldest first.
    reviews: Vec<ReviewView>,
}

/// A revision.
#[utoipa::path(get, operation_id = "revisions_get", path = "/v1/creatives/{id}/revisions/{n}", tag = "revisions",
    params(("id" = String, Path), ("n" = u32, Path), WhichAccount),
    responses((status = 200, body = SeenView), (status = "default", body = ProblemView)))]
pub async fn get(
    State(edge): State<Edge>,
    signed: Signed,
    Path((creative, n)): Path<(String, String)>,
    Params(which): Params<WhichAccount>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let creative = id(CreativeId::parse, &creative, "creative")?;
    let seen = creatives::revision(&edge.inside, &caller, creative, Some(number(&n)?)).await?;
    let Seen { revision, reviews } = seen;
    let reviews = reviews.into_iter().map(Into::into).collect();
    Ok(Answer(SeenView { revision: revision.into(), reviews }).into_response())
}

/// What the checks said.
#[derive(Serialize, ToSchema)]
pub struct ChecksView {
    /// The newest run; null while the revision is still being looked inside.
    run: Option<CheckRunView>,
}

/// What the checks said of a revision.
#[utoipa::path(get, operation_id = "revisions_checks", path = "/v1/creatives/{id}/revisions/{n}/checks", tag = "revisions",
    params(("id" = String, Path), ("n" = u32, Path), WhichAccount),
    responses((status = 200, body = ChecksView), (status = "default", body = ProblemView)))]
pub async fn checks(
    State(edge): State<Edge>,
    signed: Signed,
    Path((creative, n)): Path<(String, String)>,
    Params(which): Params<WhichAccount>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let creative = id(CreativeId::parse, &creative, "creative")?;
    let run = creatives::checks(&edge.inside, &caller, creative, number(&n)?).await?;
    Ok(Answer(ChecksView { run: run.map(Into::into) }).into_response())
}
