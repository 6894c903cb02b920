//! What waits for a decision.

use std::sync::Arc;

use creativestore_domain::access::Permission;
use creativestore_domain::creative::Creative;
use creativestore_ports::page::{Page, PageRequest};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::looking::{self, List};

/// A page of the account's creatives whose newest revision waits for a decision, longest waiting first.
pub async fn queue(
    inside: &Inside,
    caller: &Caller,
    page: &PageRequest,
) -> Result<Page<Arc<Creative>>, Failure> {
    let account = caller.account(Permission::Read)?;
    Ok(looking::page(inside, account, List::Queue, page).await?)
}
