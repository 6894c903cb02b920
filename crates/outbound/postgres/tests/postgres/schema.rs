//! The schema and the statements fit each other, and the service may do no more than it must.

use creativestore_ports::store::Store;
use creativestore_postgres::PostgresStore;
use creativestore_tests::servers::postgres::SERVICE;

use crate::given::{SERVERS, Way, ask, database, settings, store};

#[tokio::test]
async fn every_portable_statement_prepares() {
    let (_store, name) = store(Way::Direct).await;
    for (statement, sql) in creativestore_sql::statements::ALL {
        let prepared = ask(&name, &format!("PREPARE it AS {sql}")).await;
        assert!(prepared.is_ok(), "{statement}: {prepared:?}");
    }
}

#[tokio::test]
async fn many_replicas_that_migrate_at_once_leave_one_schema() {
    let (_store, _) = store(Way::Direct).await;
    let name = "raced";
    ask("postgres", &format!("CREATE DATABASE {name}")).await.expect("a database");
    let settings = settings(SERVERS.port(Way::Packaged), name);
    let tries = (0..6).map(|_| {
        let settings = settings.clone();
        tokio::spawn(async move { PostgresStore::migrate(&settings).await })
    });
    for tried in tries.collect::<Vec<_>>() {
        tried.await.expect("ran").expect("migrates");
    }
    let versions = ask(name, "SELECT count(*) FROM schema_versions").await.expect("counts");
    assert_eq!(versions.trim(), "6");
    PostgresStore::open(&settings).await.expect("opens").ping().await.expect("is current");
}

#[tokio::test]
async fn a_store_without_a_schema_says_what_to_do_and_a_newer_one_is_refused_unless_it_serves() {
    let (store, name) = store(Way::Direct).await;
    ask(&name, "INSERT INTO schema_versions VALUES (1000, 1)").await.expect("inserts");
    store.ping().await.expect("it serves binaries of version 1");
    ask(&name, "UPDATE schema_versions SET serves = 1000 WHERE version = 1000").await.expect("updates");
    let error = store.ping().await.expect_err("it no longer serves").to_string();
    assert!(error.contains("run a newer one"), "{error}");
    ask(&name, "DROP TABLE schema_versions").await.expect("drops");
    let error = store.ping().await.expect_err("there is no schema").to_string();
    assert!(error.contains("run `creativestore migrate`"), "{error}");
}

#[tokio::test]
async fn the_service_changes_neither_the_schema_nor_what_never_changes() {
    let name = tokio::task::spawn_blocking(database).await.expect("a database");
    for refused in [
        "CREATE TABLE more (id TEXT)",
        "DROP TABLE audit",
        "ALTER TABLE audit ADD COLUMN more TEXT",
        "UPDATE audit SET detail = ''",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DELETE FROM events",
        "DELETE FROM revisions",
        "UPDATE reviews SET note = ''",
        "UPDATE blob_chunks SET bytes = ''",
        "UPDATE blob_contents SET size = 0",
        "UPDATE schema_versions SET serves = 9",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
    ] {
        let told = ask(&name, &format!("SET ROLE {SERVICE}; {refused}")).await;
        let told = told.expect_err(refused);
        assert!(told.contains("permission denied") || told.contains("must be owner"), "{refused}: {told}");
    }
    let allowed =
        format!("SET ROLE {SERVICE}; DELETE FROM jobs; UPDATE creatives SET name = '' WHERE id = ''");
    ask(&name, &allowed).await.expect("records are the service's");
}
