//! How many creatives a second are read out of a cache in Redis, and out of the process, by whoever serves requests, without
//! what HTTP adds. `cargo xtask bench` puts it beside what `redis-benchmark` gets.
//!
//! `reads PORT PASSWORD CREATIVES COUNT` reads so many so often, each of four askers a quarter of both, on one thread as in
//! a pod, and prints both rates, a line each.

#[expect(dead_code, reason = "tests ask more of their world")]
#[path = "../tests/usecases/world.rs"]
mod world;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use creativestore_domain::id::CreativeId;
use creativestore_domain::time::Timestamp;
use creativestore_ports::ambient::Clock;
use creativestore_redis::{Redis, RedisSettings};
use creativestore_usecases::{Caller, Inside, Recent, creatives};

use world::World;

/// How many ask at once.
const ASKERS: u32 = 4;

/// How long what another process changed may go unnoticed, as in production.
const FRESH: Duration = Duration::from_secs(1);

/// The machine's clock: looking at it is part of a read.
struct Machine;

impl Clock for Machine {
    fn now(&self) -> Timestamp {
        let since = SystemTime::UNIX_EPOCH.elapsed().expect("it is after 1970");
        Timestamp::from_micros(since.as_micros().try_into().expect("it is before the year 292 000"))
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let [port, password, creatives, count] = arguments.as_slice() else {
        eprintln!("usage: reads PORT PASSWORD CREATIVES COUNT: of a Redis; how many to read, and how often");
        return;
    };
    let number = |text: &String| text.parse().expect("a number");
    let (creatives, count): (u32, u32) = (number(creatives), number(count));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let redis = Redis::new(settings(port.parse().expect("a port"), password)).expect("settings of Redis");
        let mut world = World::new().await;
        let inside = Arc::get_mut(&mut world.inside).expect("nobody uses it yet");
        inside.cache = Some(Arc::new(redis.cache()));
        inside.clock = Arc::new(Machine);
        let caller = world.acme();
        let mut ids = Vec::new();
        for number in 0..creatives {
            ids.push(world.creative(&caller, &format!("image {number}x250")).await.id);
        }
        let (ids, caller) = (Arc::new(ids), Arc::new(caller));
        for fresh in [Duration::ZERO, FRESH] {
            let inside = Arc::get_mut(&mut world.inside).expect("nobody reads now");
            inside.recent = Arc::new(Recent::new(Some(fresh)));
            println!("{}", rate(&world.inside, &caller, &ids, count / ASKERS).await);
        }
    });
}

/// Reads a second.
async fn rate(inside: &Arc<Inside>, caller: &Arc<Caller>, ids: &Arc<Vec<CreativeId>>, each: u32) -> f64 {
    let begun = Instant::now();
    let own = ids.len() / ASKERS as usize;
    let askers = (0..ASKERS as usize).map(|number| {
        let (inside, caller, ids) = (Arc::clone(inside), Arc::clone(caller), Arc::clone(ids));
        tokio::spawn(async move {
            // Each has its own: who looks for the same waits for one answer.
            for id in ids[number * own..][..own].iter().cycle().take(each as usize) {
                black_box(creatives::get(&inside, &caller, *id).await.expect("it is there"));
            }
        })
    });
    for asker in askers.collect::<Vec<_>>() {
        asker.await.expect("nobody panics");
    }
    f64::from(ASKERS * each) / begun.elapsed().as_secs_f64()
}

fn settings(port: u16, password: &str) -> RedisSettings {
    RedisSettings {
        host: "127.0.0.1".into(),
        port,
        user: None,
        password: Some(password.into()),
        tls: false,
        ca: None,
        db: 7,
        pubsub_db: 1,
        prefix: "yldm:reads".into(),
        kept: 1,
        dead_letters: "yldm:reads:deadletter".into(),
        tries: 1,
        instance: "reads".into(),
    }
}
