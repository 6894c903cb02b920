//! The store on SQLite: one writer, a few readers, write-ahead log, every commit synced. Knows no HTTP and no
//! blob bytes.

mod migrate;
mod work;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use creativestore_ports::store::{Intent, Store, StoreError, UnitOfWork};
use creativestore_sql::work::Work;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use work::SqliteWork;

/// How long a unit of work waits for the one writer, or for a reader.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many units of work read at once.
const READERS: u32 = 3;

/// The store in one file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, making it where it is missing. `migrate` brings its schema up to date.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .statement_cache_capacity(64)
            // Kibibytes of page cache a connection: the operating system caches the file anyway.
            .pragma("cache_size", "-1024")
            .pragma("mmap_size", "0")
            .pragma("temp_store", "MEMORY")
            .pragma("trusted_schema", "OFF");
        let pool = |most: u32| {
            SqlitePoolOptions::new()
                .max_connections(most)
                .min_connections(1)
                .acquire_timeout(PATIENCE)
                .test_before_acquire(false)
                .idle_timeout(None)
                .max_lifetime(None)
        };
        let writer = pool(1).connect_with(options.clone()).await.map_err(|it| failed("file", it))?;
        let readers = pool(READERS).connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Self { writer, readers })
    }

    /// Brings the schema up to date: each migration in a transaction of its own, so that a crash leaves a
    /// whole number of them done. Does nothing when it is up to date; refuses a schema that is too new.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        migrate::run(&self.writer).await
    }

    /// Takes back the jobs of workers that were killed, which would otherwise wait until their leases end. For
    /// whoever has the file alone: the jobs of another process would be done twice.
    pub async fn release_jobs(&self) -> Result<(), StoreError> {
        const RELEASE: &str = include_str!("../queries/jobs_release.sql");
        let done = sqlx::query(RELEASE).execute(&self.writer).await;
        done.map(drop).map_err(|it| failed("job", it))
    }

    /// Closes all connections, folding the write-ahead log back into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn begin(&self, intent: Intent) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let connection = match intent {
            Intent::Peek => self.readers.acquire().await.map(SqliteWork::Loose),
            Intent::Read => self.readers.begin_with("BEGIN DEFERRED").await.map(SqliteWork::Looking),
            Intent::Write => self.writer.begin_with("BEGIN IMMEDIATE").await.map(SqliteWork::Changing),
        };
        Ok(Box::new(Work(connection.map_err(|it| failed("unit of work", it))?)))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        migrate::expect_current(&self.readers).await
    }
}

/// What a failed statement means for whoever asked. `what` names the record that it was about.
fn failed(what: &'static str, error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(error) if error.is_unique_violation() => StoreError::Duplicate(what),
        sqlx::Error::Database(error) if error.is_foreign_key_violation() => {
            StoreError::Corrupt(format!("{what}: refers to a record that is not there"))
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
            StoreError::Corrupt(format!("{what}: {error}"))
        }
        other => StoreError::Unavailable(format!("{what}: {other}")),
    }
}
