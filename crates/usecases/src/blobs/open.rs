//! Giving bytes out.

use std::ops::Range;

use creativestore_domain::hash::Sha256;
use creativestore_ports::assets::BlobRecord;
use creativestore_ports::blobs::ByteStream;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// The bytes of a blob of the account, or a part of them.
pub async fn open(
    inside: &Inside,
    caller: &Caller,
    sha256: Sha256,
    range: Option<Range<u64>>,
) -> Result<(BlobRecord, ByteStream), Failure> {
    let record = super::find(inside, caller, sha256).await?;
    let bytes = inside.blobs.open(record.account, sha256, range).await?;
    Ok((record, bytes))
}
