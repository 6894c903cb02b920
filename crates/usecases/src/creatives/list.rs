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
    // A search for several words may take more than one look, all at one moment.
    let several = filter.terms.len() > 1;
    let mut work = if several { inside.read().await? } else { inside.peek().await? };
    Ok(work.creatives().list(account, filter, sort, page).await?)
}
