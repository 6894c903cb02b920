//! What the owner's steps share: the creative as it was left by an earlier request with the same key, and writing a
//! step with its outcome.

use creativestore_domain::creative::Creative;
use creativestore_domain::event::Change;
use creativestore_domain::revision::Revision;
use creativestore_ports::idempotency::Outcome;
use creativestore_ports::store::UnitOfWork;

use super::ask_for_inspection;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::ledger;
use crate::once::{Once, mismatch};
use crate::write::Write;

/// The creative as the same request left it before.
pub(super) async fn before(once: &Once<'_>, work: &mut dyn UnitOfWork) -> Result<Option<Creative>, Failure> {
    match once.before(work).await? {
        Some(Outcome::Creative { creative, .. }) => Ok(Some(*creative)),
        Some(_) => Err(mismatch()),
        None => Ok(None),
    }
}

/// Writes a step and its outcome, and commits; asks for inspection when the step leads back into it.
pub(super) async fn keep(
    inside: &Inside,
    caller: &Caller,
    mut work: Write,
    once: &Once<'_>,
    change: Change<Creative>,
    inspect: bool,
) -> Result<Creative, Failure> {
    let creative = ledger::keep(&mut work, inside, &caller.origin, change, None).await?;
    if inspect {
        ask_for_inspection(work.as_mut(), inside, &creative).await?;
    }
    let revision = newest(work.as_mut(), &creative).await?;
    let outcome = || Outcome::Creative { creative: Box::new(creative.clone()), revision: Box::new(revision) };
    once.keep(work.as_mut(), inside, outcome).await?;
    work.commit().await?;
    inside.wake.outbox.notify_one();
    inside.wake.jobs.notify_one();
    Ok(creative)
}

/// The newest revision of a creative, which is always there.
pub(super) async fn newest(work: &mut dyn UnitOfWork, creative: &Creative) -> Result<Revision, Failure> {
    let newest = work.revisions().get(creative.account, creative.id, creative.newest.no).await?;
    newest.ok_or(Failure::NotFound("revision"))
}
