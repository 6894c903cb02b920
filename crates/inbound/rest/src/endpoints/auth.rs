//! Signing in and staying signed in.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Json as Answer, http::StatusCode};
use creativestore_domain::text::Login;
use creativestore_ports::journal::Origin;
use creativestore_usecases::sessions::{self, Credentials, Session};
use creativestore_usecases::users;
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ProblemView;
use crate::edge::Edge;
use crate::edge::body::{Errors, Json};
use crate::edge::problem::{Code, Problem};
use crate::edge::signed::{From, Signed, admit};

/// Exactly one of: `login` and `password`; `one_time_token`; `api_key`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "login": "ada@example.com", "password": "correct horse battery staple" }))]
pub struct SignIn {
    /// What the user signs in with.
    login: Option<String>,
    /// The user's password.
    password: Option<String>,
    /// A token that signs in once.
    one_time_token: Option<String>,
    /// A program's key.
    api_key: Option<String>,
}

/// What proves who somebody is.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    /// For `Authorization: Bearer`.
    access_token: String,
    /// `Bearer`
    token_type: &'static str,
    /// How long the access token lives, in seconds.
    expires_in: u64,
    /// Gets the next session at `/v1/auth/refresh`, once.
    refresh_token: String,
    /// How long the refresh token lives, in seconds.
    refresh_expires_in: u64,
}

/// Sign in.
#[utoipa::path(post, operation_id = "auth_token", path = "/v1/auth/token", tag = "sign-in", request_body = SignIn, security(()),
    responses((status = 200, body = SessionView), (status = "default", body = ProblemView)))]
pub async fn token(
    State(edge): State<Edge>,
    From(origin): From,
    Json(body): Json<SignIn>,
) -> Result<Response, Problem> {
    knock(&edge, &origin).await?;
    let SignIn { login, password, one_time_token, api_key } = body;
    let credentials = match (login, password, one_time_token, api_key) {
        (Some(login), Some(password), None, None) => {
            let mut errors = Errors::default();
            let login = errors.take("/login", Login::parse(&login));
            Credentials::Password { login: errors.finish(login)?, password }
        }
        (None, None, Some(token), None) => Credentials::OneTimeToken(token),
        (None, None, None, Some(key)) => Credentials::ApiKey(key),
        _ => {
            let detail = "exactly one of: `login` with `password`; `one_time_token`; `api_key`";
            return Err(Problem::field(Code::InvalidRequest, "", detail));
        }
    };
    Ok(answer(sessions::sign_in(&edge.inside, &origin, credentials).await?))
}

/// Counts a request of somebody who is not known yet against what their address may ask for.
async fn knock(edge: &Edge, origin: &Origin) -> Result<(), Problem> {
    let address = origin.address.map_or_else(|| "unknown".to_owned(), |address| address.to_string());
    admit(edge, &format!("sign-in {address}")).await
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The refresh token; it works once.
    refresh_token: String,
}

/// Get the next session.
#[utoipa::path(post, operation_id = "auth_refresh", path = "/v1/auth/refresh", tag = "sign-in", request_body = Refresh, security(()),
    responses((status = 200, body = SessionView), (status = "default", body = ProblemView)))]
pub async fn refresh(
    State(edge): State<Edge>,
    From(origin): From,
    Json(body): Json<Refresh>,
) -> Result<Response, Problem> {
    knock(&edge, &origin).await?;
    Ok(answer(sessions::refresh(&edge.inside, &origin, &body.refresh_token).await?))
}

/// Sign out: ends everything that descends from the refresh token's sign-in.
#[utoipa::path(post, operation_id = "auth_revoke", path = "/v1/auth/revoke", tag = "sign-in", request_body = Refresh, security(()),
    responses((status = 204), (status = "default", body = ProblemView)))]
pub async fn revoke(
    State(edge): State<Edge>,
    From(origin): From,
    Json(body): Json<Refresh>,
) -> Result<Response, Problem> {
    knock(&edge, &origin).await?;
    sessions::revoke(&edge.inside, &origin, &body.refresh_token).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Who asks, and what they were granted.
#[derive(Serialize, ToSchema)]
pub struct MeView {
    /// `usr_…` or `key_…`
    id: String,
    /// What others call them.
    name: String,
    /// Whether they administer the installation.
    installation_admin: bool,
    /// Their accounts.
    accounts: Vec<GrantView>,
}

/// A role in an account.
#[derive(Serialize, ToSchema)]
pub struct GrantView {
    /// The account.
    account: String,
    /// `viewer`, `reviewer`, `editor` or `admin`.
    role: &'static str,
}

/// Who am I?
#[utoipa::path(get, operation_id = "auth_me", path = "/v1/auth/me", tag = "sign-in",
    responses((status = 200, body = MeView), (status = "default", body = ProblemView)))]
pub async fn me(State(edge): State<Edge>, Signed(caller): Signed) -> Result<Response, Problem> {
    let me = sessions::me(&edge.inside, &caller).await?;
    let grant =
        |(account, role): (&creativestore_domain::id::AccountId, &creativestore_domain::access::Role)| {
            GrantView { account: account.to_string(), role: role.as_str() }
        };
    Ok(Answer(MeView {
        id: me.actor.to_string(),
        name: me.name.to_string(),
        installation_admin: caller.grants.installation,
        accounts: caller.grants.accounts.iter().map(grant).collect(),
    })
    .into_response())
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// At least 15 characters.
    password: String,
}

/// Choose a password.
#[utoipa::path(put, operation_id = "auth_password", path = "/v1/auth/me/password", tag = "sign-in", request_body = NewPassword,
    responses((status = 204), (status = "default", body = ProblemView)))]
pub async fn password(
    State(edge): State<Edge>,
    Signed(caller): Signed,
    Json(body): Json<NewPassword>,
) -> Result<Response, Problem> {
    users::set_own_password(&edge.inside, &caller, &body.password).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn answer(session: Session) -> Response {
    let Session { access_token, access_ttl, refresh_token, refresh_ttl } = session;
    let view = SessionView {
        access_token,
        token_type: "Bearer",
        expires_in: access_ttl.as_secs(),
        refresh_token,
        refresh_expires_in: refresh_ttl.as_secs(),
    };
    let mut response = Answer(view).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
