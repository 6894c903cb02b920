//! Trying a rejected revision again.

use creativestore_domain::access::Permission;
use creativestore_domain::creative::Creative;
use creativestore_domain::id::CreativeId;
use creativestore_domain::text::Note;

use super::step;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::once::{Done, IdempotencyKey, Once};

/// Has the newest revision, which was rejected, looked inside and checked again.
pub async fn resubmit(
    inside: &Inside,
    caller: &Caller,
    id: CreativeId,
    note: Option<Note>,
    key: Option<&IdempotencyKey>,
) -> Result<Done<Creative>, Failure> {
    let account = caller.account(Permission::Write)?;
    let once = Once::new(caller.actor, key, &("creatives.resubmit", account, id, &note));
    let mut work = inside.write().await?;
    if let Some(creative) = step::before(&once, work.as_mut()).await? {
        return Ok(Done::before(creative));
    }
    let creative = work.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    let change = creative.resubmit(note, inside.stamp(caller.actor))?;
    Ok(Done::now(step::keep(inside, caller, work, &once, change, true).await?))
}
