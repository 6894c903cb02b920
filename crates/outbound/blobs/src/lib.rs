//! Bytes on local files or in an object store, addressed by SHA-256 within an account. Knows no database: what
//! is recorded about a blob is the store's.
//!
//! On files, a blob comes in one pass: written beside its place while it is hashed, synced, renamed into its place,
//! and the folder synced. What a crash leaves behind is a file under `incoming/`, taken away at the next
//! start, or a whole blob that no record names.

mod object;
mod read;
mod write;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_ports::blobs::{BlobError, Blobs, ByteStream, Kept};

pub use object::{ObjectBlobs, OpenError};

/// Blobs in a folder: `blobs/<account>/<first two digits>/<sha256>`, and `incoming/` for what is not whole yet.
#[derive(Clone, Debug)]
pub struct LocalBlobs {
    root: PathBuf,
    /// Held while a folder is looked for and made.
    making: Arc<Mutex<()>>,
}

impl LocalBlobs {
    /// Opens the folder, making it where it is missing, and takes away what an earlier crash left under
    /// `incoming/`. One process at a time uses a folder.
    pub async fn open(root: &Path) -> std::io::Result<Self> {
        let root = root.to_path_buf();
        let this = Self { root, making: Arc::default() };
        let incoming = this.incoming();
        blocking(move || {
            match std::fs::remove_dir_all(&incoming) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            std::fs::create_dir_all(&incoming)
        })
        .await?;
        Ok(this)
    }

    /// Uses the folder beside the process that serves it: takes nothing away.
    pub fn beside(root: &Path) -> std::io::Result<Self> {
        let this = Self { root: root.to_path_buf(), making: Arc::default() };
        std::fs::create_dir_all(this.incoming())?;
        Ok(this)
    }

    fn incoming(&self) -> PathBuf {
        self.root.join("incoming")
    }

    fn folder(&self, account: AccountId, sha256: Sha256) -> PathBuf {
        let digits = sha256.to_string();
        self.root.join("blobs").join(account.to_string()).join(&digits[..2])
    }

    fn path(&self, account: AccountId, sha256: Sha256) -> PathBuf {
        self.folder(account, sha256).join(sha256.to_string())
    }
}

#[async_trait]
impl Blobs for LocalBlobs {
    async fn put(
        &self,
        account: AccountId,
        bytes: ByteStream,
        limit: u64,
        announced: Option<Sha256>,
    ) -> Result<Kept, BlobError> {
        let (file, kept) = write::receive(&self.incoming(), bytes, limit, announced).await?;
        let folder = self.folder(account, kept.sha256);
        let path = self.path(account, kept.sha256);
        let making = Arc::clone(&self.making);
        blocking(move || write::publish(&making, file, &folder, &path))
            .await
            .map_err(BlobError::Unavailable)?;
        Ok(kept)
    }

    async fn size(&self, account: AccountId, sha256: Sha256) -> Result<u64, BlobError> {
        let metadata = tokio::fs::metadata(self.path(account, sha256)).await.map_err(missing)?;
        Ok(metadata.len())
    }

    async fn open(
        &self,
        account: AccountId,
        sha256: Sha256,
        range: Option<Range<u64>>,
    ) -> Result<ByteStream, BlobError> {
        read::open(&self.path(account, sha256), sha256, range).await
    }

    async fn delete(&self, account: AccountId, sha256: Sha256) -> Result<(), BlobError> {
        match tokio::fs::remove_file(self.path(account, sha256)).await.map_err(missing) {
            Err(BlobError::NotFound) => Ok(()),
            other => other,
        }
    }
}

fn missing(error: std::io::Error) -> BlobError {
    if error.kind() == std::io::ErrorKind::NotFound {
        BlobError::NotFound
    } else {
        BlobError::Unavailable(error)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}
