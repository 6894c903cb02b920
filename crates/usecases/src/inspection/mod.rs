//! Looking inside what came in, checking it, and moving it on: the work behind `processing`.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use creativestore_domain::access::Actor;
use creativestore_domain::check::{CheckRun, Outcome};
use creativestore_domain::id::LeaseId;
use creativestore_domain::revision::{Revision, RevisionState};
use creativestore_ports::blobs::BlobError;
use creativestore_ports::jobs::Job;
use creativestore_ports::journal::Origin;
use creativestore_ports::store::StoreError;

use crate::failure::Failure;
use crate::inside::Inside;
use crate::{ledger, measure};

/// The longest time between two tries of a job.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// Claims one job that is due and does it. `false` when there is none. What hinders the work itself, not the
/// content, gives the job back to be tried again later.
pub async fn work(inside: &Inside) -> Result<bool, Failure> {
    let now = inside.clock.now();
    let lease = inside.id(LeaseId::new);
    if !inside.peek().await?.jobs().any_free(now).await? {
        return Ok(false);
    }
    let mut claim = inside.write().await?;
    let job = claim.jobs().claim(now, lease, now.plus(inside.settings.job_lease)).await?;
    claim.commit().await?;
    let Some(job) = job else { return Ok(false) };
    match holding(inside, &job, lease, inspect(inside, &job, lease)).await {
        // Stale: another worker holds the job now. This one was too slow, and its work does not count.
        Ok(()) | Err(Failure::Store(StoreError::Stale)) => Ok(true),
        Err(failure) => {
            tracing::warn!(job = %job.id, creative = %job.creative, revision = %job.revision, tries = job.tries, %failure, "inspection will be tried again");
            let mut back = inside.write().await?;
            back.jobs().retry(job.id, lease, inside.clock.now().plus(wait(job.tries))).await?;
            back.commit().await?;
            Err(failure)
        }
    }
}

/// Does work, and says now and then that the job is still in hand, however long it takes.
async fn holding<T>(inside: &Inside, job: &Job, lease: LeaseId, work: impl Future<Output = T>) -> T {
    let held = inside.settings.job_lease;
    let mut work = pin!(work);
    loop {
        if let Ok(done) = tokio::time::timeout(held / 3, &mut work).await {
            return done;
        }
        let renewed = async {
            let mut renewal = inside.write().await?;
            renewal.jobs().renew(job.id, lease, inside.clock.now().plus(held)).await?;
            renewal.commit().await
        };
        // Whoever holds it instead is seen at the end: this lease finishes nothing then.
        if let Err(error) = renewed.await {
            tracing::debug!(job = %job.id, %error, "a job could not be held for longer");
        }
    }
}

/// One second, doubled with every try.
fn wait(tries: u32) -> Duration {
    Duration::from_secs(1).saturating_mul(2_u32.saturating_pow(tries)).min(LONGEST_WAIT)
}

async fn inspect(inside: &Inside, job: &Job, lease: LeaseId) -> Result<(), Failure> {
    let Job { account, creative, revision, .. } = *job;
    let found = inside.peek().await?.revisions().get(account, creative, revision).await?;
    let run = match found.filter(|found| found.state == RevisionState::Processing) {
        Some(found) => Some(check(inside, &found).await?),
        None => None,
    };
    let mut work = inside.write().await?;
    work.jobs().finish(job.id, lease).await?;
    let now = work.creatives().get(account, creative).await?;
    let current = now.filter(|it| it.newest.no == revision && it.newest_state == RevisionState::Processing);
    // Superseded or decided meanwhile: there is nothing left to do but to forget the job.
    if let (Some(current), Some(run)) = (current, run) {
        let passed = run.outcome() != Outcome::Failed;
        let change = current.inspected(revision, passed, inside.stamp(Actor::System))?;
        work.revisions().insert_run(account, creative, revision, &run).await?;
        ledger::keep(&mut work, inside, &Origin::default(), change, None).await?;
    }
    work.commit().await?;
    inside.wake.outbox.notify_one();
    Ok(())
}

async fn check(inside: &Inside, revision: &Revision) -> Result<CheckRun, Failure> {
    let facts = match measure::manifest(inside, revision.account, &revision.manifest).await {
        // Bytes that were kept and are gone or damaged: no later try finds them.
        Err(Failure::NotFound("blob") | Failure::Blob(BlobError::Corrupt(_))) => {
            tracing::error!(creative = %revision.creative, revision = %revision.no, "bytes of a revision are lost");
            BTreeMap::new()
        }
        facts => facts?,
    };
    Ok(measure::check_run(inside, &revision.manifest, &facts))
}
