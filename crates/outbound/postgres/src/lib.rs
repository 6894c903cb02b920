//! The store on Postgres, and a place for bytes in the same database, directly or behind a transaction pooler. Knows no
//! HTTP.
//!
//! A pooler in transaction mode may give the server connection to somebody else between two messages. A statement with
//! values is two messages, so outside a transaction it may be answered with another client's rows, without an error.
//! Here nothing can run a statement but a `PostgresWork`, and one outside a transaction can only be made with the
//! proof that statements have names that the pooler or the server keeps (`Named`).

mod blobs;
mod lead;
mod migrate;
mod mode;
mod pool;
mod work;

use async_trait::async_trait;
use creativestore_ports::store::{Intent, Store, StoreError, UnitOfWork};
use creativestore_sql::work::Work;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

pub use blobs::PostgresBlobs;
pub use mode::{Mode, Pooling};
use pool::Connections;
use work::PostgresWork;

/// A role and its password.
#[derive(Clone)]
pub struct Login {
    /// The role.
    pub user: String,
    /// Its password.
    pub password: String,
}

/// Where the database is, and who asks.
#[derive(Clone)]
pub struct PostgresSettings {
    /// The server's or the pooler's host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The service's own role.
    pub service: Login,
    /// The role that may change the schema; the service's own when `None`.
    pub admin: Option<Login>,
    /// How statements reach the server.
    pub pooling: Pooling,
    /// The most connections of this process.
    pub connections: u32,
    /// Whether the connection must be encrypted.
    pub require_tls: bool,
}

impl PostgresSettings {
    fn options(&self, login: &Login) -> PgConnectOptions {
        let tls = if self.require_tls { PgSslMode::Require } else { PgSslMode::Prefer };
        PgConnectOptions::new_without_pgpass()
            .host(&self.host)
            .port(self.port)
            .database(&self.database)
            .username(&login.user)
            .password(&login.password)
            .ssl_mode(tls)
            .application_name("creativestore")
            // Poolers refuse start-up parameters that they do not know.
            .extra_float_digits(None)
            .disable_statement_logging()
    }
}

/// The store in one database.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    connections: Connections,
}

impl PostgresStore {
    /// Connects, and finds out how statements reach the server. `migrate` brings the schema up to date.
    pub async fn open(settings: &PostgresSettings) -> Result<Self, StoreError> {
        let connections = Connections::open(settings).await.map_err(|error| failed("connection", error))?;
        tracing::info!(mode = connections.reach().mode().as_str(), "how statements reach the database");
        Ok(Self { connections })
    }

    /// Brings the schema up to date, in one transaction and by one of many replicas at a time, as the role that may;
    /// refuses a schema that is too new.
    pub async fn migrate(settings: &PostgresSettings) -> Result<(), StoreError> {
        migrate::run(settings).await
    }

    /// How statements reach the server now. It is looked up on every new connection: it may become careful when a pooler
    /// is replaced by one that keeps no names, and then stays so.
    pub fn mode(&self) -> Mode {
        self.connections.reach().mode()
    }

    /// The place for bytes in the same database, over the same connections.
    pub fn blobs(&self) -> PostgresBlobs {
        PostgresBlobs::new(self.connections.clone())
    }

    /// How many connections are open, how many of them are idle, and how many there may be.
    pub fn connections(&self) -> (u32, u32, u32) {
        self.connections.count()
    }

    /// Closes all connections: those of units of work that are under way when these end.
    pub async fn close(&self) {
        self.connections.close().await;
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn begin(&self, intent: Intent) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let work = PostgresWork::begin(&self.connections, intent).await;
        Ok(Box::new(Work(work.map_err(|error| failed("unit of work", error))?)))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let mut lent = self.connections.lend().await.map_err(|error| failed("schema", error))?;
        migrate::expect_current(&mut lent).await
    }
}

/// What a failed statement means for whoever asked. `what` names the record that it was about.
fn failed(what: &'static str, error: sqlx::Error) -> StoreError {
    let text = format!("{what}: {error}");
    match error {
        sqlx::Error::Database(error) if error.is_unique_violation() => StoreError::Duplicate(what),
        sqlx::Error::Database(error) if error.is_foreign_key_violation() => {
            StoreError::Corrupt(format!("{what}: refers to a record that is not there"))
        }
        // serialization_failure, deadlock_detected
        sqlx::Error::Database(error) if matches!(error.code().as_deref(), Some("40001" | "40P01")) => {
            StoreError::Stale
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
            StoreError::Corrupt(text)
        }
        _ => StoreError::Unavailable(text),
    }
}
