//! Bytes on their way out. A whole blob is hashed as it is read, and ends in an error when it is damaged:
//! nobody gets other bytes than were approved and takes them for whole.

use std::io::SeekFrom;
use std::ops::Range;
use std::path::Path;

use bytes::Bytes;
use creativestore_domain::hash::Sha256;
use creativestore_ports::blobs::{BlobError, ByteStream};
use futures_util::StreamExt;
use sha2::Digest;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::missing;

const CHUNK: usize = 64 * 1024;

pub(crate) async fn open(
    path: &Path,
    sha256: Sha256,
    range: Option<Range<u64>>,
) -> Result<ByteStream, BlobError> {
    let mut file = tokio::fs::File::open(path).await.map_err(missing)?;
    let size = file.metadata().await.map_err(BlobError::Unavailable)?.len();
    let Some(range) = range.filter(|range| *range != (0..size)) else {
        return Ok(Box::pin(whole(file, sha256)));
    };
    if range.start >= range.end || range.end > size {
        return Err(BlobError::OutOfRange { size });
    }
    file.seek(SeekFrom::Start(range.start)).await.map_err(BlobError::Unavailable)?;
    Ok(Box::pin(ReaderStream::with_capacity(file.take(range.end - range.start), CHUNK)))
}

fn whole(
    file: tokio::fs::File,
    sha256: Sha256,
) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> + Send {
    let pieces = ReaderStream::with_capacity(file, CHUNK);
    let ended = futures_util::stream::once(async { Ok(Bytes::new()) });
    pieces.chain(ended).scan(sha2::Sha256::new(), move |hash, piece| {
        let piece = match piece {
            Ok(piece) if piece.is_empty() => {
                let found = Sha256::from_bytes(hash.finalize_reset().into());
                (found != sha256).then(|| Err(std::io::Error::other(BlobError::Corrupt(sha256))))
            }
            Ok(piece) => {
                hash.update(&piece);
                Some(Ok(piece))
            }
            Err(error) => Some(Err(error)),
        };
        std::future::ready(piece)
    })
}
