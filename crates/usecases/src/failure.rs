//! Why a use case did not do what was asked. One enum for all of them, so that an edge renders each exactly once,
//! by an exhaustive match.

use creativestore_domain::access::Permission;
use creativestore_domain::deliverable::NotDeliverable;
use creativestore_domain::id::AccountId;
use creativestore_domain::states::Refused;
use creativestore_domain::tag::TagError;
use creativestore_ports::blobs::BlobError;
use creativestore_ports::inspector::InspectorError;
use creativestore_ports::store::StoreError;

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Where: a JSON pointer into the request.
    pub pointer: String,
    /// What, and what is allowed.
    pub detail: String,
}

impl FieldError {
    /// An error at a place.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// Why somebody was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    /// No such user, key or token, or a wrong password; which of them is not told.
    #[error("the credentials are not valid")]
    Credentials,
    /// The access token was good once.
    #[error("the access token has expired")]
    TokenExpired,
    /// The access token is not one of ours, or whom it names may no longer sign in.
    #[error("the access token is not valid")]
    TokenInvalid,
    /// A refresh token was used a second time: all tokens that descend from its sign-in are revoked.
    #[error("the refresh token was used before; everything that descends from its sign-in is revoked")]
    Reused,
}

/// Why it was not done. Nothing was written, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Who asks is not known.
    #[error(transparent)]
    Unauthenticated(#[from] Unauthenticated),
    /// Who asks may not do this here.
    #[error("this needs the permission to {}", permission_name(*.0))]
    Forbidden(Permission),
    /// Who asks has several accounts and did not say which.
    #[error("several accounts are possible: name one")]
    WhichAccount(Vec<AccountId>),
    /// There is no such thing in the account.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The request cannot be carried out as it is.
    #[error("the request is not valid")]
    Invalid(Vec<FieldError>),
    /// The state table does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The creative may not be delivered.
    #[error("the creative cannot be delivered: {0}")]
    NotDeliverable(#[from] NotDeliverable),
    /// There is no tag of that shape.
    #[error(transparent)]
    Tag(#[from] TagError),
    /// The version that was named is not the current one.
    #[error("it changed meanwhile: its version is {current}")]
    Stale {
        /// The current version.
        current: u32,
    },
    /// The idempotency key was used for another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// Something of that identity is there already.
    #[error("there is already such a {0}")]
    Exists(&'static str),
    /// The bytes could not be kept or read.
    #[error(transparent)]
    Blob(BlobError),
    /// The store did not do it.
    #[error(transparent)]
    Store(StoreError),
    /// Files cannot be looked into now.
    #[error("files cannot be looked into now: {0}")]
    Inspector(String),
}

const fn permission_name(permission: Permission) -> &'static str {
    match permission {
        Permission::Read => "look at the account (any role)",
        Permission::Write => "change creatives (editor or admin)",
        Permission::Review => "review (reviewer or admin)",
        Permission::Administer => "administer (admin)",
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate(what) => Self::Exists(what),
            other => Self::Store(other),
        }
    }
}

impl From<BlobError> for Failure {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::NotFound => Self::NotFound("blob"),
            other => Self::Blob(other),
        }
    }
}

impl From<InspectorError> for Failure {
    fn from(error: InspectorError) -> Self {
        match error {
            InspectorError::Blob(error) => error.into(),
            InspectorError::Unavailable(why) => Self::Inspector(why),
        }
    }
}
