//! Bytes on their way out: a chunk when it is asked for, over a connection that is given back before the chunk is handed
//! on. A whole blob is hashed as it is read, and its last chunk is kept back when it is damaged.

use std::ops::Range;

use bytes::Bytes;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_ports::blobs::{BlobError, ByteStream};
use creativestore_sql::statement::Statement;
use creativestore_sql::{number, unsigned};
use futures_util::stream;
use sha2::Digest;
use sqlx::FromRow;

use super::{Content, PostgresBlobs, unavailable};

/// Opens a blob or a part of it.
pub(super) async fn open(
    blobs: PostgresBlobs,
    account: AccountId,
    sha256: Sha256,
    range: Option<Range<u64>>,
) -> Result<ByteStream, BlobError> {
    let Content { upload, size, chunk } = blobs.content(account, sha256).await?;
    let size: u64 = unsigned("size", size).map_err(unavailable)?;
    let chunk: u64 = unsigned("chunk", chunk).map_err(unavailable)?;
    let range = range.filter(|range| *range != (0..size));
    if range.as_ref().is_some_and(|range| range.start >= range.end || range.end > size) {
        return Err(BlobError::OutOfRange { size });
    }
    let hash = range.is_none().then(sha2::Sha256::new);
    let left = range.unwrap_or(0..size);
    let outgoing = Outgoing { blobs, account, sha256, upload, size, chunk, left, hash };
    Ok(Box::pin(stream::try_unfold(outgoing, |mut outgoing| async {
        match outgoing.next().await {
            Ok(piece) => Ok(piece.map(|piece| (piece, outgoing))),
            Err(BlobError::NotFound) => {
                Err(std::io::Error::new(std::io::ErrorKind::NotFound, BlobError::NotFound))
            }
            Err(error) => Err(std::io::Error::other(error)),
        }
    })))
}

/// A blob on its way out.
struct Outgoing {
    blobs: PostgresBlobs,
    account: AccountId,
    sha256: Sha256,
    upload: String,
    size: u64,
    chunk: u64,
    /// What is still to be read.
    left: Range<u64>,
    /// The hash so far, when it is read as a whole.
    hash: Option<sha2::Sha256>,
}

#[derive(FromRow)]
struct Chunk {
    bytes: Vec<u8>,
}

impl Outgoing {
    async fn next(&mut self) -> Result<Option<Bytes>, BlobError> {
        if self.left.is_empty() {
            self.check()?;
            return Ok(None);
        }
        let no = self.left.start / self.chunk;
        let within = no * self.chunk..((no + 1) * self.chunk).min(self.size);
        let bytes = Bytes::from(self.fetch(no).await?);
        if bytes.len() as u64 != within.end - within.start {
            return Err(BlobError::Corrupt(self.sha256));
        }
        let until = self.left.end.min(within.end);
        let part = usize::try_from(self.left.start - within.start).ok();
        let part =
            part.zip(usize::try_from(until - within.start).ok()).map(|(from, to)| bytes.slice(from..to));
        let part = part.ok_or(BlobError::Corrupt(self.sha256))?;
        self.left.start = until;
        if let Some(hash) = &mut self.hash {
            hash.update(&part);
        }
        if self.left.is_empty() {
            self.check()?;
        }
        Ok(Some(part))
    }

    /// A chunk of this very upload, as long as it is published: none is mixed with another one's.
    async fn fetch(&self, no: u64) -> Result<Vec<u8>, BlobError> {
        const GET: &str = include_str!("../../queries/blob_chunk_get.sql");
        let statement = Statement::new(GET).bind(self.account.to_string()).bind(self.sha256.to_string());
        let found = self.blobs.look(statement.bind(&*self.upload).bind(number(no))).await?;
        if let Some(Chunk { bytes }) = found {
            return Ok(bytes);
        }
        // Taken away while it was read, or damaged.
        match self.blobs.content(self.account, self.sha256).await {
            Ok(content) if content.upload == self.upload => Err(BlobError::Corrupt(self.sha256)),
            Ok(_) => Err(BlobError::NotFound),
            Err(error) => Err(error),
        }
    }

    fn check(&mut self) -> Result<(), BlobError> {
        let found = self.hash.take().map(|hash| Sha256::from_bytes(hash.finalize().into()));
        if found.is_some_and(|found| found != self.sha256) {
            return Err(BlobError::Corrupt(self.sha256));
        }
        Ok(())
    }
}
