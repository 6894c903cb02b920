//! Reading the audit log.

use creativestore_domain::access::Permission;
use creativestore_ports::journal::AuditEntry;
use creativestore_ports::page::{Page, PageRequest};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// A page of the account's audit log, newest first. Whoever administers the installation and names no account reads
/// what belongs to none: sign-ins, users.
pub async fn list(inside: &Inside, caller: &Caller, page: &PageRequest) -> Result<Page<AuditEntry>, Failure> {
    let whole = caller.grants.installation && caller.named.is_none();
    let account = if whole { None } else { Some(caller.account(Permission::Administer)?) };
    Ok(inside.peek().await?.journal().audit(account, page).await?)
}
