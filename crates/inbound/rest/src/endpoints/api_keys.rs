//! Keys for programs.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use creativestore_domain::access::Role;
use creativestore_domain::id::ApiKeyId;
use creativestore_domain::text::Name;
use creativestore_usecases::api_keys::{self, Create};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ProblemView, WhichAccount, created};
use crate::edge::Edge;
use crate::edge::body::{Errors, Json};
use crate::edge::params::{Once, Params, Path, id, idempotency_key};
use crate::edge::problem::Problem;
use crate::edge::signed::Signed;
use crate::views::moment;
use crate::views::people::ApiKeyView;

/// A new key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// The account, for who has several.
    account: Option<String>,
    /// What people call it.
    #[schema(example = "ad server")]
    name: String,
    /// `viewer`, `reviewer`, `editor` or `admin`.
    #[schema(example = "viewer")]
    role: String,
    /// When it stops working by itself (RFC 3339).
    expires_at: Option<String>,
}

/// A key with its secret.
#[derive(Serialize, ToSchema)]
pub struct NewApiKeyView {
    #[serde(flatten)]
    key: ApiKeyView,
    /// What goes into `Authorization: Bearer`. Shown now and never again; null when the request is repeated.
    secret: Option<String>,
}

/// Make a key.
#[utoipa::path(post, operation_id = "api_keys_create", path = "/v1/api-keys", tag = "tenancy", request_body = NewApiKey, params(WhichAccount, Once),
    responses((status = 201, body = NewApiKeyView), (status = "default", body = ProblemView)))]
pub async fn create(
    State(edge): State<Edge>,
    signed: Signed,
    Params(which): Params<WhichAccount>,
    headers: HeaderMap,
    Json(body): Json<NewApiKey>,
) -> Result<Response, Problem> {
    let NewApiKey { account, name, role, expires_at } = body;
    let caller = signed.naming(account.or(which.account).as_deref())?;
    let mut errors = Errors::default();
    let name = errors.take("/name", Name::parse(&name));
    let role = errors.word("/role", &role, Role::parse, Role::ALL.map(Role::as_str));
    let expires_at = errors.maybe("/expires_at", expires_at, moment);
    let request = errors.finish(name.zip(role).map(|(name, role)| Create { name, role, expires_at }))?;
    let made = api_keys::create(&edge.inside, &caller, request, idempotency_key(&headers)?.as_ref()).await?;
    let at = format!("/v1/api-keys/{}", made.value.key.id);
    let view = NewApiKeyView { key: made.value.key.into(), secret: made.value.secret };
    let mut response = created(&at, made.replayed, None, view);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// An account's keys.
#[derive(Serialize, ToSchema)]
pub struct ApiKeys {
    /// Newest first, revoked ones too.
    items: Vec<ApiKeyView>,
}

/// The keys of an account, without their secrets.
#[utoipa::path(get, operation_id = "api_keys_list", path = "/v1/api-keys", tag = "tenancy", params(WhichAccount),
    responses((status = 200, body = ApiKeys), (status = "default", body = ProblemView)))]
pub async fn list(
    State(edge): State<Edge>,
    signed: Signed,
    Params(which): Params<WhichAccount>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    let items = api_keys::list(&edge.inside, &caller).await?.into_iter().map(Into::into).collect();
    Ok(Answer(ApiKeys { items }).into_response())
}

/// Take a key back for good.
#[utoipa::path(delete, operation_id = "api_keys_revoke", path = "/v1/api-keys/{id}", tag = "tenancy", params(("id" = String, Path), WhichAccount),
    responses((status = 204), (status = "default", body = ProblemView)))]
pub async fn revoke(
    State(edge): State<Edge>,
    signed: Signed,
    Path(key): Path<String>,
    Params(which): Params<WhichAccount>,
) -> Result<Response, Problem> {
    let caller = signed.naming(which.account.as_deref())?;
    api_keys::revoke(&edge.inside, &caller, id(ApiKeyId::parse, &key, "API key")?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
