//! Putting a creative away.

use creativestore_domain::access::Permission;
use creativestore_domain::creative::Creative;
use creativestore_domain::id::CreativeId;
use creativestore_domain::states::{Party, Reason};
use creativestore_domain::text::Note;

use super::resubmit::moved;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::once::{Done, IdempotencyKey};

/// Puts an approved creative away; the owner may even when it is assigned.
pub async fn archive(
    inside: &Inside,
    caller: &Caller,
    id: CreativeId,
    reason: Option<Reason>,
    note: Option<Note>,
    key: Option<&IdempotencyKey>,
) -> Result<Done<Creative>, Failure> {
    let account = caller.account(Permission::Write)?;
    let asked = ("creatives.archive", account, id, reason, note.clone());
    moved(inside, caller, account, id, key, &asked, async |work, creative, stamp| {
        let assigned = work.assignments().any_in_use(account, id).await?;
        Ok((creative.archive(Party::Owner, assigned, reason, note, stamp)?, false))
    })
    .await
}
