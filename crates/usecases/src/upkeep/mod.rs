//! Taking away what is no longer needed, and looking at how far behind the workers are.

use std::time::Duration;

use crate::failure::Failure;
use crate::inside::Inside;

/// What a sweep took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Outcomes under idempotency keys.
    pub outcomes: u64,
    /// Refresh tokens.
    pub refresh_tokens: u64,
    /// Uploads that ended with their process.
    pub uploads: u64,
}

/// Takes away outcomes that were kept long enough, refresh tokens that expired a day ago, and what
/// is left of uploads that ended with their process.
pub async fn sweep(inside: &Inside) -> Result<Swept, Failure> {
    let now = inside.clock.now();
    let mut work = inside.write().await?;
    let outcomes = work.idempotency().forget(now.minus(inside.settings.idempotency_kept)).await?;
    let refresh_tokens = work.people().forget_refresh_tokens(now.minus(Duration::from_hours(24))).await?;
    work.commit().await?;
    let uploads = inside.blobs.sweep(now).await?;
    Ok(Swept { outcomes, refresh_tokens, uploads })
}

/// How far behind the workers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// How long the oldest event has waited to be published.
    pub outbox: Duration,
    /// How long the longest waiting revision has waited for a decision.
    pub review: Duration,
    /// How many jobs wait or are being done.
    pub jobs: u64,
    /// How long the oldest of them has been due.
    pub oldest_job: Duration,
}

/// Measures how far behind the workers are.
pub async fn lag(inside: &Inside) -> Result<Lag, Failure> {
    let now = inside.clock.now();
    let mut work = inside.read().await?;
    let since =
        |at: Option<creativestore_domain::time::Timestamp>| at.map_or(Duration::ZERO, |at| now.since(at));
    let outbox = since(work.outbox().oldest_untold().await?);
    let review = since(work.creatives().oldest_waiting().await?);
    let (jobs, oldest) = work.jobs().backlog().await?;
    Ok(Lag { outbox, review, jobs, oldest_job: since(oldest) })
}
