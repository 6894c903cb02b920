//! Trying a rejected revision again; and what every step of the owner's shares.

use creativestore_domain::access::Permission;
use creativestore_domain::creative::Creative;
use creativestore_domain::event::{Change, Stamp};
use creativestore_domain::id::{AccountId, CreativeId};
use creativestore_domain::text::Note;
use creativestore_ports::idempotency::Outcome;
use creativestore_ports::store::UnitOfWork;

use super::ask_for_inspection;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::ledger;
use crate::once::{Done, IdempotencyKey, Once, mismatch};

/// Has the newest revision, which was rejected, looked inside and checked again.
pub async fn resubmit(
    inside: &Inside,
    caller: &Caller,
    id: CreativeId,
    note: Option<Note>,
    key: Option<&IdempotencyKey>,
) -> Result<Done<Creative>, Failure> {
    let account = caller.account(Permission::Write)?;
    let asked = ("creatives.resubmit", account, id, note.clone());
    moved(inside, caller, account, id, key, &asked, async |_, creative, stamp| {
        Ok((creative.resubmit(note, stamp)?, true))
    })
    .await
}

/// Loads the creative, lets `step` decide, and writes what it decided; `true` beside the change asks for inspection.
pub(super) async fn moved(
    inside: &Inside,
    caller: &Caller,
    account: AccountId,
    id: CreativeId,
    key: Option<&IdempotencyKey>,
    asked: &impl std::fmt::Debug,
    step: impl AsyncFnOnce(&mut dyn UnitOfWork, Creative, Stamp) -> Result<(Change<Creative>, bool), Failure>,
) -> Result<Done<Creative>, Failure> {
    let once = Once::new(caller.actor, key, asked);
    let mut work = inside.write().await?;
    match once.before(work.as_mut()).await? {
        Some(Outcome::Creative { creative, .. }) => return Ok(Done::before(*creative)),
        Some(_) => return Err(mismatch()),
        None => {}
    }
    let creative = work.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    let (change, inspect) = step(work.as_mut(), creative, inside.stamp(caller.actor)).await?;
    let creative = ledger::keep(work.as_mut(), inside, &caller.origin, change, None).await?;
    if inspect {
        ask_for_inspection(work.as_mut(), inside, &creative).await?;
    }
    let newest = work.revisions().get(account, id, creative.newest.no).await?;
    let revision = Box::new(newest.ok_or(Failure::NotFound("revision"))?);
    let outcome = || Outcome::Creative { creative: Box::new(creative.clone()), revision };
    once.keep(work.as_mut(), inside, outcome).await?;
    work.commit().await?;
    inside.wake.outbox.notify_one();
    inside.wake.jobs.notify_one();
    Ok(Done::now(creative))
}
