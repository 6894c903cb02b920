//! The promises of a rate limit, kept by all processes together; and by each for itself while Redis is away.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use creativestore_contract::Given;
use creativestore_contract::limits::BURST;
use creativestore_ports::limits::RateLimit;
use creativestore_redis::{Redis, RedisRateLimit};
use creativestore_tests::servers::redis as servers;
use futures_util::future::join_all;
use rustix::process::Signal;

use crate::given::{PATIENCE, SHARED, prefix, redis, settings, small, start, until};

/// Counts how often it is asked, and tells everybody to wait for a day.
#[derive(Default)]
struct Fallback(AtomicU32);

const DAY: Duration = Duration::from_hours(24);

#[async_trait]
impl RateLimit for Fallback {
    async fn admit(&self, _: &str) -> Result<(), Duration> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(DAY)
    }
}

/// Lets one in per second.
fn limit(redis: &Redis, fallback: &Arc<Fallback>) -> RedisRateLimit {
    let fallback: Arc<dyn RateLimit> = Arc::<Fallback>::clone(fallback);
    redis.rate_limit(NonZeroU32::MIN, NonZeroU32::new(BURST).expect("not 0"), fallback)
}

/// So many processes that let in as many per second together, and at once.
fn processes(count: u32, port: u16, share: u32) -> Vec<RedisRateLimit> {
    let (prefix, share) = (prefix(), NonZeroU32::new(share).expect("not 0"));
    let one = |_| redis(port, &prefix).rate_limit(share, share, Arc::new(Fallback::default()));
    (0..count).map(one).collect()
}

#[expect(clippy::unused_async, reason = "other implementations have to wait for what they are made of")]
async fn fresh() -> Given<dyn RateLimit> {
    let redis = redis(SHARED.port, &prefix());
    Given::new(Box::new(limit(&redis, &Arc::default())), ())
}

creativestore_contract::limits_promises!(crate::limits::fresh);

