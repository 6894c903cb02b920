//! The promises of a bus, kept alone and with others; and what listeners learn when Redis is not there.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use creativestore_contract::Given;
use creativestore_contract::bus::MOST_ROOM;
use creativestore_ports::bus::{Bus, BusError, Signal};
use creativestore_ports::journal::Published;
use creativestore_redis::RedisBus;
use creativestore_tests::servers::redis::Redis;
use futures_util::{Stream, StreamExt};
use rustix::process::Signal as Kill;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::given::{PATIENCE, SHARED, account, events, prefix, redis, small, start, until};

pub type Listener = Pin<Box<dyn Stream<Item = Signal> + Send>>;

/// A bus that follows the others.
pub struct Following(Arc<RedisBus>, JoinHandle<()>);

impl Drop for Following {
    fn drop(&mut self) {
        self.1.abort();
    }
}

#[async_trait]
impl Bus for Following {
    async fn publish(&self, events: &[Published]) -> Result<(), BusError> {
        self.0.publish(events).await
    }

    fn listen(&self) -> Listener {
        self.0.listen()
    }
}

async fn next(listener: &mut Listener) -> Signal {
    timeout(PATIENCE, listener.next()).await.expect("it hears something").expect("the bus goes on")
}

async fn following(port: u16, prefix: &str) -> Following {
    following_in(&redis(port, prefix)).await
}

/// A bus that hears the others by now.
pub async fn following_in(redis: &creativestore_redis::Redis) -> Following {
    let bus = Arc::new(redis.bus(MOST_ROOM));
    let mut listener = bus.listen();
    let task = tokio::spawn({
        let bus = Arc::clone(&bus);
        async move { bus.follow().await }
    });
    assert!(matches!(next(&mut listener).await, Signal::Missed), "it hears from now on");
    Following(bus, task)
}

async fn missed(listener: &mut Listener) {
    while !matches!(next(listener).await, Signal::Missed) {}
}

/// Waits until it hears that an event was told elsewhere.
pub async fn elsewhere(listener: &mut Listener) -> u64 {
    loop {
        match next(listener).await {
            Signal::Elsewhere { account: whose, position } => {
                assert_eq!(whose, account(1));
                return position;
            }
            Signal::Missed => {}
            Signal::Event(event) => panic!("{event:?} was told elsewhere"),
        }
    }
}

#[expect(clippy::unused_async, reason = "other implementations have to wait for what they are made of")]
async fn alone() -> Given<dyn Bus> {
    Given::new(Box::new(redis(SHARED.port, &prefix()).bus(MOST_ROOM)), ())
}

async fn with_others() -> Given<dyn Bus> {
    Given::new(Box::new(following(SHARED.port, &prefix()).await), ())
}

mod that_follows_nobody {
    creativestore_contract::bus_promises!(crate::bus::alone);
}

mod that_follows_others {
    creativestore_contract::bus_promises!(crate::bus::with_others);
}

#[tokio::test]
async fn two_buses_hear_where_the_other_told_something() {
    let prefix = prefix();
    let (one, two) = (following(SHARED.port, &prefix).await, following(SHARED.port, &prefix).await);
    let (mut at_one, mut at_two) = (one.listen(), two.listen());
    one.publish(&events([1, 2])).await.expect("told");
    assert_eq!([elsewhere(&mut at_two).await, elsewhere(&mut at_two).await], [1, 2]);
    two.publish(&events([3])).await.expect("told");
    assert!(matches!(next(&mut at_two).await, Signal::Event(event) if event.position == 3));
    for position in [1, 2] {
        assert!(matches!(next(&mut at_one).await, Signal::Event(event) if event.position == position));
    }
    assert_eq!(elsewhere(&mut at_one).await, 3);
}

