//! Users, their grants, API keys and refresh tokens. Secrets are kept as hashes only.

use async_trait::async_trait;
use creativestore_domain::access::{Grants, Role};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, ApiKeyId, FamilyId, UserId};
use creativestore_domain::text::{Login, Name};
use creativestore_domain::time::Timestamp;

use crate::store::StoreError;

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// What they sign in with, folded.
    pub login: Login,
    /// What others call them.
    pub name: Name,
    /// The password's hash in PHC string form; `None` before one is set.
    pub password: Option<String>,
    /// The hash of a token that signs in once.
    pub one_time_token: Option<Sha256>,
    /// What they were granted.
    pub grants: Grants,
    /// When they were made.
    pub created_at: Timestamp,
    /// When they were locked out for good.
    pub disabled_at: Option<Timestamp>,
}

/// A program's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The one account that it is for.
    pub account: AccountId,
    /// What people call it.
    pub name: Name,
    /// What it may do.
    pub role: Role,
    /// The hash of the secret.
    pub secret: Sha256,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

/// Who a family of refresh tokens belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A user.
    User(UserId),
    /// An API key.
    ApiKey(ApiKeyId),
}

/// One refresh token of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// All tokens that descend from one sign-in.
    pub family: FamilyId,
    /// Whose.
    pub holder: Holder,
    /// The hash of the token.
    pub token: Sha256,
    /// When it was given.
    pub issued_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was used; using it again revokes the family.
    pub used_at: Option<Timestamp>,
    /// When its family was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Users, API keys and refresh tokens.
#[async_trait]
pub trait People: Send {
    /// Keeps a new user; a duplicate when the login is taken.
    async fn insert_user(&mut self, user: &User) -> Result<(), StoreError>;
    /// Replaces a user, grants included.
    async fn save_user(&mut self, user: &User) -> Result<(), StoreError>;
    /// A user.
    async fn user(&mut self, id: UserId) -> Result<Option<User>, StoreError>;
    /// The user who signs in with this (folded) login.
    async fn user_by_login(&mut self, login: &Login) -> Result<Option<User>, StoreError>;
    /// The user with this unused one-time token.
    async fn user_by_one_time_token(&mut self, token: Sha256) -> Result<Option<User>, StoreError>;
    /// All users, by login; for the command line.
    async fn users(&mut self) -> Result<Vec<User>, StoreError>;
    /// The users who were granted something in the account, by login.
    async fn members(&mut self, account: AccountId) -> Result<Vec<(User, Role)>, StoreError>;

    /// Keeps a new API key.
    async fn insert_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError>;
    /// The key with this secret.
    async fn api_key_by_secret(&mut self, secret: Sha256) -> Result<Option<ApiKey>, StoreError>;
    /// The key with this id.
    async fn api_key(&mut self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError>;
    /// The account's keys, newest first.
    async fn api_keys(&mut self, account: AccountId) -> Result<Vec<ApiKey>, StoreError>;
    /// Takes a key of the account back; `false` when there is none that works.
    async fn revoke_api_key(
        &mut self,
        account: AccountId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Keeps a refresh token.
    async fn insert_refresh_token(&mut self, token: &RefreshToken) -> Result<(), StoreError>;
    /// The refresh token with this hash.
    async fn refresh_token(&mut self, token: Sha256) -> Result<Option<RefreshToken>, StoreError>;
    /// Marks a token as used; stale when it was used already.
    async fn use_refresh_token(&mut self, token: Sha256, at: Timestamp) -> Result<(), StoreError>;
    /// Revokes all tokens of a family.
    async fn revoke_family(&mut self, family: FamilyId, at: Timestamp) -> Result<(), StoreError>;
    /// Takes away refresh tokens that expired before `before`.
    async fn forget_refresh_tokens(&mut self, before: Timestamp) -> Result<u64, StoreError>;
}
