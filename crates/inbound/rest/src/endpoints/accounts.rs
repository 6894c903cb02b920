//! Accounts and their members.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use creativestore_domain::access::Role;
use creativestore_domain::account::ChangePolicy;
use creativestore_domain::patch::Patch;
use creativestore_domain::text::{Login, Name};
use creativestore_usecases::accounts::{self, AddMember, Amend, Create};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ProblemView, WhichPage, created, done};
use crate::edge::Edge;
use crate::edge::body::{Errors, Json};
use crate::edge::conditions::{etag, must_match};
use crate::edge::cursor::{List, PageView};
use crate::edge::params::{Once, Params, Path, idempotency_key};
use crate::edge::patch;
use crate::edge::problem::Problem;
use crate::edge::signed::Signed;
use crate::views::people::{AccountView, MemberView};

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// What people call it.
    #[schema(example = "Aurora Coffee")]
    name: String,
    /// The brand's domain.
    brand_domain: Option<String>,
    /// Who acts for the brand.
    operator: Option<String>,
    /// `staged` (the default) or `strict`.
    change_policy: Option<String>,
}

/// Make an account. For administrators of the installation.
#[utoipa::path(post, operation_id = "accounts_create", path = "/v1/accounts", tag = "tenancy", request_body = NewAccount,
    params(Once),
    responses((status = 201, body = AccountView), (status = "default", body = ProblemView)))]
pub async fn create(
    State(edge): State<Edge>,
    Signed(caller): Signed,
    headers: HeaderMap,
    Json(body): Json<NewAccount>,
) -> Result<Response, Problem> {
    let NewAccount { name, brand_domain, operator, change_policy } = body;
    let mut errors = Errors::default();
    let name = errors.take("/name", Name::parse(&name));
    let brand_domain = errors.maybe("/brand_domain", brand_domain, Name::parse);
    let operator = errors.maybe("/operator", operator, Name::parse);
    let change_policy = policy(&mut errors, change_policy.as_deref()).unwrap_or_default();
    let request = name.map(|name| Create { name, brand_domain, operator, change_policy });
    let request = errors.finish(request)?;
    let made = accounts::create(&edge.inside, &caller, request, idempotency_key(&headers)?.as_ref()).await?;
    let tag = etag(made.value.version);
    let at = format!("/v1/accounts/{}", made.value.id);
    Ok(created(&at, made.replayed, Some(tag), AccountView::from(made.value)))
}

fn policy(errors: &mut Errors, text: Option<&str>) -> Option<ChangePolicy> {
    let words = ChangePolicy::ALL.map(ChangePolicy::as_str);
    text.and_then(|text| errors.word("/change_policy", text, ChangePolicy::parse, words))
}

/// The accounts in which the caller was granted something, by id.
#[utoipa::path(get, operation_id = "accounts_list", path = "/v1/accounts", tag = "tenancy", params(WhichPage),
    responses((status = 200, body = PageView<AccountView>), (status = "default", body = ProblemView)))]
pub async fn list(
    State(edge): State<Edge>,
    Signed(caller): Signed,
    Params(which): Params<WhichPage>,
) -> Result<Response, Problem> {
    let list = List::new(&edge, "accounts", &caller.actor);
    let page = list.page(which.limit, which.cursor.as_deref())?;
    let found = accounts::list(&edge.inside, &caller, &page).await?;
    Ok(Answer(list.view(found, AccountView::from)).into_response())
}

/// An account.
#[utoipa::path(get, operation_id = "accounts_get", path = "/v1/accounts/{account}", tag = "tenancy", params(("account" = String, Path)),
    responses((status = 200, body = AccountView), (status = "default", body = ProblemView)))]
pub async fn get(
    State(edge): State<Edge>,
    signed: Signed,
    Path(account): Path<String>,
) -> Result<Response, Problem> {
    let caller = signed.naming(Some(&account))?;
    let found = accounts::get(&edge.inside, &caller).await?;
    Ok(done(false, Some(etag(found.version)), AccountView::from(found)))
}

