//! The schema's versions, in order. Forward only: expand in one version, contract in a later one, so that the binary
//! before can go on serving. What a version is for stands at the head of its file.
//!
//! One transaction for all of them, under an advisory lock that ends with it: session locks do not survive a pooler.
//! Statements go as simple queries, without values.

use creativestore_ports::store::StoreError;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

use crate::pool::Lent;
use crate::{PostgresSettings, failed};

/// A version of the schema: its number, its statements, and the oldest schema version that a binary must be made for
/// to work with it.
struct Migration {
    version: i64,
    sql: &'static str,
    serves: i64,
}

const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, sql: include_str!("../migrations/0001_records.sql"), serves: 1 },
    Migration { version: 2, sql: include_str!("../migrations/0002_relay.sql"), serves: 1 },
    Migration { version: 3, sql: include_str!("../migrations/0003_blobs.sql"), serves: 1 },
    Migration { version: 4, sql: include_str!("../migrations/0004_terms_in_order.sql"), serves: 1 },
    Migration { version: 5, sql: include_str!("../migrations/0005_status_in_order.sql"), serves: 1 },
    Migration { version: 6, sql: include_str!("../migrations/0006_parts_in_order.sql"), serves: 1 },
];

/// The version that this binary is made for.
const NEEDED: i64 = MIGRATIONS[MIGRATIONS.len() - 1].version;

/// Held by whoever migrates: "creatives" in ASCII, cut to eight bytes.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7165064744844457333)";

const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY, serves BIGINT NOT NULL)";

/// What the service's role may do: everything with records but change the schema, and nothing but add to the audit
/// log. Names are quoted by the server.
const GRANTS: &str = include_str!("../migrations/grants.sql");

/// How long the service may take, whatever way it reaches the server: a pooler refuses limits in a connection's start.
const LIMITS: &str = include_str!("../migrations/limits.sql");

/// A migration takes as long as it takes, but lets nobody queue up behind a lock that it waits for.
const PATIENT: &str = "SET LOCAL statement_timeout TO 0; SET LOCAL lock_timeout TO '30s'; \
     SET LOCAL idle_in_transaction_session_timeout TO 0";

pub(crate) async fn run(settings: &PostgresSettings) -> Result<(), StoreError> {
    let login = settings.admin.as_ref().unwrap_or(&settings.service);
    let connected = settings.options(login).connect().await;
    let mut connection = connected.map_err(|error| failed("migration", error))?;
    let migrated = apply(&mut connection, settings).await.map_err(|error| failed("migration", error));
    let closed = connection.close().await.map_err(|error| failed("migration", error));
    migrated?;
    closed
}

async fn apply(connection: &mut PgConnection, settings: &PostgresSettings) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    transaction.execute(LOCK).await?;
    transaction.execute(sqlx::raw_sql(PATIENT)).await?;
    transaction.execute(TABLE).await?;
    let row =
        transaction.fetch_one("SELECT COALESCE(MAX(version), 0) AS version FROM schema_versions").await?;
    let current: i64 = row.try_get("version")?;
    for Migration { version, sql, serves } in MIGRATIONS.iter().filter(|it| it.version > current) {
        transaction.execute(sqlx::raw_sql(*sql)).await?;
        let kept = format!("INSERT INTO schema_versions (version, serves) VALUES ({version}, {serves})");
        transaction.execute(sqlx::raw_sql(AssertSqlSafe(kept))).await?;
    }
    if settings.admin.as_ref().is_some_and(|admin| admin.user != settings.service.user) {
        let role = settings.service.user.replace('"', "\"\"");
        let grants = GRANTS.replace("{role}", &format!("\"{role}\""));
        transaction.execute(sqlx::raw_sql(AssertSqlSafe(grants))).await?;
    }
    let role = settings.service.user.replace('\'', "''");
    let limits = LIMITS.replace("{role}", &format!("'{role}'"));
    transaction.execute(sqlx::raw_sql(AssertSqlSafe(limits))).await?;
    transaction.commit().await
}

/// Whether the schema is the one that this binary needs, or a later one that still serves it.
pub(crate) async fn expect_current(lent: &mut Lent) -> Result<(), StoreError> {
    const LOOK: &str = "SELECT version, serves FROM schema_versions ORDER BY version DESC LIMIT 1";
    let found = lent.ask().fetch_optional(LOOK).await;
    let found = match lent.answered(found) {
        Ok(row) => row.map(|row| (row.get::<i64, _>(0), row.get::<i64, _>(1))),
        // undefined_table
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => None,
        Err(error) => return Err(failed("schema", error)),
    };
    creativestore_sql::schema::expect(found, NEEDED)
}
