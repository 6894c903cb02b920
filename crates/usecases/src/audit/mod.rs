//! Reading the audit log.

use creativestore_domain::access::Permission;
use creativestore_ports::journal::AuditEntry;
use creativestore_ports::page::{Page, PageRequest};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// A page of the account's audit log, newest first.
pub async fn list(inside: &Inside, caller: &Caller, page: &PageRequest) -> Result<Page<AuditEntry>, Failure> {
    let account = caller.account(Permission::Administer)?;
    Ok(inside.peek().await?.journal().audit(Some(account), page).await?)
}
