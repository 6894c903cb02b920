//! Giving out what was derived from a blob.

use std::ops::Range;

use creativestore_domain::access::Permission;
use creativestore_domain::facts::{Recipe, Rendition};
use creativestore_domain::hash::Sha256;
use creativestore_ports::blobs::ByteStream;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::measure;

/// A rendition of a blob of the account, and its bytes. The blob is looked into now if that was not done yet.
pub async fn rendition(
    inside: &Inside,
    caller: &Caller,
    sha256: Sha256,
    recipe: &Recipe,
    range: Option<Range<u64>>,
) -> Result<(Rendition, ByteStream), Failure> {
    let account = caller.account(Permission::Read)?;
    super::find(inside, caller, sha256).await?;
    let kept = inside.peek().await?.assets().rendition(account, sha256, recipe).await?;
    let found = match kept {
        Some(kept) => Some(kept),
        None => {
            measure::blob(inside, account, sha256, None).await?;
            inside.peek().await?.assets().rendition(account, sha256, recipe).await?
        }
    };
    let rendition = found.ok_or(Failure::NotFound("rendition"))?;
    let bytes = inside.blobs.open(account, rendition.sha256, range).await?;
    Ok((rendition, bytes))
}
