//! Giving out a link to where bytes are kept.

use std::time::Duration;

use creativestore_domain::hash::Sha256;
use creativestore_ports::blobs::Served;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// How long a link works: long enough to follow it, too short to hand it on.
const LASTS: Duration = Duration::from_mins(5);

/// A link by which whoever has it gets a blob of the account for five minutes, straight from where it is kept; `None` where
/// there is no such way.
pub async fn link(
    inside: &Inside,
    caller: &Caller,
    sha256: Sha256,
    served: &Served,
) -> Result<Option<String>, Failure> {
    let record = super::find(inside, caller, sha256).await?;
    Ok(inside.blobs.link(record.account, sha256, LASTS, served).await?)
}
