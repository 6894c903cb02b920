//! Bytes on their way in: counted and hashed as they come, and put at their address only when all of them came.

use bytes::Bytes;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_ports::blobs::{BlobError, ByteStream, Kept};
use futures_util::StreamExt;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt, PutPayloadMut};
use sha2::Digest;
use tokio::runtime::Handle;

use super::{ObjectBlobs, failed};

/// Bytes in a part: the least that S3 takes, because one part of each upload is held in memory.
const PART: usize = 5 * 1024 * 1024;

/// Takes a stream.
pub(super) async fn receive(
    blobs: ObjectBlobs,
    account: AccountId,
    bytes: ByteStream,
    limit: u64,
    announced: Option<Sha256>,
) -> Result<Kept, BlobError> {
    let mut incoming = Incoming { left: Left { blobs, parts: None, whole: None } };
    let received = incoming.all(account, bytes, limit, announced).await;
    incoming.left.take().take_away().await;
    received
}

/// What an upload leaves if it ends now.
struct Left {
    blobs: ObjectBlobs,
    /// Parts that are not put together.
    parts: Option<Box<dyn MultipartUpload>>,
    /// Where they were put together.
    whole: Option<Path>,
}

impl Left {
    fn take(&mut self) -> Self {
        Self { blobs: self.blobs.clone(), parts: self.parts.take(), whole: self.whole.take() }
    }

    async fn take_away(self) {
        if let Some(mut parts) = self.parts
            && let Err(error) = parts.abort().await
        {
            tracing::warn!(%error, "parts of an upload that failed are left to the store's own rule");
        }
        if let Some(whole) = self.whole
            && let Err(error) = self.blobs.remove(&whole).await
        {
            tracing::warn!(%error, "an upload that failed is left for the sweep");
        }
    }
}

/// An upload on its way in. What one that is dropped left is taken away in the background.
struct Incoming {
    left: Left,
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let left = self.left.take();
        if (left.parts.is_some() || left.whole.is_some())
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(left.take_away());
        }
    }
}

impl Incoming {
    async fn all(
        &mut self,
        account: AccountId,
        mut bytes: ByteStream,
        limit: u64,
        announced: Option<Sha256>,
    ) -> Result<Kept, BlobError> {
        let mut hash = sha2::Sha256::new();
        let mut size: u64 = 0;
        let mut gathered = PutPayloadMut::new();
        let name = self.left.blobs.ids.next().simple().to_string();
        let temporary = self.left.blobs.within(["incoming", &name]);
        while let Some(piece) = bytes.next().await {
            let mut piece = piece.map_err(BlobError::Incomplete)?;
            size += piece.len() as u64;
            if size > limit {
                return Err(BlobError::TooLarge { limit });
            }
            hash.update(&piece);
            while !piece.is_empty() {
                let part = piece.split_to(piece.len().min(PART - gathered.content_length()));
                gather(&mut gathered, &part);
                if gathered.content_length() == PART {
                    self.part(&temporary, std::mem::take(&mut gathered)).await.map_err(failed)?;
                }
            }
        }
        drop(bytes);
        let found = Sha256::from_bytes(hash.finalize().into());
        if let Some(announced) = announced.filter(|announced| *announced != found) {
            return Err(BlobError::ChecksumMismatch { announced, found });
        }
        let place = self.left.blobs.place(account, found);
        if self.left.parts.is_none() {
            self.left.blobs.store.put(&place, gathered.freeze()).await.map_err(failed)?;
        } else {
            if !gathered.is_empty() {
                self.part(&temporary, gathered).await.map_err(failed)?;
            }
            self.put_together(temporary, &place).await.map_err(failed)?;
        }
        Ok(Kept { sha256: found, size })
    }

    /// Sends the next part, and waits until it is there: one is held at a time.
    async fn part(&mut self, temporary: &Path, part: PutPayloadMut) -> object_store::Result<()> {
        let parts = match self.left.parts.take() {
            Some(parts) => parts,
            None => self.left.blobs.store.put_multipart(temporary).await?,
        };
        self.left.parts.insert(parts).put_part(part.freeze()).await
    }

    /// Makes one of all parts, and moves it to its address, over an equal one if there is one.
    async fn put_together(&mut self, temporary: Path, place: &Path) -> object_store::Result<()> {
        if let Some(parts) = &mut self.left.parts {
            self.left.whole = Some(temporary.clone());
            parts.complete().await?;
            self.left.parts = None;
            self.left.blobs.store.rename(&temporary, place).await?;
            self.left.whole = None;
        }
        Ok(())
    }
}

/// Small pieces share a block of memory; large ones are taken as they are.
fn gather(gathered: &mut PutPayloadMut, piece: &Bytes) {
    const LARGE: usize = 64 * 1024;
    if piece.len() < LARGE { gathered.extend_from_slice(piece) } else { gathered.push(piece.clone()) }
}
