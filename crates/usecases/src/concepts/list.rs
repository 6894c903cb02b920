//! Listing concepts.

use creativestore_domain::access::Permission;
use creativestore_domain::concept::Concept;
use creativestore_ports::page::{Page, PageRequest};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// A page of the account's concepts, newest first.
pub async fn list(inside: &Inside, caller: &Caller, page: &PageRequest) -> Result<Page<Concept>, Failure> {
    let account = caller.account(Permission::Read)?;
    Ok(inside.peek().await?.tenancy().concepts(account, page).await?)
}
