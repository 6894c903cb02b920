//! Looking at a creative.

use std::sync::Arc;

use creativestore_domain::access::Permission;
use creativestore_domain::creative::Creative;
use creativestore_domain::id::CreativeId;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::looking;

/// A creative of the account.
pub async fn get(inside: &Inside, caller: &Caller, id: CreativeId) -> Result<Arc<Creative>, Failure> {
    let account = caller.account(Permission::Read)?;
    looking::creative(inside, account, id).await
}
