//! The schema's versions, in order. Forward only: expand in one version, contract in a later one, so that the
//! binary before can go on serving. What a version is for stands at the head of its file.

use creativestore_ports::store::StoreError;
use creativestore_sql::schema;
use sqlx::sqlite::SqlitePool;
use sqlx::{Executor, Row};

use crate::failed;

/// A version of the schema: its number, its statements, and the oldest schema version that a binary must be
/// made for to work with it.
struct Migration {
    version: i64,
    sql: &'static str,
    serves: i64,
}

const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, sql: include_str!("../migrations/0001_records.sql"), serves: 1 },
    Migration { version: 2, sql: include_str!("../migrations/0002_relay.sql"), serves: 1 },
    Migration { version: 3, sql: include_str!("../migrations/0003_status_in_order.sql"), serves: 1 },
];

/// The version that this binary is made for.
const NEEDED: i64 = MIGRATIONS[MIGRATIONS.len() - 1].version;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_versions (
  version INTEGER PRIMARY KEY,
  serves INTEGER NOT NULL
) STRICT";

pub(crate) async fn run(writer: &SqlitePool) -> Result<(), StoreError> {
    for migration in MIGRATIONS {
        let mut tx = writer.begin_with("BEGIN IMMEDIATE").await.map_err(|it| failed("migration", it))?;
        tx.execute(TABLE).await.map_err(|it| failed("migration", it))?;
        let row = tx
            .fetch_one("SELECT COALESCE(MAX(version), 0) FROM schema_versions")
            .await
            .map_err(|it| failed("migration", it))?;
        // Another process may have done it while this one waited for the lock.
        if row.get::<i64, _>(0) < migration.version {
            tx.execute(sqlx::raw_sql(migration.sql)).await.map_err(|it| failed("migration", it))?;
            sqlx::query("INSERT INTO schema_versions (version, serves) VALUES ($1, $2)")
                .bind(migration.version)
                .bind(migration.serves)
                .execute(&mut *tx)
                .await
                .map_err(|it| failed("migration", it))?;
        }
        tx.commit().await.map_err(|it| failed("migration", it))?;
    }
    expect_current(writer).await
}

/// Whether the schema is the one that this binary needs, or a later one that still serves it.
pub(crate) async fn expect_current(pool: &SqlitePool) -> Result<(), StoreError> {
    let found = sqlx::query("SELECT version, serves FROM schema_versions ORDER BY version DESC LIMIT 1")
        .fetch_optional(pool)
        .await;
    let found = match found {
        Ok(row) => row.map(|row| (row.get::<i64, _>(0), row.get::<i64, _>(1))),
        Err(sqlx::Error::Database(error)) if error.message().contains("no such table") => None,
        Err(error) => return Err(failed("schema", error)),
    };
    schema::expect(found, NEEDED)
}
