//! Bytes on their way in: counted and hashed as they come, a chunk at a time into an upload that is nobody's yet, and
//! published only when all of them came.

use bytes::{Bytes, BytesMut};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_ports::blobs::{BlobError, ByteStream, Kept};
use creativestore_ports::store::{Intent, StoreError};
use creativestore_sql::number;
use creativestore_sql::statement::Statement;
use creativestore_sql::work::Connection;
use futures_util::StreamExt;
use sha2::Digest;
use tokio::runtime::Handle;

use super::{CHUNK, Name, PostgresBlobs, WHAT, unavailable};
use crate::failed;
use crate::work::PostgresWork;

/// How often publishing is tried.
const TRIES: usize = 3;

/// Takes a stream.
pub(super) async fn receive(
    blobs: PostgresBlobs,
    account: AccountId,
    bytes: ByteStream,
    limit: u64,
    announced: Option<Sha256>,
) -> Result<Kept, BlobError> {
    let mut incoming = Incoming { blobs, account, upload: None, next: 0 };
    let received = match incoming.all(bytes, limit, announced).await {
        Ok(kept) => incoming.publish(kept).await.map(|()| kept),
        Err(error) => Err(error),
    };
    incoming.end().await;
    received
}

/// An upload on its way in. One that is dropped is given up in the background.
struct Incoming {
    blobs: PostgresBlobs,
    account: AccountId,
    /// Its name, from the first chunk on until nothing is left to be taken away.
    upload: Option<String>,
    next: i64,
}

impl Incoming {
    async fn all(
        &mut self,
        mut bytes: ByteStream,
        limit: u64,
        announced: Option<Sha256>,
    ) -> Result<Kept, BlobError> {
        let mut hash = sha2::Sha256::new();
        let mut size: u64 = 0;
        let mut gathered = BytesMut::new();
        while let Some(piece) = bytes.next().await {
            let mut piece = piece.map_err(BlobError::Incomplete)?;
            size += piece.len() as u64;
            if size > limit {
                return Err(BlobError::TooLarge { limit });
            }
            hash.update(&piece);
            while !piece.is_empty() {
                let part = piece.split_to(piece.len().min(CHUNK - gathered.len()));
                gathered.extend_from_slice(&part);
                if gathered.len() == CHUNK {
                    self.keep(&gathered.split().freeze()).await.map_err(unavailable)?;
                }
            }
        }
        drop(bytes);
        if !gathered.is_empty() || self.upload.is_none() {
            self.keep(&gathered.freeze()).await.map_err(unavailable)?;
        }
        let found = Sha256::from_bytes(hash.finalize().into());
        match announced {
            Some(announced) if announced != found => Err(BlobError::ChecksumMismatch { announced, found }),
            _ => Ok(Kept { sha256: found, size }),
        }
    }

    /// Keeps the next chunk, in a transaction of its own that begins the upload if need be. Bytes that are none only
    /// begin it.
    async fn keep(&mut self, chunk: &Bytes) -> Result<(), StoreError> {
        const BEGIN: &str = include_str!("../../queries/blob_upload_begin.sql");
        const KEEP: &str = include_str!("../../queries/blob_chunk_insert.sql");
        let work = PostgresWork::begin_part(&self.blobs.connections).await;
        let mut work = work.map_err(|error| failed(WHAT, error))?;
        let upload = match &self.upload {
            Some(upload) => upload.clone(),
            None => {
                let begun = work.one(WHAT, Statement::new(BEGIN).bind(self.account.to_string())).await?;
                let Some(Name { upload }) = begun else { return Err(swept()) };
                upload
            }
        };
        if !chunk.is_empty() {
            let statement =
                Statement::new(KEEP).bind(self.account.to_string()).bind(&*upload).bind(self.next);
            if work.run_with(WHAT, statement, chunk).await? == 0 {
                return Err(swept());
            }
        }
        // From here on there may be something to take away.
        self.upload = Some(upload);
        work.commit().await?;
        self.next += 1;
        Ok(())
    }

    /// Publishes the upload under its hash. When these bytes are kept already, it stays unpublished.
    async fn publish(&mut self, kept: Kept) -> Result<(), BlobError> {
        let Some(upload) = self.upload.clone() else { return Err(unavailable(swept())) };
        // Between a refusal and the look for its reason, whoever had these bytes first may take theirs away.
        for _ in 0..TRIES {
            if self.published(&upload, kept).await.map_err(unavailable)? {
                self.upload = None;
                return Ok(());
            }
            match self.blobs.content(self.account, kept.sha256).await {
                Err(BlobError::NotFound) => {}
                other => return other.map(drop),
            }
        }
        Err(unavailable(swept()))
    }

    /// Whether it could be published.
    async fn published(&self, upload: &str, Kept { sha256, size }: Kept) -> Result<bool, StoreError> {
        const PUBLISH: &str = include_str!("../../queries/blob_upload_publish.sql");
        let mut work = self.blobs.begin(Intent::Write).await?;
        let statement = Statement::new(PUBLISH).bind(self.account.to_string()).bind(upload);
        let statement = statement.bind(sha256.to_string()).bind(number(size)).bind(number(CHUNK as u64));
        if work.run(WHAT, statement).await? == 0 {
            // Undone, so that the upload is there to be given up.
            return Ok(false);
        }
        match work.commit().await {
            // The answer was lost. What cannot be given up any more was published.
            Err(StoreError::Indeterminate(why)) => {
                match self.blobs.give_up(&self.account.to_string(), upload).await {
                    Ok(false) => Ok(true),
                    _ => Err(StoreError::Indeterminate(why)),
                }
            }
            other => other.map(|()| true),
        }
    }

    /// Takes away what was not published.
    async fn end(mut self) {
        if let Some(upload) = &self.upload {
            take_away(&self.blobs, self.account, upload).await;
            self.upload = None;
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let Some(upload) = self.upload.take() else { return };
        // Without a runtime the process is ending, and the sweep of another one takes it away.
        if let Ok(runtime) = Handle::try_current() {
            let (blobs, account) = (self.blobs.clone(), self.account);
            runtime.spawn(async move { take_away(&blobs, account, &upload).await });
        }
    }
}

async fn take_away(blobs: &PostgresBlobs, account: AccountId, upload: &str) {
    let account = account.to_string();
    let taken = async {
        if blobs.give_up(&account, upload).await? { blobs.clear(&account, upload).await } else { Ok(()) }
    };
    if let Err(error) = taken.await {
        tracing::warn!(%error, "an upload that failed is left for the sweep");
    }
}

fn swept() -> StoreError {
    StoreError::Unavailable("the upload was taken for abandoned".into())
}
