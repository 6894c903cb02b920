//! What waits for a decision.

use creativestore_domain::access::Permission;
use creativestore_domain::creative::Creative;
use creativestore_ports::page::{Page, PageRequest};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// A page of the account's creatives whose newest revision waits for a decision, longest waiting first.
pub async fn queue(inside: &Inside, caller: &Caller, page: &PageRequest) -> Result<Page<Creative>, Failure> {
    let account = caller.account(Permission::Read)?;
    Ok(inside.peek().await?.creatives().review_queue(account, page).await?)
}
