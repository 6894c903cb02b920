//! Bytes in an object store: S3 and what speaks like it, Google Cloud Storage, Azure, a folder, or memory. Knows no
//! credentials of its own: they are among the options that it is opened with.
//!
//! A blob lies at `<prefix>/<account>/<first two digits>/<sha256>`. A small one is put there at once, whole. A larger one
//! goes in parts to `<prefix>/incoming/<id>`, because its address is known only at its end, and is moved from there.

mod connect;
mod read;
mod write;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_domain::time::Timestamp;
use creativestore_ports::ambient::Ids;
use creativestore_ports::blobs::{BlobError, Blobs, ByteStream, Kept, Served};
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

pub use connect::OpenError;

/// Blobs in an object store.
#[derive(Clone)]
pub struct ObjectBlobs {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    ids: Arc<dyn Ids>,
    #[cfg(feature = "signed")]
    signer: Option<Arc<dyn object_store::signer::Signer>>,
}

impl std::fmt::Debug for ObjectBlobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ObjectBlobs({} {})", self.store, self.prefix)
    }
}

impl ObjectBlobs {
    /// How old what an upload left is when its process is thought gone. Longer than any server lets a client be silent.
    pub const ABANDONED: Duration = Duration::from_hours(1);

    /// Opens what a URL names: `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`, `file:///folder` or
    /// `memory:///`, each cloud only in a build that has it. Options are those of the store, such as `region`,
    /// `endpoint`, `access_key_id`; an unknown one is refused. `ids` name uploads, and must not repeat between processes.
    /// Connects to nothing yet.
    pub fn open(url: &str, options: &[(String, String)], ids: Arc<dyn Ids>) -> Result<Self, OpenError> {
        let connected = connect::connect(url, options)?;
        Ok(Self {
            store: connected.store,
            prefix: connected.prefix,
            ids,
            #[cfg(feature = "signed")]
            signer: connected.signer,
        })
    }

    /// Takes away what uploads that came to no end left before this moment, by the store's clock. Their number. Parts of
    /// uploads that were never put together are the store's to forget: a bucket needs a rule that aborts them.
    pub async fn sweep_before(&self, before: Timestamp) -> Result<u64, BlobError> {
        let folder = self.within(["incoming"]);
        let mut all = self.store.list(Some(&folder));
        let mut swept = 0;
        while let Some(found) = all.try_next().await.map_err(failed)? {
            if found.last_modified.timestamp_micros() < before.micros() {
                self.remove(&found.location).await?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    fn within<const N: usize>(&self, parts: [&str; N]) -> Path {
        self.prefix.parts().chain(parts.map(Into::into)).collect()
    }

    fn place(&self, account: AccountId, sha256: Sha256) -> Path {
        let digits = sha256.to_string();
        self.within([&account.to_string(), &digits[..2], &digits])
    }

    async fn remove(&self, place: &Path) -> Result<(), BlobError> {
        match self.store.delete(place).await.map_err(failed) {
            Err(BlobError::NotFound) => Ok(()),
            other => other,
        }
    }
}

#[async_trait]
impl Blobs for ObjectBlobs {
    async fn sweep(&self, now: Timestamp) -> Result<u64, BlobError> {
        self.sweep_before(now.minus(Self::ABANDONED)).await
    }

    async fn put(
        &self,
        account: AccountId,
        bytes: ByteStream,
        limit: u64,
        announced: Option<Sha256>,
    ) -> Result<Kept, BlobError> {
        write::receive(self.clone(), account, bytes, limit, announced).await
    }

    async fn size(&self, account: AccountId, sha256: Sha256) -> Result<u64, BlobError> {
        let found = self.store.head(&self.place(account, sha256)).await.map_err(failed)?;
        Ok(found.size)
    }

    async fn open(
        &self,
        account: AccountId,
        sha256: Sha256,
        range: Option<Range<u64>>,
    ) -> Result<ByteStream, BlobError> {
        read::open(&*self.store, &self.place(account, sha256), sha256, range).await
    }

    async fn delete(&self, account: AccountId, sha256: Sha256) -> Result<(), BlobError> {
        self.remove(&self.place(account, sha256)).await
    }

    #[cfg(feature = "signed")]
    async fn link(
        &self,
        account: AccountId,
        sha256: Sha256,
        lasts: Duration,
        Served { content_type, content_disposition }: &Served,
    ) -> Result<Option<String>, BlobError> {
        use object_store::signer::SignedUrlOptions;

        /// The longest that stores sign for.
        const LONGEST: Duration = Duration::from_hours(7 * 24);

        let Some(signer) = &self.signer else { return Ok(None) };
        self.size(account, sha256).await?;
        let headers =
            [("response-content-type", content_type), ("response-content-disposition", content_disposition)];
        let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        let options = SignedUrlOptions::new().with_query(headers);
        let place = self.place(account, sha256);
        let lasts = lasts.min(LONGEST);
        match signer.signed_url_opts(http::Method::GET, &place, lasts, &options).await {
            Ok(link) => Ok(Some(link.into())),
            // It cannot promise these headers; whoever asks must serve the bytes.
            Err(object_store::Error::NotSupported { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    #[cfg(not(feature = "signed"))]
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

fn failed(error: object_store::Error) -> BlobError {
    match error {
        object_store::Error::NotFound { .. } => BlobError::NotFound,
        other => BlobError::Unavailable(std::io::Error::other(other)),
    }
}
