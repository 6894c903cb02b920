//! Taking a creative out of use.

use creativestore_domain::access::Permission;
use creativestore_domain::assignment::Assignment;
use creativestore_domain::id::{AccountId, AssignmentId};
use creativestore_domain::text::ExternalRef;
use creativestore_ports::creatives::AssignmentFilter;
use creativestore_ports::page::PageRequest;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::ledger;
use crate::write::Write;

/// How many are ended in one unit of work.
const BATCH: u16 = 50;

/// Ends an assignment; one that had ended is left as it is.
pub async fn end(inside: &Inside, caller: &Caller, id: AssignmentId) -> Result<Assignment, Failure> {
    let account = caller.account(Permission::Write)?;
    let mut work = inside.write().await?;
    let assignment = work.assignments().get(account, id).await?.ok_or(Failure::NotFound("assignment"))?;
    if assignment.ended_at.is_some() {
        return Ok(assignment);
    }
    let ended = finish(&mut work, inside, caller, assignment).await?;
    work.commit().await?;
    inside.wake.outbox.notify_one();
    Ok(ended)
}

/// Ends everything that is in use in a media buy that is over, which another service says; how many there were.
pub(crate) async fn end_all_of(
    inside: &Inside,
    account: AccountId,
    media_buy: &ExternalRef,
) -> Result<usize, Failure> {
    let filter = AssignmentFilter { media_buy: Some(media_buy.clone()), in_use: true, ..Default::default() };
    let caller = Caller::system();
    let mut ended = 0;
    loop {
        let mut work = inside.write().await?;
        let page = PageRequest { limit: BATCH, after: None };
        let found = work.assignments().list(account, &filter, &page).await?;
        for assignment in found.items {
            finish(&mut work, inside, &caller, assignment).await?;
            ended += 1;
        }
        work.commit().await?;
        inside.wake.outbox.notify_one();
        if found.next.is_none() {
            return Ok(ended);
        }
    }
}

async fn finish(
    work: &mut Write,
    inside: &Inside,
    caller: &Caller,
    assignment: Assignment,
) -> Result<Assignment, Failure> {
    let Assignment { account, id, creative, .. } = assignment;
    let creative = work.creatives().get(account, creative).await?.ok_or(Failure::NotFound("creative"))?;
    let stamp = inside.stamp(caller.actor);
    work.assignments().end(account, id, stamp.at).await?;
    let change = creative.assigned(id, assignment.package.clone(), false, stamp);
    ledger::keep(work, inside, &caller.origin, change, None).await?;
    Ok(Assignment { ended_at: Some(stamp.at), ..assignment })
}
