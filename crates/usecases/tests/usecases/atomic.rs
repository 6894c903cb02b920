//! A change is written as a whole or not at all: whichever statement fails.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use creativestore_domain::access::Role;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::CreativeId;
use creativestore_domain::patch::Patch;
use creativestore_domain::review::Decision;
use creativestore_domain::text::{ExternalId, Login};
use creativestore_ports::creatives::{AssignmentFilter, CreativeFilter, Sort, SortBy};
use creativestore_ports::store::Intent;
use creativestore_usecases::creatives::{Amend, Upsert};
use creativestore_usecases::{
    Failure, IdempotencyKey, accounts, api_keys, assignments, blobs, concepts, creatives, inspection, relay,
    reviews,
};
use futures_util::future::BoxFuture;

use crate::world::{World, create, decision_on, first_page, manifest_of, metadata, name, picture_of, stream};

/// A change, and how many events it tells and audit lines it writes.
struct Change {
    name: &'static str,
    events: usize,
    lines: usize,
    run: for<'a> fn(&'a World) -> BoxFuture<'a, Result<(), Failure>>,
}

macro_rules! change {
    ($name:literal, $events:literal, $lines:literal, |$world:ident, $caller:ident, $key:ident| $run:expr) => {
        Change {
            name: $name,
            events: $events,
            lines: $lines,
            run: |$world| {
                Box::pin(async move {
                    let $caller = &$world.acme();
                    let $key = &IdempotencyKey::parse($name).expect("a key");
                    let _ = $key;
                    $run.map(drop)
                })
            },
        }
    };
}

async fn the_creative(world: &World) -> CreativeId {
    let (caller, page) = (world.acme(), first_page());
    let (filter, sort) = (CreativeFilter::default(), Sort { by: SortBy::Created, descending: false });
    let listed = creatives::list(&world.inside, &caller, &filter, sort, &page).await.expect("a list");
    listed.items[0].id
}

fn the_picture() -> Sha256 {
    Sha256::of(b"image 300x250")
}

/// The changes in an order in which each is possible after the ones before.
fn changes() -> Vec<Change> {
    vec![
        change!("put", 0, 1, |w, c, k| blobs::put(&w.inside, c, stream("image 300x250"), None).await),
        change!("create", 1, 1, |w, c, k| {
            let manifest = picture_of(the_picture());
            creatives::create(&w.inside, c, create("One", manifest), Some(k)).await
        }),
        change!("inspect", 1, 1, |w, c, k| {
            let _ = c;
            inspection::work(&w.inside).await
        }),
        change!("decide", 1, 1, |w, c, k| {
            reviews::decide(&w.inside, c, decision_on(the_creative(w).await, 1, Decision::Approve), Some(k))
                .await
        }),
        change!("amend", 1, 1, |w, c, k| {
            let amend = Amend { name: Some(name("Two")), concept: Patch::Null, ..Amend::default() };
            creatives::amend(&w.inside, c, the_creative(w).await, Some(1), amend).await
        }),
        change!("assign", 1, 1, |w, c, k| crate::delivery::assign_once(w, c, the_creative(w).await, Some(k))
            .await),
        change!("end", 1, 1, |w, c, k| {
            let filter = AssignmentFilter::default();
            let all = assignments::list(&w.inside, c, &filter, &first_page()).await.expect("a list");
            assignments::end(&w.inside, c, all.items[0].id).await
        }),
        change!("archive", 1, 1, |w, c, k| {
            creatives::archive(&w.inside, c, the_creative(w).await, None, None, Some(k)).await
        }),
        change!("unarchive", 1, 1, |w, c, k| {
            creatives::unarchive(&w.inside, c, the_creative(w).await, None, Some(k)).await
        }),
        change!("revise", 1, 1, |w, c, k| {
            let manifest = manifest_of(the_picture(), [], "https://acme.example/2");
            creatives::revise(&w.inside, c, the_creative(w).await, manifest, Some(k)).await
        }),
        change!("upsert-new", 1, 1, |w, c, k| {
            let manifest = manifest_of(the_picture(), [], "https://acme.example/3");
            let external_id = ExternalId::parse("theirs").expect("an id");
            creatives::upsert(&w.inside, c, Upsert { external_id, metadata: metadata("U"), manifest }, None)
                .await
        }),
        change!("upsert-both", 2, 2, |w, c, k| {
            let manifest = manifest_of(the_picture(), [], "https://acme.example/4");
            let external_id = ExternalId::parse("theirs").expect("an id");
            creatives::upsert(&w.inside, c, Upsert { external_id, metadata: metadata("V"), manifest }, None)
                .await
        }),
        change!("concept", 0, 1, |w, c, k| concepts::create(&w.inside, c, name("Idea"), Some(k)).await),
        change!("key", 0, 1, |w, c, k| {
            let role = Role::Viewer;
            let request = api_keys::Create { name: name("Key"), role, expires_at: None };
            api_keys::create(&w.inside, c, request, Some(k)).await
        }),
        change!("member", 0, 1, |w, c, k| {
            let login = Login::parse("ann@acme.example").expect("a login");
            let role = Role::Viewer;
            accounts::add_member(&w.inside, c, accounts::AddMember { login, name: name("Ann"), role }).await
        }),
        change!("relay", 0, 0, |w, c, k| {
            let _ = c;
            relay::publish(&w.inside).await.map_err(|error| match error {
                relay::NotTold::Store(error) => Failure::from(error),
                relay::NotTold::Bus(error) => panic!("{error}"),
            })
        }),
    ]
}

