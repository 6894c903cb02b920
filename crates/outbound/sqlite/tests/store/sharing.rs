//! Several processes on one file: each has a store of its own, and they take turns. Knows no promise of a port.

use std::path::Path;

use creativestore_domain::account::{Account, ChangePolicy};
use creativestore_domain::id::AccountId;
use creativestore_domain::text::Name;
use creativestore_domain::time::Timestamp;
use creativestore_ports::page::PageRequest;
use creativestore_ports::store::{Intent, Store};
use creativestore_sqlite::SqliteStore;
use tokio::task::JoinSet;

async fn opened(folder: &Path) -> SqliteStore {
    SqliteStore::open(&folder.join("creativestore.db")).await.expect("opens")
}

async fn opened_by(folder: &Path, processes: usize) -> Vec<SqliteStore> {
    let mut stores = Vec::new();
    for _ in 0..processes {
        stores.push(opened(folder).await);
    }
    stores
}

async fn number(store: &SqliteStore) -> usize {
    let mut work = store.begin(Intent::Peek).await.expect("a unit of work");
    let page = work.tenancy().accounts(None, &PageRequest { limit: 200, after: None }).await;
    page.expect("a page").items.len()
}

fn account(number: u32) -> Account {
    Account {
        id: AccountId::parse(&format!("acc_{number:032x}")).expect("an id"),
        name: Name::parse("One of many").expect("a name"),
        brand_domain: None,
        operator: None,
        change_policy: ChangePolicy::Staged,
        version: 1,
        created_at: Timestamp::from_micros(1),
        updated_at: Timestamp::from_micros(1),
    }
}

async fn add(store: &SqliteStore, number: u32) {
    let mut work = store.begin(Intent::Write).await.expect("its turn comes");
    work.tenancy().insert_account(&account(number)).await.expect("a new account");
    work.commit().await.expect("committed");
}

#[tokio::test]
async fn stores_that_migrate_one_file_at_once_bring_it_up_to_date_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores = opened_by(folder.path(), 4).await;
    let all = stores.clone().into_iter().map(|store| async move { store.migrate().await });
    for migrated in all.collect::<JoinSet<_>>().join_all().await {
        migrated.expect("migrated, by itself or by another");
    }
    for store in &stores {
        store.ping().await.expect("it is up to date");
    }
}

#[tokio::test]
async fn stores_on_one_file_take_turns_and_see_what_the_others_wrote() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores = opened_by(folder.path(), 3).await;
    stores[0].migrate().await.expect("migrates");
    let all = (0..24).zip(stores.iter().cloned().cycle()).map(|(number, store)| async move {
        add(&store, number).await;
    });
    all.collect::<JoinSet<_>>().join_all().await;
    for store in &stores {
        assert_eq!(number(store).await, 24);
    }
}

#[tokio::test]
async fn what_was_committed_is_there_when_the_file_is_opened_again_and_what_was_not_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = opened(folder.path()).await;
    store.migrate().await.expect("migrates");
    add(&store, 1).await;
    let mut work = store.begin(Intent::Write).await.expect("a unit of work");
    work.tenancy().insert_account(&account(2)).await.expect("a new account");
    drop(work);
    store.close().await;
    let store = opened(folder.path()).await;
    assert_eq!(number(&store).await, 1);
}
