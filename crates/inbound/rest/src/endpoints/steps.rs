//! Steps of the owner: away, out again, and once more.

use axum::extract::State;
use axum::response::Response;
use creativestore_domain::creative::Creative;
use creativestore_domain::id::CreativeId;
use creativestore_domain::states::Reason;
use creativestore_domain::text::Note;
use creativestore_usecases::{Done, creatives};
use http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;

use super::reviews::reason;
use super::{ProblemView, WhichAccount, done};
use crate::edge::Edge;
use crate::edge::body::{Errors, MaybeJson};
use crate::edge::conditions::etag;
use crate::edge::params::{Once, Params, Path, id, idempotency_key};
use crate::edge::problem::Problem;
use crate::edge::signed::Signed;
use crate::views::creatives::CreativeView;

/// Why a step is taken; may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Why {
    /// Why (AdCP `creative-event-reason-code`); the usual one of the step when nothing is said.
    reason_code: Option<String>,
    /// What there is to say about it.
    note: Option<String>,
}

/// Why a step is taken, in words only; may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// What there is to say about it.
    note: Option<String>,
}

fn said(note: Option<String>) -> Result<Option<Note>, Problem> {
    let mut errors = Errors::default();
    let note = errors.maybe("/note", note, Note::parse);
    errors.finish(Some(note))
}

fn shown(moved: &Done<Creative>) -> Response {
    let tag = etag(moved.value.version);
    done(moved.replayed, Some(tag), CreativeView::from(&moved.value))
}

/// Put an approved creative away.
#[utoipa::path(post, operation_id = "creatives_archive", path = "/v1/creatives/{id}/archive", tag = "states", request_body(content = Why),
    params(("id" = String, Path), WhichAccount, Once),
    responses((status = 200, body = CreativeView), (status = "default", body = ProblemView)))]
pub async fn archive(
    State(edge): State<Edge>,
    signed: Signed,
    Path(creative): Path<String>,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
    MaybeJson(Why { reason_code, note }): MaybeJson<Why>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let creative = id(CreativeId::parse, &creative, "creative")?;
    let mut errors = Errors::default();
    let why: Option<Reason> = reason(&mut errors, reason_code.as_deref());
    let note = errors.maybe("/note", note, Note::parse);
    let (why, note) = errors.finish(Some((why, note)))?;
    let key = idempotency_key(&headers)?;
    Ok(shown(&creatives::archive(&edge.inside, &caller, creative, why, note, key.as_ref()).await?))
}

/// Take a creative out of the archive: as it was, or into review when a format changed since.
#[utoipa::path(post, operation_id = "creatives_unarchive", path = "/v1/creatives/{id}/unarchive", tag = "states", request_body(content = Said),
    params(("id" = String, Path), WhichAccount, Once),
    responses((status = 200, body = CreativeView), (status = "default", body = ProblemView)))]
pub async fn unarchive(
    State(edge): State<Edge>,
    signed: Signed,
    Path(creative): Path<String>,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
    MaybeJson(Said { note }): MaybeJson<Said>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let creative = id(CreativeId::parse, &creative, "creative")?;
    let key = idempotency_key(&headers)?;
    Ok(shown(&creatives::unarchive(&edge.inside, &caller, creative, said(note)?, key.as_ref()).await?))
}

/// Have a rejected revision looked inside and checked again.
#[utoipa::path(post, operation_id = "creatives_resubmit", path = "/v1/creatives/{id}/resubmit", tag = "states", request_body(content = Said),
    params(("id" = String, Path), WhichAccount, Once),
    responses((status = 200, body = CreativeView), (status = "default", body = ProblemView)))]
pub async fn resubmit(
    State(edge): State<Edge>,
    signed: Signed,
    Path(creative): Path<String>,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
    MaybeJson(Said { note }): MaybeJson<Said>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let creative = id(CreativeId::parse, &creative, "creative")?;
    let key = idempotency_key(&headers)?;
    Ok(shown(&creatives::resubmit(&edge.inside, &caller, creative, said(note)?, key.as_ref()).await?))
}
