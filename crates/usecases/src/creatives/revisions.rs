//! Listing a creative's revisions.

use creativestore_domain::access::Permission;
use creativestore_domain::id::CreativeId;
use creativestore_domain::revision::Revision;
use creativestore_ports::page::{Page, PageRequest};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// A page of the creative's revisions, newest first.
pub async fn revisions(
    inside: &Inside,
    caller: &Caller,
    id: CreativeId,
    page: &PageRequest,
) -> Result<Page<Revision>, Failure> {
    let account = caller.account(Permission::Read)?;
    let mut work = inside.read().await?;
    work.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    Ok(work.revisions().list(account, id, page).await?)
}
