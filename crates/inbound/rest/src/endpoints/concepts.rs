//! Concepts.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use creativestore_domain::id::ConceptId;
use creativestore_domain::text::Name;
use creativestore_usecases::concepts;
use http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{ProblemView, WhichAccount, WhichPage, created, done};
use crate::edge::Edge;
use crate::edge::body::{Errors, Json};
use crate::edge::conditions::{etag, must_match};
use crate::edge::cursor::{List, PageView};
use crate::edge::params::{Once, Params, Path, id, idempotency_key};
use crate::edge::problem::Problem;
use crate::edge::signed::Signed;
use crate::views::people::ConceptView;

/// A new concept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConcept {
    /// The account, for who has several.
    account: Option<String>,
    /// What people call it.
    #[schema(example = "Holiday 2026")]
    name: String,
}

/// Make a concept.
#[utoipa::path(post, operation_id = "concepts_create", path = "/v1/concepts", tag = "concepts", request_body = NewConcept, params(WhichAccount, Once),
    responses((status = 201, body = ConceptView), (status = "default", body = ProblemView)))]
pub async fn create(
    State(edge): State<Edge>,
    signed: Signed,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
    Json(body): Json<NewConcept>,
) -> Result<Response, Problem> {
    let NewConcept { account, name } = body;
    let caller = signed.naming(account.or(which.account).as_deref())?;
    let mut errors = Errors::default();
    let name = errors.take("/name", Name::parse(&name));
    let name = errors.finish(name)?;
    let made = concepts::create(&edge.inside, &caller, name, idempotency_key(&headers)?.as_ref()).await?;
    let at = format!("/v1/concepts/{}", made.value.id);
    Ok(created(&at, made.replayed, Some(etag(made.value.version)), ConceptView::from(made.value)))
}

/// The concepts of an account, newest first.
#[utoipa::path(get, operation_id = "concepts_list", path = "/v1/concepts", tag = "concepts", params(WhichPage),
    responses((status = 200, body = PageView<ConceptView>), (status = "default", body = ProblemView)))]
pub async fn list(
    State(edge): State<Edge>,
    signed: Signed,
    Params(which): Params<WhichPage>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let list = List::new(&edge, "concepts", &(caller.actor, caller.named));
    let page = list.page(which.limit, which.cursor.as_deref())?;
    let found = concepts::list(&edge.inside, &caller, &page).await?;
    Ok(Answer(list.view(found, ConceptView::from)).into_response())
}

/// A concept.
#[utoipa::path(get, operation_id = "concepts_get", path = "/v1/concepts/{id}", tag = "concepts", params(("id" = String, Path), WhichAccount),
    responses((status = 200, body = ConceptView), (status = "default", body = ProblemView)))]
pub async fn get(
    State(edge): State<Edge>,
    signed: Signed,
    Path(concept): Path<String>,
    Params(which): Params<WhichAccount>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let found = concepts::get(&edge.inside, &caller, id(ConceptId::parse, &concept, "concept")?).await?;
    Ok(done(false, Some(etag(found.version)), ConceptView::from(found)))
}

/// Changes to a concept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConceptChanges {
    /// What people call it.
    name: String,
}

/// Rename a concept.
#[utoipa::path(patch, operation_id = "concepts_amend", path = "/v1/concepts/{id}", tag = "concepts", request_body = ConceptChanges,
    params(("id" = String, Path), WhichAccount, ("If-Match" = String, Header, description = "the version that was seen")),
    responses((status = 200, body = ConceptView), (status = "default", body = ProblemView)))]
pub async fn amend(
    State(edge): State<Edge>,
    signed: Signed,
    Path(concept): Path<String>,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
    Json(body): Json<ConceptChanges>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let seen = must_match(&headers)?;
    let concept = id(ConceptId::parse, &concept, "concept")?;
    let mut errors = Errors::default();
    let name = errors.take("/name", Name::parse(&body.name));
    let name = errors.finish(name)?;
    let new = concepts::amend(&edge.inside, &caller, concept, seen.version(), name).await?;
    Ok(done(false, Some(etag(new.version)), ConceptView::from(new)))
}
