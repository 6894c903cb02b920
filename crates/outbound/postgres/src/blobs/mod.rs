//! Bytes in the database, for deployments whose replicas share no disk. Knows no record of a blob: that is the store's.
//!
//! A transfer holds a connection for one chunk at a time, in a short transaction: however slow a client is, others have
//! the connection in between. Chunks of an upload are nobody's until the upload is published under its hash, in one
//! statement. What is given up, whether on an error, by `delete` or by `sweep`, is marked first and taken away after.

mod read;
mod write;

use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_domain::time::Timestamp;
use creativestore_ports::blobs::{BlobError, Blobs, ByteStream, Kept};
use creativestore_ports::store::{Intent, StoreError};
use creativestore_sql::statement::Statement;
use creativestore_sql::work::{Connection, Read};
use creativestore_sql::{number, unsigned};
use sqlx::FromRow;
use sqlx::postgres::PgRow;

use crate::failed;
use crate::pool::Connections;
use crate::work::PostgresWork;

/// Bytes in a chunk. An upload holds three of them at most, gathered, bound and on the wire, so that ten at once stay under
/// 8 MiB; and a chunk costs four round trips, so that a file of 20 MiB costs 320, well under a second near the server.
const CHUNK: usize = 256 * 1024;

/// How many chunks are taken away in one transaction: 16 MiB, well within any time limit.
const CLEARED_AT_ONCE: i64 = 64;

/// What errors name.
const WHAT: &str = "blob";

/// Blobs in the database of a `PostgresStore`, over its connections.
#[derive(Clone, Debug)]
pub struct PostgresBlobs {
    connections: Connections,
}

/// An upload that is published.
#[derive(FromRow)]
struct Content {
    upload: String,
    size: i64,
    chunk: i64,
}

/// An upload that is not.
#[derive(FromRow)]
struct Upload {
    account_id: String,
    upload: String,
}

/// The name of one.
#[derive(FromRow)]
struct Name {
    upload: String,
}

impl PostgresBlobs {
    /// After how long without a byte an upload counts as abandoned by its process, for `sweep`. Longer than any server
    /// lets a client be silent.
    pub const ABANDONED: Duration = Duration::from_hours(1);

    pub(crate) const fn new(connections: Connections) -> Self {
        Self { connections }
    }

    /// Takes away what crashed processes left: uploads to which nothing was added for this long, by the database's clock,
    /// in whole seconds. Their number. To be called at the start, and now and then; by many replicas at once is fine.
    pub async fn sweep_older(&self, older_than: Duration) -> Result<u64, BlobError> {
        const ABANDON: &str = include_str!("../../queries/blob_uploads_abandon.sql");
        const GIVEN_UP: &str = include_str!("../../queries/blob_uploads_given_up.sql");
        let seconds = number(older_than.as_secs());
        self.change(Statement::new(ABANDON).bind(seconds)).await.map_err(unavailable)?;
        let mut swept = 0;
        loop {
            let mut work = self.begin(Intent::Peek).await.map_err(unavailable)?;
            let found = work.all(WHAT, Statement::new(GIVEN_UP).bind(seconds)).await;
            drop(work);
            let found: Vec<Upload> = found.map_err(unavailable)?;
            if found.is_empty() {
                return Ok(swept);
            }
            for Upload { account_id, upload } in found {
                self.clear(&account_id, &upload).await.map_err(unavailable)?;
                swept += 1;
            }
        }
    }

    async fn begin(&self, intent: Intent) -> Result<PostgresWork, StoreError> {
        PostgresWork::begin(&self.connections, intent).await.map_err(|error| failed(WHAT, error))
    }

    /// One statement that changes, in a transaction of its own; how many rows it touched.
    async fn change(&self, statement: Statement) -> Result<u64, StoreError> {
        let mut work = self.begin(Intent::Write).await?;
        let touched = work.run(WHAT, statement).await?;
        work.commit().await?;
        Ok(touched)
    }

    /// One row, looked at with nothing before or after it.
    async fn look<T: Read<PgRow>>(&self, statement: Statement) -> Result<Option<T>, BlobError> {
        let mut work = self.begin(Intent::Peek).await.map_err(unavailable)?;
        work.one_with(WHAT, statement).await.map_err(unavailable)
    }

    async fn content(&self, account: AccountId, sha256: Sha256) -> Result<Content, BlobError> {
        const GET: &str = include_str!("../../queries/blob_content_get.sql");
        let statement = Statement::new(GET).bind(account.to_string()).bind(sha256.to_string());
        self.look(statement).await?.ok_or(BlobError::NotFound)
    }

    /// Gives up an upload that is not published; whether it was not. Waits for a publication that is under way.
    async fn give_up(&self, account: &str, upload: &str) -> Result<bool, StoreError> {
        const GIVE_UP: &str = include_str!("../../queries/blob_upload_give_up.sql");
        Ok(self.change(Statement::new(GIVE_UP).bind(account).bind(upload)).await? > 0)
    }

    /// Takes away an upload that was given up, a few chunks at a time.
    async fn clear(&self, account: &str, upload: &str) -> Result<(), StoreError> {
        const CLEAR: &str = include_str!("../../queries/blob_chunks_clear.sql");
        const FORGET: &str = include_str!("../../queries/blob_upload_forget.sql");
        let statement = Statement::new(CLEAR).bind(account).bind(upload).bind(CLEARED_AT_ONCE);
        while self.change(statement.clone()).await? > 0 {}
        self.change(Statement::new(FORGET).bind(account).bind(upload)).await.map(drop)
    }
}

#[async_trait]
impl Blobs for PostgresBlobs {
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
        let Content { size, .. } = self.content(account, sha256).await?;
        unsigned("size", size).map_err(unavailable)
    }

    async fn open(
        &self,
        account: AccountId,
        sha256: Sha256,
        range: Option<Range<u64>>,
    ) -> Result<ByteStream, BlobError> {
        read::open(self.clone(), account, sha256, range).await
    }

    async fn delete(&self, account: AccountId, sha256: Sha256) -> Result<(), BlobError> {
        const DELETE: &str = include_str!("../../queries/blob_content_delete.sql");
        let account = account.to_string();
        let statement = Statement::new(DELETE).bind(&*account).bind(sha256.to_string());
        let mut work = self.begin(Intent::Write).await.map_err(unavailable)?;
        let gone: Option<Name> = work.one(WHAT, statement).await.map_err(unavailable)?;
        work.commit().await.map_err(unavailable)?;
        match gone {
            Some(Name { upload }) => self.clear(&account, &upload).await.map_err(unavailable),
            None => Ok(()),
        }
    }

    /// By the database's own clock.
    async fn sweep(&self, _now: Timestamp) -> Result<u64, BlobError> {
        self.sweep_older(Self::ABANDONED).await
    }
}

fn unavailable(error: StoreError) -> BlobError {
    BlobError::Unavailable(std::io::Error::other(error))
}
