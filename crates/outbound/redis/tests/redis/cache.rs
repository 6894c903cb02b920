//! What a cache may never do: give what is old, what is somebody else's, or what nobody wrote; or keep anybody waiting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use creativestore_domain::account::ChangePolicy;
use creativestore_domain::creative::{Creative, Labels, Metadata, RevisionRef, Standing};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::CreativeId;
use creativestore_domain::manifest::Kind;
use creativestore_domain::revision::{RevisionNo, RevisionState};
use creativestore_domain::text::Name;
use creativestore_domain::time::{Timestamp, Window};
use creativestore_ports::cache::Cache;
use creativestore_redis::{Redis, RedisCache};
use rustix::process::Signal;
use uuid::Uuid;

use crate::given::{PATIENCE, SHARED, account, prefix, redis, settings, small, start, until};

fn creative(number: u32, sequence: u64) -> Arc<Creative> {
    let newest = RevisionRef { no: RevisionNo::FIRST, hash: Sha256::of(b"content") };
    Arc::new(Creative {
        id: CreativeId::new(Uuid::from_u128(number.into())),
        account: account(1),
        external_id: None,
        kind: Kind::Image,
        metadata: Metadata {
            name: Name::parse(&format!("{number} at {sequence}")).expect("a name"),
            concept: None,
            labels: Labels::default(),
            rights: Window::ALWAYS,
        },
        change_policy: ChangePolicy::Staged,
        standing: Standing::Live,
        newest,
        newest_state: RevisionState::Approved,
        active: Some(newest),
        version: 1,
        sequence,
        created_at: Timestamp::from_micros(1),
        updated_at: Timestamp::from_micros(2),
    })
}

/// What is kept of a creative that was kept just now, before it goes.
async fn kept(cache: &RedisCache, keep: &[Arc<Creative>], get: u32) -> Creative {
    until("it is kept", async || {
        cache.keep(keep).await;
        cache.creative(account(1), creative(get, 1).id).await
    })
    .await
}

#[tokio::test]
async fn what_one_process_keeps_another_finds_and_another_account_does_not() {
    let prefix = prefix();
    let (one, two) = (redis(SHARED.port, &prefix).cache(), redis(SHARED.port, &prefix).cache());
    let all: Vec<_> = (1..=50).map(|number| creative(number, 7)).collect();
    one.keep(&[]).await;
    until("all are found", async || {
        one.keep(&all).await;
        let mut found = Vec::new();
        for creative in &all {
            assert_eq!(two.creative(account(2), creative.id).await, None);
            found.extend(two.creative(account(1), creative.id).await.map(Arc::new));
        }
        (found == all).then_some(())
    })
    .await;
    assert_eq!(two.creative(account(1), creative(51, 1).id).await, None);
}

#[tokio::test]
async fn a_later_state_takes_the_place_of_an_earlier_one_and_never_the_other_way() {
    let cache = redis(SHARED.port, &prefix()).cache();
    let (earlier, later) = (creative(1, 9), creative(1, 10));
    assert_eq!(kept(&cache, &[Arc::clone(&earlier), Arc::clone(&later)], 1).await, *later);
    let cache = redis(SHARED.port, &prefix()).cache();
    assert_eq!(kept(&cache, &[Arc::clone(&later), earlier], 1).await, *later);
}

