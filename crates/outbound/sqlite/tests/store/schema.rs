//! The schema and the statements fit each other.

use creativestore_ports::store::Store;
use creativestore_sqlite::SqliteStore;
use sqlx::{Connection, Executor, Row, SqlSafeStr, SqliteConnection};

async fn migrated() -> (tempfile::TempDir, SqliteStore, SqliteConnection) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("creativestore.db");
    let store = SqliteStore::open(&path).await.expect("opens");
    store.migrate().await.expect("migrates");
    let url = format!("sqlite://{}", path.display());
    let connection = SqliteConnection::connect(&url).await.expect("connects");
    (folder, store, connection)
}

#[tokio::test]
async fn every_portable_statement_prepares() {
    let (_folder, _store, mut connection) = migrated().await;
    for (name, sql) in creativestore_sql::statements::ALL {
        if let Err(error) = connection.prepare(sqlx::AssertSqlSafe(*sql).into_sql_str()).await {
            panic!("{name}: {error}");
        }
    }
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    let (_folder, store, mut connection) = migrated().await;
    store.migrate().await.expect("migrates again");
    store.ping().await.expect("is current");
    let rows = connection.fetch_one("SELECT COUNT(*) FROM schema_versions").await.expect("counts");
    assert_eq!(rows.get::<i64, _>(0), 3);
}

#[tokio::test]
async fn a_store_without_a_schema_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(&folder.path().join("empty.db")).await.expect("opens");
    let error = store.ping().await.expect_err("there is no schema");
    assert!(error.to_string().contains("run `creativestore migrate`"), "{error}");
}

#[tokio::test]
async fn a_schema_that_is_too_new_is_refused_and_a_newer_one_that_serves_is_not() {
    let (_folder, store, mut connection) = migrated().await;
    connection
        .execute("INSERT INTO schema_versions (version, serves) VALUES (99, 1)")
        .await
        .expect("inserts");
    store.ping().await.expect("version 99 serves this binary");
    connection.execute("UPDATE schema_versions SET serves = 99 WHERE version = 99").await.expect("updates");
    let error = store.ping().await.expect_err("version 99 no longer serves");
    assert!(error.to_string().contains("run a newer one"), "{error}");
}
