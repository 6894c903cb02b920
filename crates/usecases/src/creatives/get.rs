//! Looking at a creative.

use creativestore_domain::access::Permission;
use creativestore_domain::creative::Creative;
use creativestore_domain::id::CreativeId;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// A creative of the account.
pub async fn get(inside: &Inside, caller: &Caller, id: CreativeId) -> Result<Creative, Failure> {
    let account = caller.account(Permission::Read)?;
    inside.peek().await?.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))
}
