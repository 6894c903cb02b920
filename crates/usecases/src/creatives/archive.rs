//! Putting a creative away.

use creativestore_domain::access::{Actor, Permission};
use creativestore_domain::creative::Creative;
use creativestore_domain::id::CreativeId;
use creativestore_domain::states::{Party, Reason};
use creativestore_domain::text::Note;

use super::step;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::once::{Done, IdempotencyKey, Once};

/// Puts an approved creative away. The owner may even when it is assigned; this program by itself may not.
pub async fn archive(
    inside: &Inside,
    caller: &Caller,
    id: CreativeId,
    reason: Option<Reason>,
    note: Option<Note>,
    key: Option<&IdempotencyKey>,
) -> Result<Done<Creative>, Failure> {
    let account = caller.account(Permission::Write)?;
    let once = Once::new(caller.actor, key, &("creatives.archive", account, id, reason, &note));
    let mut work = inside.write().await?;
    if let Some(creative) = step::before(&once, work.as_mut()).await? {
        return Ok(Done::before(creative));
    }
    let creative = work.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    let assigned = work.assignments().any_in_use(account, id).await?;
    let party = if caller.actor == Actor::System { Party::System } else { Party::Owner };
    let change = creative.archive(party, assigned, reason, note, inside.stamp(caller.actor))?;
    Ok(Done::now(step::keep(inside, caller, work, &once, change, false).await?))
}