#[tokio::test]
async fn a_bus_hears_nothing_of_another_prefix_and_passes_over_what_is_no_event() {
    // As a pattern the one would fit the other.
    let prefix = prefix();
    let (pattern, other) = (format!("{prefix}?x*"), format!("{prefix}yx:z"));
    let (bus, stranger, friend) = (
        following(SHARED.port, &pattern).await,
        redis(SHARED.port, &other).bus(MOST_ROOM),
        redis(SHARED.port, &pattern).bus(MOST_ROOM),
    );
    let mut listener = bus.listen();
    stranger.publish(&events([1])).await.expect("told");
    for nonsense in ["", "{}", "[[[[", "{\"position\":\"7\"}"] {
        SHARED.ask(&["PUBLISH", &format!("{pattern}:creative.created"), nonsense]).expect("published");
    }
    friend.publish(&events([5])).await.expect("told");
    assert!(
        matches!(next(&mut listener).await, Signal::Elsewhere { position: 5, .. }),
        "the first that it hears"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_away_nothing_hangs_listeners_know_that_they_miss_some_and_it_heals() {
    let (server, prefix) = (start(), prefix());
    let port = server.port;
    let (one, two) = (following(port, &prefix).await, following(port, &prefix).await);
    one.publish(&events([1])).await.expect("told");
    let mut at_two = two.listen();
    server.running().signal(Kill::KILL).expect("killed");
    until("it is noticed", async || one.publish(&events([2])).await.err()).await;
    for _ in 0..2 {
        missed(&mut at_two).await;
    }
    for _ in 0..10 {
        let begun = Instant::now();
        one.publish(&events([2])).await.expect_err("nobody is there");
        assert!(begun.elapsed() < PATIENCE / 4, "{:?}", begun.elapsed());
    }
    drop(server);
    // It comes back empty.
    let server = Redis::start_on(port).expect("Redis starts");
    until("it is told", async || one.publish(&events([2, 3])).await.ok()).await;
    missed(&mut at_two).await;
    until("the other hears again", async || {
        let subscribed = server.ask(&["CLIENT", "LIST", "TYPE", "pubsub"]).expect("a list");
        (subscribed.lines().count() == 2).then_some(())
    })
    .await;
    one.publish(&events([4])).await.expect("told");
    while elsewhere(&mut at_two).await != 4 {}
}

#[tokio::test]
async fn a_redis_that_was_never_there_keeps_nobody_waiting_and_is_used_once_it_comes() {
    let port = creativestore_tests::servers::free_port().expect("a port");
    let it = redis(port, &prefix());
    assert_eq!(it.problem(), None, "nobody asked");
    let bus = it.bus(MOST_ROOM);
    until("it is a problem", async || {
        bus.publish(&events([1])).await.expect_err("nobody is there");
        it.problem()
    })
    .await;
    let _server = Redis::start_on(port).expect("Redis starts");
    until("it is told", async || bus.publish(&events([1])).await.ok()).await;
    assert_eq!(it.problem(), None);
}

#[tokio::test]
async fn a_redis_that_falls_silent_is_noticed_and_nothing_waits_for_it() {
    let (server, prefix) = (start(), prefix());
    let here = redis(server.port, &prefix);
    let (one, two) = (following(server.port, &prefix).await, following_in(&here).await);
    let mut at_two = two.listen();
    one.publish(&events([1])).await.expect("told");
    assert_eq!(elsewhere(&mut at_two).await, 1);
    server.running().signal(Kill::STOP).expect("stopped");
    let begun = Instant::now();
    missed(&mut at_two).await;
    assert!(begun.elapsed() < PATIENCE / 2, "{:?}", begun.elapsed());
    assert!(here.problem().is_some_and(|problem| problem.contains("silent")), "{:?}", here.problem());
    let begun = Instant::now();
    one.publish(&events([2])).await.expect_err("no answer");
    assert!(begun.elapsed() < PATIENCE / 4, "{:?}", begun.elapsed());
    server.running().signal(Kill::CONT).expect("goes on");
    until("it is told", async || one.publish(&events([2])).await.ok()).await;
    missed(&mut at_two).await;
    assert_eq!(server.ask_in(1, &["XLEN", &format!("{prefix}:events")]).expect("a number"), "2");
}

#[tokio::test]
async fn a_redis_that_is_full_takes_no_event_and_takes_it_when_there_is_room() {
    let (server, prefix) = (small("3mb"), prefix());
    let it = redis(server.port, &prefix);
    let bus = it.bus(MOST_ROOM);
    bus.publish(&events([1])).await.expect("told");
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]).expect("set");
    let error = bus.publish(&events([2])).await.expect_err("it is full");
    assert!(error.0.contains("OOM"), "{error}");
    assert!(it.problem().is_some_and(|problem| problem.contains("OOM")));
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]).expect("set");
    bus.publish(&events([2])).await.expect("told");
    assert_eq!(it.problem(), None);
}
