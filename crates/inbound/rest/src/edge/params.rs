//! Query parameters, path parameters and headers, read strictly.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use creativestore_ports::page::MAX_LIMIT;
use creativestore_usecases::IdempotencyKey;
use http::HeaderMap;
use http::request::Parts;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::Edge;
use super::body::with_nearest;
use super::problem::{Code, Problem};

/// Query parameters; unknown ones are refused.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Edge> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let query: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, edge).await;
        let Query(params) = query.map_err(|error| {
            let said = error.body_text();
            let said = said.rsplit_once("query string: ").map_or(said.as_str(), |(_, said)| said);
            Problem::field(Code::InvalidParameter, "query", with_nearest(said))
        })?;
        Ok(Self(params))
    }
}

/// Parameters of the path; what is no text at all is not found.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Edge> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let path = axum::extract::Path::from_request_parts(parts, edge).await;
        path.map(|axum::extract::Path(params)| Self(params)).map_err(|_| Problem::not_found("route"))
    }
}

/// An id from the path; what cannot be one is not found.
pub fn id<T, E>(parse: impl FnOnce(&str) -> Result<T, E>, text: &str, what: &str) -> Result<T, Problem> {
    parse(text).map_err(|_| Problem::not_found(what))
}

/// How many items a page has when nothing is said.
const USUAL_LIMIT: u16 = 50;

/// How many items a page is to have.
pub fn limit(limit: Option<u16>) -> Result<u16, Problem> {
    match limit.unwrap_or(USUAL_LIMIT) {
        limit if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
        _ => Err(Problem::field(Code::InvalidParameter, "limit", format!("a number from 1 to {MAX_LIMIT}"))),
    }
}

/// Names a request, so that it can be repeated.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes what `idempotency_key` reads")]
pub struct Once {
    /// 1 to 255 visible ASCII characters, kept for 24 hours: the same request with the same key is done once, and its
    /// answer given again with `Idempotent-Replayed: true`.
    #[param(rename = "Idempotency-Key")]
    idempotency_key: Option<String>,
}

/// The idempotency key, when there is one.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let parsed = value.to_str().ok().and_then(|text| IdempotencyKey::parse(text).ok());
    let why = creativestore_usecases::NotAnIdempotencyKey.to_string();
    parsed.map(Some).ok_or_else(|| Problem::field(Code::InvalidHeader, "Idempotency-Key", why))
}