/// Changes to an account; what is left out stays, `null` takes away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChanges {
    /// What people call it.
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(value_type = String, required = false)]
    name: Option<String>,
    /// The brand's domain.
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<String>)]
    brand_domain: Patch<String>,
    /// Who acts for the brand.
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<String>)]
    operator: Patch<String>,
    /// `staged` or `strict`.
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(value_type = String, required = false)]
    change_policy: Option<String>,
}

/// Change an account.
#[utoipa::path(patch, operation_id = "accounts_amend", path = "/v1/accounts/{account}", tag = "tenancy", request_body = AccountChanges,
    params(("account" = String, Path), ("If-Match" = String, Header, description = "the version that was seen")),
    responses((status = 200, body = AccountView), (status = "default", body = ProblemView)))]
pub async fn amend(
    State(edge): State<Edge>,
    signed: Signed,
    Path(account): Path<String>,
    headers: HeaderMap,
    Json(body): Json<AccountChanges>,
) -> Result<Response, Problem> {
    let caller = signed.naming(Some(&account))?;
    let seen = must_match(&headers)?;
    let AccountChanges { name, brand_domain, operator, change_policy } = body;
    let mut errors = Errors::default();
    let request = Amend {
        name: errors.maybe("/name", name, Name::parse),
        brand_domain: patch::text(&mut errors, "/brand_domain", brand_domain, Name::parse),
        operator: patch::text(&mut errors, "/operator", operator, Name::parse),
        change_policy: policy(&mut errors, change_policy.as_deref()),
    };
    let request = errors.finish(Some(request))?;
    let new = accounts::amend(&edge.inside, &caller, seen.version(), request).await?;
    Ok(done(false, Some(etag(new.version)), AccountView::from(new)))
}

/// Who was granted something in an account.
#[derive(Serialize, ToSchema)]
pub struct Members {
    /// By login.
    items: Vec<MemberView>,
}

/// The members of an account.
#[utoipa::path(get, operation_id = "accounts_members", path = "/v1/accounts/{account}/members", tag = "tenancy", params(("account" = String, Path)),
    responses((status = 200, body = Members), (status = "default", body = ProblemView)))]
pub async fn members(
    State(edge): State<Edge>,
    signed: Signed,
    Path(account): Path<String>,
) -> Result<Response, Problem> {
    let caller = signed.naming(Some(&account))?;
    let found = accounts::members(&edge.inside, &caller).await?;
    let items = found.into_iter().map(|(user, role)| MemberView::new(user, role)).collect();
    Ok(Answer(Members { items }).into_response())
}

/// Who is granted what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// What they sign in with.
    login: String,
    /// What others call them, if they are new here; the login when nothing is said.
    name: Option<String>,
    /// `viewer`, `reviewer`, `editor` or `admin`.
    role: String,
}

/// Who was granted something.
#[derive(Serialize, ToSchema)]
pub struct AddedMember {
    #[serde(flatten)]
    member: MemberView,
    /// What a new user signs in with, once; shown now and never again. Null for a user who was known.
    one_time_token: Option<String>,
}

/// Grant a role; one that was granted before is replaced.
#[utoipa::path(post, operation_id = "accounts_add_member", path = "/v1/accounts/{account}/members", tag = "tenancy", request_body = NewMember,
    params(("account" = String, Path)),
    responses((status = 201, body = AddedMember), (status = "default", body = ProblemView)))]
pub async fn add_member(
    State(edge): State<Edge>,
    signed: Signed,
    Path(account): Path<String>,
    Json(body): Json<NewMember>,
) -> Result<Response, Problem> {
    let caller = signed.naming(Some(&account))?;
    let NewMember { login, name, role } = body;
    let mut errors = Errors::default();
    let name = errors.take("/name", Name::parse(name.as_deref().unwrap_or(&login)));
    let login = errors.take("/login", Login::parse(&login));
    let role = errors.word("/role", &role, Role::parse, Role::ALL.map(Role::as_str));
    let request = login.zip(name).zip(role).map(|((login, name), role)| AddMember { login, name, role });
    let added = accounts::add_member(&edge.inside, &caller, errors.finish(request)?).await?;
    let member = MemberView::new(added.user, added.role);
    let view = AddedMember { member, one_time_token: added.one_time_token };
    // A token that signs somebody in must not live on in caches.
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Answer(view)).into_response())
}
