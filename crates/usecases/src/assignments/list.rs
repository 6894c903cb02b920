//! Listing what is in use.

use creativestore_domain::access::Permission;
use creativestore_domain::assignment::Assignment;
use creativestore_ports::creatives::AssignmentFilter;
use creativestore_ports::page::{Page, PageRequest};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// A page of the account's assignments, newest first.
pub async fn list(
    inside: &Inside,
    caller: &Caller,
    filter: &AssignmentFilter,
    page: &PageRequest,
) -> Result<Page<Assignment>, Failure> {
    let account = caller.account(Permission::Read)?;
    Ok(inside.peek().await?.assignments().list(account, filter, page).await?)
}