#[tokio::test]
async fn what_is_kept_goes_within_a_second_and_is_not_kept_longer_by_keeping_it_again() {
    let prefix = prefix();
    let cache = redis(SHARED.port, &prefix).cache();
    let one = creative(1, 1);
    let key = format!("{prefix}:creative:{}", one.id);
    let begun = Instant::now();
    cache.keep(&[Arc::clone(&one)]).await;
    let lasts: i64 = SHARED.ask(&["PTTL", &key]).expect("an end").parse().expect("a number");
    assert!(lasts <= 800, "{lasts}");
    let mut again = 0;
    // Keeping it again makes it no younger: it is gone for a moment at its end, and its new end lies later.
    until("it goes", async || {
        again += 1;
        let left: i64 = SHARED.ask(&["PTTL", &key]).expect("an end").parse().expect("a number");
        if left > 0 && begun.elapsed() < Duration::from_millis(500) {
            cache.keep(&[Arc::clone(&one)]).await;
        }
        cache.creative(account(1), one.id).await.is_none().then_some(())
    })
    .await;
    assert!(again > 1, "it was there for a while");
    assert!(begun.elapsed() < PATIENCE / 2, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_was_damaged_or_is_something_else_is_not_there_and_is_replaced() {
    let server = start();
    let prefix = prefix();
    let cache = redis(server.port, &prefix).cache();
    let (one, two) = (creative(1, 5), creative(2, 5));
    let key = format!("{prefix}:creative:{}", one.id);
    kept(&cache, &[Arc::clone(&one), Arc::clone(&two)], 2).await;
    let json = creativestore_wire::creative::creative_to_json(&one);
    let other = creativestore_wire::creative::creative_to_json(&two);
    for damaged in
        ["", " ", "5", "5 ", &json, &format!("6 {json}"), &format!("5 {other}"), &format!("5 {}", &json[1..])]
    {
        server.ask(&["SET", &key, damaged]).expect("set");
        assert_eq!(cache.creative(account(1), one.id).await, None, "{damaged}");
    }
    for unreadable in ["", "nonsense", "x5 {}", "4 {}"] {
        server.ask(&["SET", &key, unreadable]).expect("set");
        assert_eq!(kept(&cache, &[Arc::clone(&one)], 1).await, *one, "{unreadable}");
    }
    server.ask(&["DEL", &key]).expect("deleted");
    server.ask(&["RPUSH", &key, "a list"]).expect("pushed");
    cache.keep(&[Arc::clone(&one)]).await;
    assert_eq!(cache.creative(account(1), one.id).await, None);
}

#[tokio::test]
async fn a_redis_that_is_silent_or_gone_has_nothing_and_keeps_nobody_waiting() {
    let (server, prefix) = (start(), prefix());
    // As long as a service waits.
    let redis = Redis::new(settings(server.port, &prefix)).expect("settings");
    let cache = redis.cache();
    let one = creative(1, 1);
    kept(&cache, &[Arc::clone(&one)], 1).await;
    server.running().signal(Signal::STOP).expect("stopped");
    for _ in 0..3 {
        let begun = Instant::now();
        assert_eq!(cache.creative(account(1), one.id).await, None);
        assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    }
    assert!(redis.problem().is_some());
    let begun = Instant::now();
    for _ in 0..1_000 {
        assert_eq!(cache.creative(account(1), one.id).await, None);
        cache.keep(&[Arc::clone(&one)]).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?} for a thousand", begun.elapsed());
    server.running().signal(Signal::CONT).expect("goes on");
    assert_eq!(kept(&cache, &[Arc::clone(&one)], 1).await, *one);
    assert_eq!(redis.problem(), None);
    server.running().signal(Signal::KILL).expect("killed");
    until("it is gone", async || cache.creative(account(1), one.id).await.is_none().then_some(())).await;
}

#[tokio::test]
async fn a_redis_that_is_full_keeps_nothing_more_and_goes_on_giving() {
    let server = small("3mb");
    let redis = redis(server.port, &prefix());
    let cache = redis.cache();
    kept(&cache, &[creative(1, 1)], 1).await;
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]).expect("set");
    cache.keep(&[creative(2, 1)]).await;
    assert_eq!(cache.creative(account(1), creative(2, 1).id).await, None);
    assert!(redis.problem().is_some_and(|problem| problem.contains("OOM")));
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]).expect("set");
    kept(&cache, &[creative(2, 1)], 2).await;
    assert_eq!(redis.problem(), None);
}
