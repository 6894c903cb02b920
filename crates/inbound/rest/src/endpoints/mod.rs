//! The endpoints, one file per area: path, request, response, documentation and errors stand together.

pub mod accounts;
pub mod api_keys;
pub mod assignments;
pub mod audit;
pub mod auth;
pub mod blobs;
pub mod checks;
pub mod concepts;
pub mod creatives;
pub mod events;
pub mod formats;
pub mod links;
pub mod listing;
pub mod previews;
pub mod reviews;
pub mod revisions;
pub mod steps;
pub mod tags;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::edge::problem::{Code, Problem};

/// A problem, as it is sent (RFC 9457).
#[derive(Serialize, ToSchema)]
pub struct ProblemView {
    /// `urn:creativestore:problem:` and a stable code; docs/errors.md lists them.
    r#type: String,
    /// What it is called.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is particular about it.
    detail: String,
    /// What to do.
    advice: String,
    /// The id of the request, for the operator.
    request_id: String,
    /// What is wrong with each field.
    errors: Option<Vec<FieldErrorView>>,
}

/// What is wrong with one field.
#[derive(Serialize, ToSchema)]
pub struct FieldErrorView {
    /// A JSON pointer into the body, or the name of a parameter or header.
    pointer: String,
    /// What, and what is allowed.
    detail: String,
}

/// Which account, for who has several.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichAccount {
    /// The account, for who has several.
    pub account: Option<String>,
}

/// Which account and which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichPage {
    /// The account, for who has several.
    pub account: Option<String>,
    /// How many items, 1 to 200; 50 when nothing is said.
    pub limit: Option<u16>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// The answer to something that was made: 201 with its address, marked when it was made by an earlier request.
fn created(at: &str, replayed: bool, etag: Option<HeaderValue>, body: impl Serialize) -> Response {
    let mut response = json(body);
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(at) = HeaderValue::from_str(at) {
        response.headers_mut().insert(header::LOCATION, at);
    }
    marked(&mut response, replayed, etag);
    response
}

/// A JSON answer.
fn json(body: impl Serialize) -> Response {
    written(body).map_or_else(IntoResponse::into_response, as_json)
}

/// The length of most answers at most, in bytes: growing costs, and `axum::Json` begins with less.
const USUAL: usize = 1024;

/// An answer as JSON.
fn written(body: impl Serialize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::with_capacity(USUAL);
    write(&mut bytes, body)?;
    Ok(bytes)
}

/// Writes a part of an answer as JSON.
fn write(to: &mut Vec<u8>, part: impl Serialize) -> Result<(), Problem> {
    serde_json::to_writer(to, &part).map_err(|error| {
        tracing::error!(%error, "an answer could not be written");
        Problem::new(Code::Internal, "the answer could not be written")
    })
}

/// The answer that was written as JSON.
fn as_json(body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// The answer to something that was done: 200, marked when it was done by an earlier request.
fn done(replayed: bool, etag: Option<HeaderValue>, body: impl Serialize) -> Response {
    let mut response = json(body);
    marked(&mut response, replayed, etag);
    response
}

fn marked(response: &mut Response, replayed: bool, etag: Option<HeaderValue>) {
    if replayed {
        let name = HeaderName::from_static("idempotent-replayed");
        response.headers_mut().insert(name, HeaderValue::from_static("true"));
    }
    if let Some(etag) = etag {
        response.headers_mut().insert(header::ETAG, etag);
    }
}

/// The page that lists every problem code.
pub fn errors_page() -> String {
    let rows = Code::ALL.iter().map(|code| {
        format!(
            "| `{}` | {} | {} | {} |\n",
            code.as_str(),
            code.status().as_u16(),
            code.title(),
            code.advice()
        )
    });
    let head = "# Errors\n\nEvery error is a problem (RFC 9457, `application/problem+json`) whose `type` is \
         `urn:creativestore:problem:` and one of these codes. `detail` says what is particular about it, `errors` \
         names each field with a JSON pointer, and `request_id` is what the operator finds it by.\n\n\
         | code | status | what | what to do |\n|---|---|---|---|\n";
    head.to_owned() + &rows.collect::<String>()
}
