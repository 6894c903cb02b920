//! Bytes on their way in: counted and hashed as they are written, kept only when all of them came.

use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use creativestore_domain::hash::Sha256;
use creativestore_ports::blobs::{BlobError, ByteStream, Kept};
use futures_util::StreamExt;
use sha2::Digest;
use tempfile::NamedTempFile;

use crate::blocking;

/// How many bytes are gathered before they are handed to the disk.
const CHUNK: usize = 256 * 1024;

/// Writes a stream into a temporary file and syncs it. The file goes away by itself on any error.
pub(crate) async fn receive(
    incoming: &Path,
    mut bytes: ByteStream,
    limit: u64,
    announced: Option<Sha256>,
) -> Result<(NamedTempFile, Kept), BlobError> {
    let folder = incoming.to_path_buf();
    let mut file = blocking(move || NamedTempFile::new_in(folder)).await.map_err(BlobError::Unavailable)?;
    let mut hash = sha2::Sha256::new();
    let mut size: u64 = 0;
    let mut gathered = Vec::new();
    while let Some(piece) = bytes.next().await {
        let piece = piece.map_err(BlobError::Incomplete)?;
        size += piece.len() as u64;
        if size > limit {
            return Err(BlobError::TooLarge { limit });
        }
        hash.update(&piece);
        gathered.extend_from_slice(&piece);
        if gathered.len() >= CHUNK {
            (file, gathered) = append(file, gathered).await?;
        }
    }
    (file, _) = append(file, gathered).await?;
    let found = Sha256::from_bytes(hash.finalize().into());
    if let Some(announced) = announced.filter(|announced| *announced != found) {
        return Err(BlobError::ChecksumMismatch { announced, found });
    }
    let file = blocking(move || file.as_file().sync_all().map(|()| file)).await;
    Ok((file.map_err(BlobError::Unavailable)?, Kept { sha256: found, size }))
}

async fn append(mut file: NamedTempFile, mut bytes: Vec<u8>) -> Result<(NamedTempFile, Vec<u8>), BlobError> {
    let written = blocking(move || {
        file.write_all(&bytes)?;
        bytes.clear();
        Ok((file, bytes))
    });
    written.await.map_err(BlobError::Unavailable)
}

/// Moves a synced file to its place. Replacing an equal one is fine, and mends a damaged one. One at a time looks
/// whether the folder is there: who finds it finds it durable.
pub(crate) fn publish(
    making: &Mutex<()>,
    file: NamedTempFile,
    folder: &Path,
    path: &Path,
) -> std::io::Result<()> {
    {
        let _alone = making.lock().unwrap_or_else(PoisonError::into_inner);
        if !folder.exists() {
            std::fs::create_dir_all(folder)?;
            for parent in folder.ancestors().skip(1).take(3) {
                sync(parent)?;
            }
        }
    }
    file.persist(path)?;
    sync(folder)
}

fn sync(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}
