//! Listing an account's API keys, without their secrets.

use creativestore_domain::access::Permission;
use creativestore_ports::people::ApiKey;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// The account's keys, newest first, revoked ones too.
pub async fn list(inside: &Inside, caller: &Caller) -> Result<Vec<ApiKey>, Failure> {
    let account = caller.account(Permission::Administer)?;
    Ok(inside.peek().await?.people().api_keys(account).await?)
}
