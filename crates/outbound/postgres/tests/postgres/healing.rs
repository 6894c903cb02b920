//! The store goes on when what it reaches the server through is replaced, and when there is less of everything than is
//! asked for: nobody hangs, and nobody gets another one's rows.

use std::time::Duration;

use creativestore_ports::store::{Intent, Store, StoreError};
use creativestore_postgres::{Mode, PostgresStore};
use creativestore_tests::servers::pgbouncer::{Pgbouncer, Release};
use futures_util::FutureExt as _;

use crate::given::{SERVERS, Way, ask, database, reaching, settings};
use crate::pooler::{CLIENTS, account, filled, id, interleaved};

/// Longer than anything here may take.
const FOR_EVER: Duration = Duration::from_mins(1);

async fn pooler(port: Option<u16>, release: Release) -> Pgbouncer {
    let start = move || match port {
        Some(port) => Pgbouncer::start_on(port, release, &SERVERS.postgres, 2),
        None => Pgbouncer::start(release, &SERVERS.postgres, 2),
    };
    tokio::task::spawn_blocking(start).await.expect("ran").expect("it starts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_is_replaced_by_one_that_keeps_no_names_makes_the_store_careful() {
    let name = tokio::task::spawn_blocking(database).await.expect("a database");
    let newer = pooler(None, Release::Newer).await;
    let port = newer.port;
    let mut settings = settings(port, &name);
    settings.connections = 8;
    let store = PostgresStore::open(&settings).await.expect("opens");
    filled(&store).await;
    assert_eq!(interleaved(store.clone()).await, (0, 0));
    assert_eq!(store.mode().as_str(), "named");
    tokio::task::spawn_blocking(|| drop(newer)).await.expect("it ends");
    let packaged = pooler(Some(port), Release::Packaged).await;
    // Connections to what is gone fail, each once, and say so.
    let (wrong, failed) = interleaved(store.clone()).await;
    assert_eq!(wrong, 0, "another one's rows");
    assert!(failed <= settings.connections, "{failed} failed");
    assert_eq!(store.mode(), Mode::Careful);
    assert_eq!(interleaved(store.clone()).await, (0, 0));
    // There is no way back without a new start, even where the proof could be had.
    tokio::task::spawn_blocking(|| drop(packaged)).await.expect("it ends");
    let newer = pooler(Some(port), Release::Newer).await;
    let (wrong, failed) = interleaved(store.clone()).await;
    assert!(wrong == 0 && failed <= settings.connections, "{wrong} wrong, {failed} failed");
    assert_eq!(store.mode(), Mode::Careful);
    let again = PostgresStore::open(&settings).await.expect("opens");
    assert_eq!(again.mode().as_str(), "named");
    drop((store, again));
    tokio::task::spawn_blocking(|| drop(newer)).await.expect("it ends");
}

#[tokio::test]
async fn the_limits_of_the_services_role_hold_through_a_pooler_and_a_wait_for_a_lock_ends() {
    let name = tokio::task::spawn_blocking(database).await.expect("a database");
    for way in [Way::Packaged, Way::Newer, Way::Direct] {
        let mut settings = reaching(way, &name).await;
        PostgresStore::migrate(&settings).await.expect("sets the limits");
        let limits = "SELECT array_to_string(setconfig, ' ') FROM pg_db_role_setting s JOIN pg_database d \
             ON d.oid = s.setdatabase WHERE d.datname = current_database()";
        let told = ask(&name, limits).await.expect("told");
        let all = "statement_timeout=10s lock_timeout=3s idle_in_transaction_session_timeout=15s jit=off";
        assert_eq!(told.trim(), all);
        settings.connections = 2;
        let store = PostgresStore::open(&settings).await.expect("opens");
        let mut holds = store.begin(Intent::Write).await.expect("begins");
        holds.tenancy().insert_account(&account(1)).await.expect("inserts");
        let waits = async {
            let mut work = store.begin(Intent::Write).await?;
            work.tenancy().insert_account(&account(1)).await
        };
        let ended = tokio::time::timeout(FOR_EVER, waits).await.expect("it does not wait for ever");
        let told = match ended {
            Err(StoreError::Unavailable(told)) => told,
            other => panic!("{other:?}"),
        };
        assert!(told.contains("lock timeout"), "{told}");
        assert!(holds.tenancy().account(id(1)).await.expect("who holds it goes on").is_some());
    }
}

#[tokio::test]
async fn an_administrator_who_may_not_set_the_limits_migrates_all_the_same() {
    let name = tokio::task::spawn_blocking(database).await.expect("a database");
    let owner = "plain_owner";
    let password = creativestore_tests::servers::postgres::PASSWORD;
    ask("postgres", &format!("CREATE ROLE {owner} LOGIN PASSWORD '{password}'")).await.expect("a role");
    ask("postgres", &format!("CREATE DATABASE {name}_bare OWNER {owner}")).await.expect("a database");
    let mut settings = reaching(Way::Direct, &format!("{name}_bare")).await;
    let admin = settings.admin.as_mut().expect("an administrator");
    admin.user = owner.to_owned();
    PostgresStore::migrate(&settings).await.expect("migrates");
    PostgresStore::open(&settings).await.expect("opens").ping().await.expect("is current");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_one_connection_48_clients_all_get_an_answer_or_are_told_and_nobody_hangs() {
    let name = tokio::task::spawn_blocking(database).await.expect("a database");
    for way in [Way::PackagedOne, Way::NewerOne, Way::Direct] {
        let mut settings = reaching(way, &name).await;
        settings.connections = 1;
        let store = PostgresStore::open(&settings).await.expect("opens");
        if way == Way::PackagedOne {
            filled(&store).await;
        }
        let asked = tokio::time::timeout(FOR_EVER, interleaved(store.clone())).await.expect("nobody hangs");
        assert_eq!(asked, (0, 0), "all of them had their turn");
        // Somebody keeps the only one: everybody is told, in the time that a wait may take.
        let keeps = store.begin(Intent::Write).await.expect("begins");
        let ask = |number| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut work = store.begin(Intent::Read).await?;
                work.tenancy().account(id(number)).await
            })
        };
        let all = (0..CLIENTS).map(ask).collect::<Vec<_>>();
        for asked in all {
            let told = tokio::time::timeout(FOR_EVER, asked).await.expect("nobody hangs").expect("ran");
            assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
        }
        drop(keeps);
        assert_eq!(interleaved(store.clone()).await, (0, 0), "and then it goes on");
    }
}

