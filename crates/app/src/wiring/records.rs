//! Where records are: SQLite in the folder, or Postgres when its host is given.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use creativestore_ports::store::{Store, StoreError};
use creativestore_postgres::{Login, Pooling as Statements, PostgresSettings, PostgresStore};
use creativestore_sqlite::SqliteStore;

use super::Load;
use crate::configuration::{Configuration, Database, Pooling, Secret};

/// The records.
#[derive(Clone)]
pub enum Records {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl Records {
    pub fn store(&self) -> Arc<dyn Store> {
        match self.clone() {
            Self::Sqlite(store) => Arc::new(store),
            Self::Postgres(store) => Arc::new(store),
        }
    }

    /// Whether other processes use them, too.
    pub const fn shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// How busy it is, for metrics.
    pub fn load(&self) -> Load {
        match self {
            Self::Sqlite(_) => Load { busy: 0, idle: 0, most: 0, mode: "embedded" },
            Self::Postgres(store) => {
                let (open, idle, most) = store.connections();
                Load { busy: open.saturating_sub(idle), idle, most, mode: store.mode().as_str() }
            }
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }
}

/// Opens the records and brings their schema up to date.
pub async fn open(configuration: &Configuration) -> anyhow::Result<Records> {
    match &configuration.database {
        Some(database) => {
            postgres(&settings(database)).await.map(Records::Postgres).context("opening the database")
        }
        None => sqlite(configuration).await,
    }
}

/// The same, as soon as the database can be reached: it may start later than this program, or refuse a password until
/// somebody mends it. What is in the way is said once, and again when it is something else.
pub async fn patiently(configuration: &Configuration) -> anyhow::Result<Records> {
    const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));
    let Some(database) = &configuration.database else { return sqlite(configuration).await };
    let settings = settings(database);
    let mut pause = PAUSES.0;
    let mut said = String::new();
    loop {
        match postgres(&settings).await {
            Ok(store) => return Ok(Records::Postgres(store)),
            Err(error @ StoreError::Unavailable(_)) => {
                let problem = error.to_string();
                if problem != said {
                    tracing::error!(%problem, "the database cannot be used yet; trying again until it can");
                    said = problem;
                }
            }
            Err(error) => return Err(error).context("opening the database"),
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(PAUSES.1);
    }
}

async fn sqlite(configuration: &Configuration) -> anyhow::Result<Records> {
    super::make(&configuration.folder)?;
    let path = configuration.folder.join("creativestore.db");
    let store = SqliteStore::open(&path).await.with_context(|| format!("opening {}", path.display()))?;
    store.migrate().await.with_context(|| format!("migrating {}", path.display()))?;
    Ok(Records::Sqlite(store))
}

async fn postgres(settings: &PostgresSettings) -> Result<PostgresStore, StoreError> {
    PostgresStore::migrate(settings).await?;
    let store = PostgresStore::open(settings).await?;
    store.ping().await?;
    Ok(store)
}

fn settings(database: &Database) -> PostgresSettings {
    let Database { host, port, name, user, password, admin, pooling, connections, require_tls } = database;
    let login = |user: &String, password: &Secret| Login {
        user: user.clone(),
        password: password.reveal().to_owned(),
    };
    PostgresSettings {
        host: host.clone(),
        port: *port,
        database: name.clone(),
        service: login(user, password),
        admin: admin.as_ref().map(|(user, password)| login(user, password)),
        pooling: match pooling {
            Pooling::Detect => Statements::Detect,
            Pooling::Direct => Statements::Direct,
            Pooling::Transaction => Statements::Transaction,
        },
        connections: *connections,
        require_tls: *require_tls,
    }
}
