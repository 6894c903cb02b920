//! Bytes on their way out, as the store hands them over. A whole blob is hashed as it is read, and its last piece is kept
//! back when it is damaged.

use std::ops::Range;

use bytes::Bytes;
use creativestore_domain::hash::Sha256;
use creativestore_ports::blobs::{BlobError, ByteStream};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt};
use sha2::Digest;

use super::failed;

/// Opens a blob or a part of it.
pub(super) async fn open(
    store: &dyn ObjectStore,
    place: &Path,
    sha256: Sha256,
    range: Option<Range<u64>>,
) -> Result<ByteStream, BlobError> {
    let mut options = GetOptions::default();
    if let Some(range) = range {
        // Stores cut a range that reaches too far.
        let size = store.head(place).await.map_err(failed)?.size;
        if range != (0..size) {
            if range.start >= range.end || range.end > size {
                return Err(BlobError::OutOfRange { size });
            }
            options = options.with_range(Some(range));
        }
    }
    let is_whole = options.range.is_none();
    let pieces = store.get_opts(place, options).await.map_err(failed)?.into_stream();
    Ok(if is_whole { whole(pieces, sha256) } else { Box::pin(pieces.map_err(std::io::Error::from)) })
}

fn whole(pieces: BoxStream<'static, object_store::Result<Bytes>>, sha256: Sha256) -> ByteStream {
    let outgoing = (pieces, Some(sha2::Sha256::new()), None);
    Box::pin(stream::try_unfold(outgoing, move |(mut pieces, mut hash, mut held)| async move {
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            if let Some(hash) = &mut hash {
                hash.update(&piece);
            }
            if let Some(before) = held.replace(piece) {
                return Ok(Some((before, (pieces, hash, held))));
            }
        }
        let found = hash.take().map(|hash| Sha256::from_bytes(hash.finalize().into()));
        if found.is_some_and(|found| found != sha256) {
            return Err(std::io::Error::other(BlobError::Corrupt(sha256)));
        }
        // A stream that ended is not asked again: nothing is held after this.
        Ok(held.take().map(|last| (last, (stream::empty().boxed(), None, None))))
    }))
}
