//! Listing who was granted something in an account.

use creativestore_domain::access::{Permission, Role};
use creativestore_ports::people::User;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// The members of the account, by login.
pub async fn members(inside: &Inside, caller: &Caller) -> Result<Vec<(User, Role)>, Failure> {
    let account = caller.account(Permission::Administer)?;
    let mut work = inside.read().await?;
    work.tenancy().account(account).await?.ok_or(Failure::NotFound("account"))?;
    Ok(work.people().members(account).await?)
}
