//! Durable records, and the unit of work that keeps changes, audit, events and idempotency together.

use async_trait::async_trait;

use crate::assets::Assets;
use crate::creatives::{Assignments, Creatives, Reviews, Revisions};
use crate::idempotency::Idempotency;
use crate::jobs::Jobs;
use crate::journal::{Journal, Outbox};
use crate::people::People;
use crate::tenancy::Tenancy;

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A record of that identity is there already.
    #[error("there is already such a {0}")]
    Duplicate(&'static str),
    /// The record changed since it was read; nothing was written.
    #[error("the record changed meanwhile")]
    Stale,
    /// The store cannot be reached, is full, or takes too long; nothing was written.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// The connection went between COMMIT and its answer: it is not known whether it was written.
    #[error("it is not known whether the change was written: {0}")]
    Indeterminate(String),
    /// A record that cannot be read back as what it was written as.
    #[error("a stored record is damaged: {0}")]
    Corrupt(String),
}

/// What a unit of work is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Looking once: each statement on its own, which is all that a single look needs.
    Peek,
    /// Looking only: a consistent snapshot.
    Read,
    /// Changing: what it gets stays as it was read until it commits.
    Write,
}

/// Durable records.
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins a unit of work.
    async fn begin(&self, intent: Intent) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// Whether it answers, and has the schema that this program needs.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// Everything or nothing: dropping it without `commit` undoes all of it.
#[async_trait]
pub trait UnitOfWork: Send {
    /// Accounts and concepts.
    fn tenancy(&mut self) -> &mut dyn Tenancy;
    /// Creatives.
    fn creatives(&mut self) -> &mut dyn Creatives;
    /// Revisions and their check runs.
    fn revisions(&mut self) -> &mut dyn Revisions;
    /// Reviews.
    fn reviews(&mut self) -> &mut dyn Reviews;
    /// Assignments.
    fn assignments(&mut self) -> &mut dyn Assignments;
    /// Records of blobs, facts and renditions.
    fn assets(&mut self) -> &mut dyn Assets;
    /// Audit and events.
    fn journal(&mut self) -> &mut dyn Journal;
    /// Events on their way out.
    fn outbox(&mut self) -> &mut dyn Outbox;
    /// Background work.
    fn jobs(&mut self) -> &mut dyn Jobs;
    /// Users, API keys and refresh tokens.
    fn people(&mut self) -> &mut dyn People;
    /// Outcomes of requests that may come twice.
    fn idempotency(&mut self) -> &mut dyn Idempotency;

    /// Makes it durable.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
