//! Keeping bytes, addressed by their SHA-256 within an account.

use std::ops::Range;
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_domain::time::Timestamp;
use futures_util::Stream;

/// Bytes on their way in or out.
pub type ByteStream = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>;

/// Why bytes were not kept or not found.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// No such blob in this account.
    #[error("no such blob")]
    NotFound,
    /// More bytes than are taken here; nothing was kept.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// The most bytes that are taken.
        limit: u64,
    },
    /// The bytes are not those that were announced; nothing was kept.
    #[error("the bytes hash to {found}, not to {announced}")]
    ChecksumMismatch {
        /// The hash that was announced.
        announced: Sha256,
        /// The hash that they have.
        found: Sha256,
    },
    /// The sender stopped before the end; nothing was kept.
    #[error("the upload ended early: {0}")]
    Incomplete(std::io::Error),
    /// The range lies outside the blob.
    #[error("the range lies outside the blob's {size} bytes")]
    OutOfRange {
        /// How many bytes there are.
        size: u64,
    },
    /// The place where bytes are kept does not work, or is full.
    #[error("blob storage failed: {0}")]
    Unavailable(std::io::Error),
    /// Kept bytes no longer hash to their address.
    #[error("blob {0} is damaged")]
    Corrupt(Sha256),
}

/// What was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its address.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
}

/// The headers that bytes come with when they are fetched by a link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// `Content-Type`; what the place makes of it when `None`.
    pub content_type: Option<String>,
    /// `Content-Disposition`; none when `None`.
    pub content_disposition: Option<String>,
}

/// A place for bytes.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Takes a stream in one pass. When this returns, the bytes are durable under their hash; on any error
    /// nothing is kept. The same bytes twice are kept once.
    async fn put(
        &self,
        account: AccountId,
        bytes: ByteStream,
        limit: u64,
        announced: Option<Sha256>,
    ) -> Result<Kept, BlobError>;

    /// The size of a blob.
    async fn size(&self, account: AccountId, sha256: Sha256) -> Result<u64, BlobError>;

    /// Reads a blob, or a part of it: `range` counts bytes from 0 and excludes its end.
    async fn open(
        &self,
        account: AccountId,
        sha256: Sha256,
        range: Option<Range<u64>>,
    ) -> Result<ByteStream, BlobError>;

    /// Takes a blob away; it not being there is fine.
    async fn delete(&self, account: AccountId, sha256: Sha256) -> Result<(), BlobError>;

    /// Takes away what uploads left that ended with their process; how many there were. Nothing is left to be swept where
    /// that is done when the place is opened.
    async fn sweep(&self, _now: Timestamp) -> Result<u64, BlobError> {
        Ok(0)
    }

    /// A link by which whoever has it gets the blob, served like this, straight from where it is kept, for so long or
    /// as long as the place allows. `None` where there is no such way.
    async fn link(
        &self,
        _account: AccountId,
        _sha256: Sha256,
        _lasts: Duration,
        _served: &Served,
    ) -> Result<Option<String>, BlobError> {
        Ok(None)
    }
}
