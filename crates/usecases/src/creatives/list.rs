//! Finding creatives.

use creativestore_domain::access::Permission;
use creativestore_domain::creative::Creative;
use creativestore_ports::creatives::{CreativeFilter, Sort};
use creativestore_ports::page::{Page, PageRequest};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// A page of the account's creatives that the filter lets through.
pub async fn list(
    inside: &Inside,
    caller: &Caller,
    filter: &CreativeFilter,
    sort: Sort,
    page: &PageRequest,
) -> Result<Page<Creative>, Failure> {
    let account = caller.account(Permission::Read)?;
    Ok(inside.peek().await?.creatives().list(account, filter, sort, page).await?)
}