#[tokio::test]
async fn a_connection_goes_back_at_once_and_what_was_left_in_the_midst_of_something_is_seen_to_first() {
    let name = tokio::task::spawn_blocking(database).await.expect("a database");
    for way in [Way::Packaged, Way::Newer, Way::Direct] {
        let mut settings = reaching(way, &name).await;
        settings.connections = 1;
        let store = PostgresStore::open(&settings).await.expect("opens");
        if way == Way::Packaged {
            filled(&store).await;
        }
        let idle = || store.connections().1;
        let look = async |number| {
            let mut work = store.begin(Intent::Peek).await.expect("begins");
            work.tenancy().account(id(number)).await.expect("asked").map(|found| found.id)
        };
        let work = store.begin(Intent::Write).await.expect("begins");
        work.commit().await.expect("commits");
        assert_eq!(idle(), 1, "of what was committed nothing is left to be asked");
        assert_eq!(look(1).await, Some(id(1)));
        // Where statements have no names, a look is a transaction, to be ended.
        assert_eq!(idle(), u32::from(store.mode() != Mode::Careful));

        let mut undone = store.begin(Intent::Write).await.expect("begins");
        undone.tenancy().insert_account(&account(CLIENTS)).await.expect("inserts");
        drop(undone);
        assert_eq!(idle(), 0, "it is not yet undone");
        assert_eq!(look(CLIENTS).await, None);

        // Whoever goes away in the midst of a question: it waits for what somebody else is about to insert as well.
        let other = PostgresStore::open(&settings).await.expect("opens");
        let mut inserts = other.begin(Intent::Write).await.expect("begins");
        inserts.tenancy().insert_account(&account(CLIENTS)).await.expect("inserts");
        let mut left = store.begin(Intent::Write).await.expect("begins");
        assert!(left.tenancy().insert_account(&account(CLIENTS)).now_or_never().is_none(), "it waits");
        drop(left);
        assert_eq!(idle(), 0, "the answer is still to come");
        drop(inserts);
        assert_eq!(look(CLIENTS).await, None);
        for number in 0..CLIENTS {
            for intent in [Intent::Peek, Intent::Read, Intent::Write] {
                let mut left = store.begin(intent).await.expect("begins");
                // Most answers are not there at once.
                let _ = left.tenancy().account(id(number)).now_or_never();
                drop(left);
                let next = (number + 1) % CLIENTS;
                assert_eq!(look(next).await, Some(id(next)), "an answer is nobody else's");
            }
        }
    }
}
