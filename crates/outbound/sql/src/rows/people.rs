//! Rows of users, API keys and refresh tokens.

use std::collections::BTreeMap;

use creativestore_domain::access::{Actor, Grants, Role};
use creativestore_domain::id::{AccountId, ApiKeyId, FamilyId, UserId};
use creativestore_domain::text::{Login, Name};
use creativestore_ports::people::{ApiKey, Holder, RefreshToken, User};
use creativestore_ports::store::StoreError;

use super::{actor, moment, parsed, sha256};
use crate::corrupt;
use crate::document::word;

/// A user, without grants.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct UserRow {
    pub id: String,
    pub login: String,
    pub name: String,
    pub password: Option<String>,
    pub one_time_token: Option<String>,
    pub installation: i64,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        let User { id, login, name, password, one_time_token, grants, created_at, disabled_at } = user;
        Self {
            id: id.to_string(),
            login: login.to_string(),
            name: name.to_string(),
            password: password.clone(),
            one_time_token: one_time_token.map(|token| token.to_string()),
            installation: grants.installation.into(),
            created_at: created_at.micros(),
            disabled_at: disabled_at.map(|at| at.micros()),
        }
    }
}

impl UserRow {
    /// The user that it was, with the grants that are kept beside it.
    pub fn into_domain(self, accounts: BTreeMap<AccountId, Role>) -> Result<User, StoreError> {
        let Self { id, login, name, password, one_time_token, installation, created_at, disabled_at } = self;
        Ok(User {
            id: parsed!(UserId, id)?,
            login: parsed!(Login, login)?,
            name: parsed!(Name, name)?,
            password,
            one_time_token: one_time_token.as_deref().map(sha256).transpose()?,
            grants: Grants { installation: installation != 0, accounts },
            created_at: moment(created_at),
            disabled_at: disabled_at.map(moment),
        })
    }
}

/// A role in an account.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct GrantRow {
    pub account_id: String,
    pub role: String,
}

/// Grants as they were.
pub fn grants(rows: Vec<GrantRow>) -> Result<BTreeMap<AccountId, Role>, StoreError> {
    let grant = |GrantRow { account_id, role }| {
        Ok((parsed!(AccountId, account_id)?, word("role", &role, Role::parse)?))
    };
    rows.into_iter().map(grant).collect()
}

/// An API key.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct ApiKeyRow {
    pub id: String,
    pub account_id: String,
    pub name: String,
    pub role: String,
    pub secret: String,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

impl From<&ApiKey> for ApiKeyRow {
    fn from(key: &ApiKey) -> Self {
        let ApiKey { id, account, name, role, secret, created_at, expires_at, revoked_at } = key;
        Self {
            id: id.to_string(),
            account_id: account.to_string(),
            name: name.to_string(),
            role: role.as_str().into(),
            secret: secret.to_string(),
            created_at: created_at.micros(),
            expires_at: expires_at.map(|at| at.micros()),
            revoked_at: revoked_at.map(|at| at.micros()),
        }
    }
}

impl ApiKeyRow {
    /// The key that it was.
    pub fn into_domain(self) -> Result<ApiKey, StoreError> {
        let Self { id, account_id, name, role, secret, created_at, expires_at, revoked_at } = self;
        Ok(ApiKey {
            id: parsed!(ApiKeyId, id)?,
            account: parsed!(AccountId, account_id)?,
            name: parsed!(Name, name)?,
            role: word("role", &role, Role::parse)?,
            secret: sha256(&secret)?,
            created_at: moment(created_at),
            expires_at: expires_at.map(moment),
            revoked_at: revoked_at.map(moment),
        })
    }
}

/// A refresh token.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct RefreshTokenRow {
    pub token: String,
    pub family: String,
    pub holder: String,
    pub issued_at: i64,
    pub expires_at: i64,
    pub used_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

impl From<&RefreshToken> for RefreshTokenRow {
    fn from(refresh: &RefreshToken) -> Self {
        let RefreshToken { family, holder, token, issued_at, expires_at, used_at, revoked_at } = refresh;
        let holder = match holder {
            Holder::User(id) => id.to_string(),
            Holder::ApiKey(id) => id.to_string(),
        };
        Self {
            token: token.to_string(),
            family: family.to_string(),
            holder,
            issued_at: issued_at.micros(),
            expires_at: expires_at.micros(),
            used_at: used_at.map(|at| at.micros()),
            revoked_at: revoked_at.map(|at| at.micros()),
        }
    }
}

impl RefreshTokenRow {
    /// The token that it was.
    pub fn into_domain(self) -> Result<RefreshToken, StoreError> {
        let Self { token, family, holder, issued_at, expires_at, used_at, revoked_at } = self;
        let holder = match actor(&holder)? {
            Actor::User(id) => Holder::User(id),
            Actor::ApiKey(id) => Holder::ApiKey(id),
            Actor::System => return Err(corrupt("token holder", holder)),
        };
        Ok(RefreshToken {
            family: parsed!(FamilyId, family)?,
            holder,
            token: sha256(&token)?,
            issued_at: moment(issued_at),
            expires_at: moment(expires_at),
            used_at: used_at.map(moment),
            revoked_at: revoked_at.map(moment),
        })
    }
}
