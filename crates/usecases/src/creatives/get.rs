//! Looking at a creative.

use std::sync::Arc;

use creativestore_domain::access::Permission;
use creativestore_domain::creative::Creative;
use creativestore_domain::id::CreativeId;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// A creative of the account.
pub async fn get(inside: &Inside, caller: &Caller, id: CreativeId) -> Result<Arc<Creative>, Failure> {
    let account = caller.account(Permission::Read)?;
    let now = inside.clock.now();
    if let Some(creative) = inside.recent.recall(account, id, now) {
        return Ok(creative);
    }
    let before = inside.recent.before();
    let found =
        inside.peek().await?.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    let creative = Arc::new(found);
    inside.recent.remember(before, now, &creative);
    Ok(creative)
}
