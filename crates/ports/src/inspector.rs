//! Looking inside bytes, without trusting them.

use async_trait::async_trait;
use bytes::Bytes;
use creativestore_domain::facts::{Facts, Recipe};
use creativestore_domain::manifest::AssetKind;

use crate::blobs::{BlobError, ByteStream};

/// Bytes derived from what was inspected, on their way to be kept.
#[derive(Clone, Debug)]
pub struct Derived {
    /// What they were derived by.
    pub recipe: Recipe,
    /// Their type.
    pub media_type: String,
    /// Width and height, for pictures.
    pub size: Option<(u32, u32)>,
    /// The bytes.
    pub bytes: Bytes,
}

/// Takes derived bytes as they are made.
#[async_trait]
pub trait DerivedSink: Send {
    /// Keeps one; an error ends the inspection.
    async fn keep(&mut self, derived: Derived) -> Result<(), BlobError>;
}

/// Why nothing can be said about the bytes. What is wrong *with the bytes* is never an error here: that is
/// `Facts::Refused`.
#[derive(Debug, thiserror::Error)]
pub enum InspectorError {
    /// The confined process cannot be started; try again later.
    #[error("the media process cannot be started: {0}")]
    Unavailable(String),
    /// The bytes could not be read, or what was derived could not be kept.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// Looks inside bytes.
#[async_trait]
pub trait Inspector: Send + Sync {
    /// Measures `bytes`, which are said to be an asset of kind `expected`; `None` goes by the bytes alone.
    /// Bytes that break, exhaust or outlast the process that reads them are refused as `InspectionFailed`.
    async fn inspect(
        &self,
        expected: Option<AssetKind>,
        bytes: ByteStream,
        sink: &mut dyn DerivedSink,
    ) -> Result<Facts, InspectorError>;
}
