//! Records of the bytes that are kept: blobs, what was measured in them, what was derived from them. Keyed
//! by account and hash, so that no account ever learns what another one holds.

use async_trait::async_trait;
use creativestore_domain::facts::{Facts, Recipe, Rendition};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_domain::manifest::AssetKind;
use creativestore_domain::time::Timestamp;

use crate::store::StoreError;

/// The record of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobRecord {
    /// Whose it is.
    pub account: AccountId,
    /// Its address.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it first came.
    pub created_at: Timestamp,
}

/// Records of blobs, facts and renditions.
#[async_trait]
pub trait Assets: Send {
    /// Records a blob; `false` when it was recorded already.
    async fn record_blob(&mut self, blob: &BlobRecord) -> Result<bool, StoreError>;
    /// A blob of the account.
    async fn blob(&mut self, account: AccountId, sha256: Sha256) -> Result<Option<BlobRecord>, StoreError>;
    /// Keeps what was measured, read as `expected` (`None`: by the bytes alone), by this version of the
    /// inspector. The same again replaces it.
    async fn keep_facts(
        &mut self,
        account: AccountId,
        sha256: Sha256,
        expected: Option<AssetKind>,
        inspector: u32,
        facts: &Facts,
    ) -> Result<(), StoreError>;
    /// What was measured, if this version of the inspector measured it so.
    async fn facts(
        &mut self,
        account: AccountId,
        sha256: Sha256,
        expected: Option<AssetKind>,
        inspector: u32,
    ) -> Result<Option<Facts>, StoreError>;
    /// Keeps a rendition of a blob. The same again replaces it.
    async fn keep_rendition(
        &mut self,
        account: AccountId,
        source: Sha256,
        rendition: &Rendition,
    ) -> Result<(), StoreError>;
    /// A rendition of a blob.
    async fn rendition(
        &mut self,
        account: AccountId,
        source: Sha256,
        recipe: &Recipe,
    ) -> Result<Option<Rendition>, StoreError>;
    /// All renditions of a blob, by recipe.
    async fn renditions(&mut self, account: AccountId, source: Sha256) -> Result<Vec<Rendition>, StoreError>;
}
