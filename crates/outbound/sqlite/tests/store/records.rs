//! What no statement can do, whoever writes it: the schema itself keeps records as they were written.

use creativestore_ports::store::Store;
use creativestore_sqlite::SqliteStore;
use sqlx::{Connection, Executor, Row, SqliteConnection};

/// A schema with a row in every table whose rows never change. Their parents are left out: who writes by hand does not
/// have to keep foreign keys either.
async fn written() -> (tempfile::TempDir, SqliteConnection) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("creativestore.db");
    let store = SqliteStore::open(&path).await.expect("opens");
    store.migrate().await.expect("migrates");
    store.ping().await.expect("answers");
    store.close().await;
    let url = format!("sqlite://{}", path.display());
    let mut connection = SqliteConnection::connect(&url).await.expect("connects");
    connection
        .execute(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO revisions VALUES ('cr', 1, 'acc', '{}', 'hash', 'usr', NULL, 'processing', 1);
             INSERT INTO reviews VALUES ('rev', 'acc', 'cr', 1, 'hash', 'library', 'approve', 'review_passed', NULL, 'usr', 1);
             INSERT INTO blobs VALUES ('acc', 'hash', 1, 1);
             INSERT INTO audit VALUES ('aud', 'acc', 'usr', 1, NULL, NULL, 'action', 'subject', 'detail');
             INSERT INTO events VALUES (1, 'evt', 'acc', 'cr', 1, 1, 'usr', '{}', NULL, NULL);",
        )
        .await
        .expect("rows");
    (folder, connection)
}

/// Every column of a table.
async fn columns(connection: &mut SqliteConnection, table: &str) -> Vec<String> {
    let query = format!("SELECT name FROM pragma_table_info('{table}')");
    let rows = connection.fetch_all(sqlx::AssertSqlSafe(query)).await.expect("columns");
    rows.into_iter().map(|row| row.get(0)).collect()
}

async fn refused(connection: &mut SqliteConnection, statement: String) -> bool {
    match connection.execute(sqlx::AssertSqlSafe(statement)).await {
        Err(sqlx::Error::Database(error)) => {
            error.message().contains("never") || error.message().contains("append-only")
        }
        _ => false,
    }
}

#[tokio::test]
async fn invariant_1_no_statement_changes_a_revision_a_review_a_blob_an_event_or_the_audit_log() {
    let (_folder, mut connection) = written().await;
    for (table, may_change) in [
        ("revisions", &["state"] as &[&str]),
        ("reviews", &[]),
        ("blobs", &[]),
        ("audit", &[]),
        ("events", &["position"]),
    ] {
        for column in columns(&mut connection, table).await {
            let update = format!("UPDATE {table} SET {column} = 7");
            let refused = refused(&mut connection, update).await;
            assert_eq!(refused, !may_change.contains(&column.as_str()), "{table}.{column}");
        }
    }
    assert!(refused(&mut connection, "UPDATE events SET position = 8".into()).await, "a place is for ever");
}

#[tokio::test]
async fn invariant_1_no_statement_takes_a_revision_an_event_or_an_audit_line_away() {
    let (_folder, mut connection) = written().await;
    for table in ["revisions", "audit", "events"] {
        assert!(refused(&mut connection, format!("DELETE FROM {table}")).await, "{table}");
    }
}
