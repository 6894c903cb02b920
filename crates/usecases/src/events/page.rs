//! A page of events.

use creativestore_domain::access::Permission;
use creativestore_ports::journal::Published;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// The account's published events after a place, in order.
pub async fn page(
    inside: &Inside,
    caller: &Caller,
    after: u64,
    limit: u16,
) -> Result<Vec<Published>, Failure> {
    let account = caller.account(Permission::Read)?;
    Ok(inside.peek().await?.outbox().published_after(account, after, limit).await?)
}

/// The newest place: where who wants only what comes begins.
pub async fn newest(inside: &Inside) -> Result<u64, Failure> {
    Ok(inside.peek().await?.outbox().newest_position().await?)
}
