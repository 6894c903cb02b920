//! Requests that may come twice: the first one's outcome is kept with its change, and given again.

use async_trait::async_trait;
use creativestore_domain::access::Actor;
use creativestore_domain::account::Account;
use creativestore_domain::assignment::Assignment;
use creativestore_domain::concept::Concept;
use creativestore_domain::creative::Creative;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::ApiKeyId;
use creativestore_domain::review::Review;
use creativestore_domain::revision::Revision;
use creativestore_domain::time::Timestamp;

use crate::store::StoreError;

/// What a request led to, as it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An account was made.
    Account(Account),
    /// A concept was made.
    Concept(Concept),
    /// A creative was made or moved.
    Creative {
        /// The creative afterwards.
        creative: Box<Creative>,
        /// Its newest revision.
        revision: Box<Revision>,
    },
    /// A revision was added, or was there already.
    Revision {
        /// The revision.
        revision: Box<Revision>,
        /// Whether it was added by this request.
        added: bool,
    },
    /// A decision was made.
    Review {
        /// The review.
        review: Review,
        /// The creative afterwards.
        creative: Box<Creative>,
    },
    /// An assignment was made.
    Assignment(Assignment),
    /// An API key was made. Its secret was shown once, and is not kept.
    ApiKey(ApiKeyId),
}

/// An outcome under its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The hash of what was asked: use case, account and arguments.
    pub fingerprint: Sha256,
    /// What came of it.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
}

/// Outcomes by who asked and which key they gave.
#[async_trait]
pub trait Idempotency: Send {
    /// What is kept under the key. While another request with that key is under way, waits for its end.
    async fn find(&mut self, by: Actor, key: &str) -> Result<Option<Kept>, StoreError>;
    /// Keeps an outcome with the change; a duplicate when the key was taken meanwhile.
    async fn keep(&mut self, by: Actor, key: &str, kept: &Kept) -> Result<(), StoreError>;
    /// Takes away what was kept before `before`.
    async fn forget(&mut self, before: Timestamp) -> Result<u64, StoreError>;
}
