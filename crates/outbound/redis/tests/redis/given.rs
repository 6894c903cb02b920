//! One Redis for all tests that do it no harm, names of their own for each, and servers to be harmed.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use creativestore_domain::access::Actor;
use creativestore_domain::event::{Event, Happening};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, CreativeId, EventId};
use creativestore_domain::time::Timestamp;
use creativestore_ports::journal::Published;
use creativestore_redis::{Bounds, Redis, RedisSettings};
use creativestore_tests::servers::free_port;
use creativestore_tests::servers::redis as servers;
use uuid::Uuid;

/// How long anything may take until it is thought never to happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The Redis of those that do it no harm.
pub static SHARED: LazyLock<servers::Redis> = LazyLock::new(start);

/// Another one, to be harmed.
pub fn start() -> servers::Redis {
    servers::Redis::start().expect("Redis starts")
}

/// Another one, that takes no more than so much.
pub fn small(memory: &str) -> servers::Redis {
    let options = servers::Options { memory: Some(memory.into()), ..servers::Options::default() };
    servers::Redis::start_with(free_port().expect("a port"), options).expect("Redis starts")
}

/// Names that nobody else uses.
pub fn prefix() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("yldm:test{}", NUMBER.fetch_add(1, Ordering::SeqCst))
}

pub fn settings(port: u16, prefix: &str) -> RedisSettings {
    RedisSettings {
        host: "127.0.0.1".into(),
        port,
        user: None,
        password: None,
        tls: false,
        ca: None::<PathBuf>,
        db: 0,
        pubsub_db: 1,
        prefix: prefix.into(),
        kept: 10_000,
        dead_letters: format!("{prefix}:dead"),
        tries: 3,
        instance: "one".into(),
    }
}

/// Waits as a service does for what it tells; longer for the rest, because a machine that runs tests is busy.
pub fn bounds() -> Bounds {
    Bounds { looking: Duration::from_secs(2), ..Bounds::default() }
}

pub fn redis(port: u16, prefix: &str) -> Redis {
    Redis::bounded(settings(port, prefix), bounds()).expect("settings")
}

/// Asks until it is so.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what}, within {PATIENCE:?}");
        tokio::task::yield_now().await;
    }
}

pub fn account(number: u32) -> AccountId {
    AccountId::new(Uuid::from_u128(number.into()))
}

/// The event at a place, in a history.
pub fn event(position: u64, history: u64) -> Published {
    let event = Event {
        id: EventId::new(Uuid::from_u64_pair(history, position)),
        account: account(1),
        creative: CreativeId::new(Uuid::from_u128(100)),
        sequence: position,
        at: Timestamp::from_micros(1_700_000_000_000_000),
        by: Actor::System,
        what: Happening::Created { hash: Sha256::of(b"content") },
    };
    Published { position, event, trace: None }
}

/// Events at these places, in the history that most are in.
pub fn events(positions: impl IntoIterator<Item = u64>) -> Vec<Published> {
    positions.into_iter().map(|position| event(position, 1)).collect()
}
