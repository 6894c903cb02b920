//! The promises of a store, kept by SQLite in a temporary file.

use creativestore_contract::Given;
use creativestore_ports::store::Store;
use creativestore_sqlite::SqliteStore;

async fn fresh() -> Given<dyn Store> {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(&folder.path().join("creativestore.db")).await.expect("opens");
    store.migrate().await.expect("migrates");
    Given::new(Box::new(store), folder)
}

creativestore_contract::store_promises!(crate::contract::fresh);
