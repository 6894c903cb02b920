//! Listing users.

use creativestore_ports::people::User;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// All users, by login.
pub async fn list(inside: &Inside, caller: &Caller) -> Result<Vec<User>, Failure> {
    caller.installation()?;
    Ok(inside.read().await?.people().users().await?)
}

/// Whether there is any user yet: if not, the first start makes one.
pub async fn any(inside: &Inside) -> Result<bool, Failure> {
    Ok(!inside.read().await?.people().users().await?.is_empty())
}