/// What is no part of a change: what was measured is kept before, and harms nobody; the claim of a job is a
/// transaction of its own, and so is giving it back; what a relay told is kept after it told it.
fn apart(table: &str, statement: &str) -> bool {
    matches!(table, "facts" | "renditions") || matches!((table, statement), ("jobs" | "relay", "UPDATE"))
}

async fn records(world: &World) -> BTreeMap<String, Vec<String>> {
    let mut all = world.everything().await;
    let jobs = all["jobs"].len();
    all.retain(|table, _| {
        !matches!(table.as_str(), "facts" | "renditions" | "jobs" | "relay" | "touched" | "sqlite_sequence")
    });
    all.insert("number of jobs".into(), vec![jobs.to_string()]);
    all
}

async fn run(pool: &sqlx::SqlitePool, statement: String) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(pool).await.expect("a statement");
}

async fn seen_and_stored(world: &World, id: CreativeId) {
    let seen = creatives::get(&world.inside, &world.acme(), id).await.expect("a creative");
    let mut work = world.inside.store.begin(Intent::Peek).await.expect("a unit of work");
    let stored = work.creatives().get(seen.account, id).await.expect("a look").expect("a creative");
    assert_eq!(*seen, stored);
}

#[tokio::test]
async fn whatever_changes_a_creative_whoever_looks_next_sees_it_changed() {
    let world = World::new().await;
    for change in changes() {
        (change.run)(&world).await.expect(change.name);
        if change.name != "put" {
            let id = the_creative(&world).await;
            seen_and_stored(&world, id).await;
            // Remembered now, so that the next change has something to make old.
            seen_and_stored(&world, id).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_nobody_waits_for_any_more_leaves_nothing_old_behind() {
    let world = Arc::new(World::new().await);
    for change in changes().iter().take(3) {
        (change.run)(&world).await.expect(change.name);
    }
    let id = the_creative(&world).await;
    for round in 0..60 {
        seen_and_stored(&world, id).await;
        let it = Arc::clone(&world);
        let change = tokio::spawn(async move {
            let amend = Amend { name: Some(name(&format!("Name {round}"))), ..Amend::default() };
            creatives::amend(&it.inside, &it.acme(), id, None, amend).await
        });
        for _ in 0..round {
            tokio::task::yield_now().await;
            let _ = creatives::get(&world.inside, &world.acme(), id).await;
        }
        change.abort();
        let _ = change.await;
        // Whoever writes next waits until the abandoned change is over, however it went.
        let next = Amend { name: Some(name(&format!("After {round}"))), ..Amend::default() };
        creatives::amend(&world.inside, &world.acme(), id, None, next).await.expect("a change");
    }
    seen_and_stored(&world, id).await;
}

#[tokio::test]
async fn invariant_7_a_state_change_and_its_event_are_one_transaction() {
    // One world goes ahead and writes down which tables each change touches; the other one follows, and has each of
    // those statements fail first.
    let (ahead, world) = (World::new().await, World::new().await);
    let (watched, raw) = (ahead.raw().await, world.raw().await);
    let tables: Vec<String> =
        world.everything().await.into_keys().filter(|table| !table.starts_with("sqlite_")).collect();
    run(&watched, "CREATE TABLE touched (what TEXT, how TEXT, UNIQUE (what, how))".into()).await;
    for table in &tables {
        for statement in ["INSERT", "UPDATE", "DELETE"] {
            run(&watched, format!("CREATE TRIGGER see_{statement}_{table} AFTER {statement} ON {table} BEGIN INSERT OR IGNORE INTO touched VALUES ('{table}', '{statement}'); END")).await;
        }
    }
    for change in changes() {
        run(&watched, "DELETE FROM touched".into()).await;
        (change.run)(&ahead).await.unwrap_or_else(|error| panic!("{}: {error}", change.name));
        let touched: Vec<(String, String)> = sqlx::query_as("SELECT what, how FROM touched")
            .fetch_all(&watched)
            .await
            .expect("what was touched");
        assert!(!touched.is_empty(), "{} writes something", change.name);
        let before = records(&world).await;
        for (table, statement) in touched.iter().filter(|(table, statement)| !apart(table, statement)) {
            run(&raw, format!("CREATE TRIGGER sabotage BEFORE {statement} ON {table} BEGIN SELECT RAISE(ABORT, 'sabotage'); END")).await;
            let outcome = (change.run)(&world).await;
            run(&raw, "DROP TRIGGER sabotage".into()).await;
            assert!(outcome.is_err(), "{} when {statement} of {table} fails", change.name);
            assert_eq!(records(&world).await, before, "{} when {statement} of {table} fails", change.name);
            // What was given back is due again, and no lease is held.
            world.pass(Duration::from_hours(1));
        }
        let (events, lines) = (world.count("events").await, world.count("audit").await);
        (change.run)(&world).await.unwrap_or_else(|error| panic!("{}: {error}", change.name));
        assert_eq!(world.count("events").await, events + change.events, "events of {}", change.name);
        assert_eq!(world.count("audit").await, lines + change.lines, "audit lines of {}", change.name);
    }
}
