//! Looking at one revision, with its reviews.

use creativestore_domain::access::Permission;
use creativestore_domain::id::CreativeId;
use creativestore_domain::review::Review;
use creativestore_domain::revision::{Revision, RevisionNo};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// A revision and what was decided about it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The revision.
    pub revision: Revision,
    /// Its reviews, oldest first.
    pub reviews: Vec<Review>,
}

/// A revision of a creative of the account; the newest when no number is given.
pub async fn revision(
    inside: &Inside,
    caller: &Caller,
    id: CreativeId,
    no: Option<RevisionNo>,
) -> Result<Seen, Failure> {
    let account = caller.account(Permission::Read)?;
    let mut work = inside.read().await?;
    let creative = work.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    let no = no.unwrap_or(creative.newest.no);
    let revision = work.revisions().get(account, id, no).await?.ok_or(Failure::NotFound("revision"))?;
    let reviews = work.reviews().of(account, id, no).await?;
    Ok(Seen { revision, reviews })
}
