//! Looking at an account.

use creativestore_domain::access::Permission;
use creativestore_domain::account::Account;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// The account that the caller names.
pub async fn get(inside: &Inside, caller: &Caller) -> Result<Account, Failure> {
    let id = caller.account(Permission::Read)?;
    inside.peek().await?.tenancy().account(id).await?.ok_or(Failure::NotFound("account"))
}
