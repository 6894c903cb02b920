//! Finding creatives.

use std::sync::Arc;

use creativestore_domain::access::Permission;
use creativestore_domain::creative::Creative;
use creativestore_ports::creatives::{CreativeFilter, Sort};
use creativestore_ports::page::{Page, PageRequest};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::looking::{self, List};

/// A page of the account's creatives that the filter lets through.
pub async fn list(
    inside: &Inside,
    caller: &Caller,
    filter: &CreativeFilter,
    sort: Sort,
    page: &PageRequest,
) -> Result<Page<Arc<Creative>>, Failure> {
    let account = caller.account(Permission::Read)?;
    Ok(looking::page(inside, account, List::Filtered(filter, sort), page).await?)
}
