//! Proving who somebody is: access tokens and passwords.

use async_trait::async_trait;
use creativestore_domain::access::Actor;
use creativestore_domain::time::Timestamp;

/// What an access token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Who.
    pub subject: Actor,
    /// From when.
    pub issued_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was good once.
    #[error("the token has expired")]
    Expired,
    /// Not one of ours: form, algorithm, signature, issuer, audience or subject.
    #[error("the token is not valid")]
    Invalid,
}

/// Issues and verifies access tokens.
pub trait Tokens: Send + Sync {
    /// A signed token.
    fn issue(&self, claims: &Claims) -> String;
    /// What a token says, if it is ours and `now` lies in its time.
    fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError>;
}

/// Hashes and verifies passwords: slow on purpose, one at a time, off the async threads.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// The hash in PHC string form.
    async fn hash(&self, password: &str) -> String;
    /// Whether the password has that hash. Takes as long when `hash` is `None`.
    async fn verify(&self, password: &str, hash: Option<&str>) -> bool;
}