#[tokio::test]
async fn two_processes_share_what_a_principal_may_ask_for() {
    let (prefix, fallback) = (prefix(), Arc::default());
    let one = limit(&redis(SHARED.port, &prefix), &fallback);
    let two = limit(&redis(SHARED.port, &prefix), &fallback);
    one.admit("key_a").await.expect("the first");
    two.admit("key_a").await.expect("the second");
    one.admit("key_a").await.expect("the third");
    for limit in [&two, &one] {
        let wait = limit.admit("key_a").await.expect_err("one too many");
        assert!(wait <= Duration::from_secs(1), "{wait:?}");
    }
    assert_eq!(fallback.0.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_process_takes_a_few_at_once_and_all_processes_together_never_let_in_more_than_the_burst() {
    let server = start();
    let limits = processes(2, server.port, 100);
    let begun = Instant::now();
    let mut admitted = 0_u32;
    for limit in limits.iter().cycle().take(400) {
        admitted += u32::from(limit.admit("key_a").await.is_ok());
    }
    let calls: u32 = server.ask(&["INFO", "commandstats"]).expect("numbers").lines().fold(0, |sum, line| {
        let calls = line.strip_prefix("cmdstat_eval:calls=").and_then(|it| it.split(',').next());
        sum + calls.map_or(0, |it| it.parse().expect("a number"))
    });
    let passed = u32::try_from(begun.elapsed().as_millis() / 10).expect("a short while");
    assert!((50..=100 + passed + 1).contains(&admitted), "{admitted} of 400 in {:?}", begun.elapsed());
    // Those that were refused cost a call each; those that were let in, one for several.
    let refused = 400 - admitted;
    assert!(calls <= refused + admitted / 2, "{calls} calls for {admitted} of 400");
}

#[tokio::test]
async fn who_asks_for_much_at_once_at_all_processes_gets_all_of_the_burst() {
    let limits = processes(5, SHARED.port, 200);
    let asked = limits.iter().flat_map(|limit| (0..8).map(|_| limit.admit("key_a")));
    let refused: Vec<_> = join_all(asked).await.into_iter().filter(Result::is_err).collect();
    assert!(refused.is_empty(), "{} of 40, where 200 may be let in: {refused:?}", refused.len());
    // One of them asks for the rest: what the others took for nobody is not much.
    let last = limits.last().expect("five");
    let mut more = 0;
    while last.admit("key_a").await.is_ok() {
        more += 1;
    }
    assert!(more >= 200 - 40 - 5 * 10, "{more}");
}

#[tokio::test]
async fn a_principal_is_kept_under_no_name_and_not_for_longer_than_it_matters() {
    let server = start();
    let prefix = prefix();
    let limit = limit(&redis(server.port, &prefix), &Arc::default());
    limit.admit("somebody@example.com").await.expect("the first");
    let key = server.ask(&["KEYS", "*"]).expect("a key");
    let digits = key.strip_prefix(&format!("{prefix}:limit:")).expect("its place");
    assert!(digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()), "{digits}");
    let lasts: i64 = server.ask(&["PTTL", &key]).expect("an end").parse().expect("a number");
    assert!((1..=1_000).contains(&lasts), "{lasts}");
    // What somebody else wrote there counts as nothing; what a clock that was wrong wrote keeps nobody out for long.
    server.ask(&["SET", &key, "nonsense"]).expect("set");
    limit.admit("somebody@example.com").await.expect("nothing counted");
    server.ask(&["SET", &key, "99999999999999999"]).expect("set");
    let wait = limit.admit("somebody@example.com").await.expect_err("all used up");
    assert!(wait <= Duration::from_secs(1), "{wait:?}");
}

#[tokio::test]
async fn while_redis_is_away_each_counts_for_itself_at_once_and_together_again_when_it_is_back() {
    let (server, prefix) = (start(), prefix());
    let port = server.port;
    // As long as a service waits.
    let redis = Redis::new(settings(port, &prefix)).expect("settings");
    let fallback = Arc::new(Fallback::default());
    let limit = limit(&redis, &fallback);
    until("it counts", async || limit.admit("key_a").await.is_ok().then_some(())).await;
    server.running().signal(Signal::STOP).expect("stopped");
    until("it is noticed", async || {
        let begun = Instant::now();
        assert_eq!(limit.admit("key_b").await, Err(DAY));
        assert!(begun.elapsed() < PATIENCE / 20, "{:?}", begun.elapsed());
        redis.problem()
    })
    .await;
    let (begun, asked) = (Instant::now(), fallback.0.load(Ordering::SeqCst));
    for _ in 0..1_000 {
        assert_eq!(limit.admit("key_b").await, Err(DAY));
    }
    assert_eq!(fallback.0.load(Ordering::SeqCst), asked + 1_000);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?} for a thousand", begun.elapsed());
    server.running().signal(Signal::CONT).expect("goes on");
    until("it counts again", async || limit.admit("key_b").await.is_ok().then_some(())).await;
    drop(server);
    until("it is noticed", async || (limit.admit("key_c").await == Err(DAY)).then_some(())).await;
    let _server = servers::Redis::start_on(port).expect("Redis starts");
    until("it counts again", async || limit.admit("key_c").await.is_ok().then_some(())).await;
}

#[tokio::test]
async fn a_redis_that_is_full_counts_nobody_and_keeps_nobody_out() {
    let server = small("3mb");
    let redis = redis(server.port, &prefix());
    let fallback = Arc::new(Fallback::default());
    let limit = limit(&redis, &fallback);
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]).expect("set");
    for _ in 0..5 {
        assert_eq!(limit.admit("key_a").await, Err(DAY));
    }
    assert_eq!(fallback.0.load(Ordering::SeqCst), 5);
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]).expect("set");
    limit.admit("key_a").await.expect("it counts again");
}
