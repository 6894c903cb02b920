//! Background work that must not be forgotten: kept with the change that asks for it, claimed by lease.

use async_trait::async_trait;
use creativestore_domain::id::{AccountId, CreativeId, JobId, LeaseId};
use creativestore_domain::revision::RevisionNo;
use creativestore_domain::time::Timestamp;

use crate::store::StoreError;

/// Look inside a revision and check it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Whose creative.
    pub account: AccountId,
    /// Which creative.
    pub creative: CreativeId,
    /// Which revision.
    pub revision: RevisionNo,
    /// How often it was tried before.
    pub tries: u32,
    /// Not before this moment.
    pub due: Timestamp,
}

/// Background work.
#[async_trait]
pub trait Jobs: Send {
    /// Keeps a new job.
    async fn enqueue(&mut self, job: &Job) -> Result<(), StoreError>;
    /// Whether a job is due that nobody holds a lease on at `now`: costs as much however many wait.
    async fn any_free(&mut self, now: Timestamp) -> Result<bool, StoreError>;
    /// Claims the job that is due longest and that nobody holds a lease on at `now`.
    async fn claim(
        &mut self,
        now: Timestamp,
        lease: LeaseId,
        until: Timestamp,
    ) -> Result<Option<Job>, StoreError>;
    /// Holds a claimed job for longer; stale when the lease is no longer the job's.
    async fn renew(&mut self, job: JobId, lease: LeaseId, until: Timestamp) -> Result<(), StoreError>;
    /// Takes a finished job away; stale when the lease is no longer the job's.
    async fn finish(&mut self, job: JobId, lease: LeaseId) -> Result<(), StoreError>;
    /// Gives a job back to be tried again at `due`; stale when the lease is no longer the job's.
    async fn retry(&mut self, job: JobId, lease: LeaseId, due: Timestamp) -> Result<(), StoreError>;
    /// How many jobs are kept, and when the oldest of them was due.
    async fn backlog(&mut self) -> Result<(u64, Option<Timestamp>), StoreError>;
}
