//! Listing the accounts in which the caller was granted something.

use creativestore_domain::account::Account;
use creativestore_domain::id::AccountId;
use creativestore_ports::page::{Page, PageRequest};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// A page of accounts, by id.
pub async fn list(inside: &Inside, caller: &Caller, page: &PageRequest) -> Result<Page<Account>, Failure> {
    let granted: Vec<AccountId> = caller.grants.accounts.keys().copied().collect();
    let only = if caller.grants.installation { None } else { Some(granted.as_slice()) };
    Ok(inside.peek().await?.tenancy().accounts(only, page).await?)
}
