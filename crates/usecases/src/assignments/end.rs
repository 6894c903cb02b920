//! Taking a creative out of use.

use creativestore_domain::access::Permission;
use creativestore_domain::assignment::Assignment;
use creativestore_domain::id::AssignmentId;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::ledger;

/// Ends an assignment; one that had ended is left as it is.
pub async fn end(inside: &Inside, caller: &Caller, id: AssignmentId) -> Result<Assignment, Failure> {
    let account = caller.account(Permission::Write)?;
    let mut work = inside.write().await?;
    let assignment = work.assignments().get(account, id).await?.ok_or(Failure::NotFound("assignment"))?;
    if assignment.ended_at.is_some() {
        return Ok(assignment);
    }
    let creative = work.creatives().get(account, assignment.creative).await?;
    let creative = creative.ok_or(Failure::NotFound("creative"))?;
    let stamp = inside.stamp(caller.actor);
    work.assignments().end(account, id, stamp.at).await?;
    let change = creative.assigned(id, assignment.package.clone(), false, stamp);
    ledger::keep(&mut work, inside, &caller.origin, change, None).await?;
    work.commit().await?;
    inside.wake.outbox.notify_one();
    Ok(Assignment { ended_at: Some(stamp.at), ..assignment })
}
