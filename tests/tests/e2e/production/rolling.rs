//! Two replicas replaced by two of another build, the image's, while everybody goes on, behind a balancer that notices late, and without anybody
//! asking twice.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use creativestore_tests::bytes::{noise, sha256};
use creativestore_tests::chance::Chance;
use creativestore_tests::http::Client;
use creativestore_tests::proxy::Balancer;
use creativestore_tests::servers::pgbouncer::{Pgbouncer, Release};
use creativestore_tests::servers::postgres::Postgres;
use rustix::process::Signal;
use serde_json::json;

use super::{Replica, exactly, first, settings};
use crate::image;
use crate::program::{self, PATIENCE};
use crate::server::folder;

/// How late the balancer notices, and for how long a replica goes on serving: what the deployment says.
const LATE: Duration = Duration::from_secs(3);
const DRAIN: &str = "10s";

/// What came of what was asked for.
#[derive(Default)]
struct Tally {
    made: Vec<String>,
    uploaded: Vec<String>,
}

/// Asks for this and that over connections that stay open, once each; the first thing that fails is an error.
fn ask(
    client: &Client,
    seed: u64,
    creative: &str,
    asked: &AtomicU64,
    end: &AtomicBool,
) -> anyhow::Result<Tally> {
    let mut chance = Chance::new(seed);
    let mut tally = Tally::default();
    while !end.load(Ordering::SeqCst) {
        asked.fetch_add(1, Ordering::SeqCst);
        match chance.below(10) {
            0 => {
                let size = usize::try_from(20_000 + chance.below(200_000))?;
                let bytes = noise(chance.below(u64::MAX), size);
                let answer = client.upload(&bytes)?;
                ensure!(answer.status == 201, "{} {}", answer.status, answer.text());
                tally.uploaded.push(sha256(&bytes));
            }
            1..4 => {
                let name = format!("{seed}: {}", tally.made.len());
                let answer = client.post("/v1/concepts", &json!({ "name": name }))?;
                ensure!(answer.status == 201, "{} {}", answer.status, answer.text());
                tally.made.push(name);
            }
            _ => {
                let answer = client.get(&format!("/v1/creatives/{creative}"))?;
                ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
            }
        }
    }
    Ok(tally)
}

/// Follows events, coming again from the last one when a stream ends, as every client of such streams does; the places
/// that it saw. A stream that is refused is an error.
fn follow(client: &Client, account: &str, end: &AtomicBool) -> anyhow::Result<Vec<u64>> {
    let mut places = Vec::new();
    while !end.load(Ordering::SeqCst) {
        let mut stream = client.follow(account, places.last().copied().unwrap_or(0))?;
        while let Ok(event) = stream.event() {
            let place = event["position"].as_str().and_then(|it| it.parse().ok()).context("a place")?;
            places.push(place);
            if end.load(Ordering::SeqCst) {
                break;
            }
        }
    }
    Ok(places)
}

#[test]
fn a_rolling_restart_under_load_fails_no_request() -> anyhow::Result<()> {
    let postgres = Postgres::start(false)?;
    postgres.database("rolling")?;
    let pooler = Pgbouncer::start(Release::Newer, &postgres, 10)?;
    let port = pooler.port.to_string();
    let mut settings = settings(&port, "rolling");
    settings.push(("SERVER_DRAIN_DELAY", DRAIN));
    let (one, house) = first(&settings)?;
    let blob = house.upload(&crate::flow::sample("aurora-300x250.jpg"))?;
    let manifest = crate::flow::image(&blob);
    let (creative, _) = house.put_in("Looked at", &manifest)?;
    let two = Replica::start(&settings)?;
    let home = folder();
    let released = image::program(home.path())?;
    let balancer = Balancer::start(LATE)?;
    balancer.add(one.address()?);
    balancer.add(two.address()?);
    balancer.until_ready(2)?;
    let through = |address: SocketAddr| Client::new(&format!("http://{address}")).with_bearer(&house.key);

    let (asked, end) = (AtomicU64::new(0), AtomicBool::new(false));
    let enough = if program::long() { 100_000 } else { 500 };
    let mut replicas = vec![one, two];
    let (tallies, places) = std::thread::scope(|scope| {
        let hands: Vec<_> = (1..=6)
            .map(|seed| {
                // Connections of its own.
                let (client, asked, end, creative) =
                    (through(balancer.address), &asked, &end, creative.as_str());
                scope.spawn(move || ask(&client, seed, creative, asked, end))
            })
            .collect();
        let (client, account, ends) = (through(balancer.address), house.account.as_str(), &end);
        let follower = scope.spawn(move || follow(&client, account, ends));
        let roll = |replicas: &mut Vec<Replica>, version: &Path| {
            for replica in replicas {
                // One more, and only then one less.
                let new = Replica::start_of(version, &settings)?;
                balancer.add(new.address()?);
                balancer.until_ready(2)?;
                let mut before = std::mem::replace(replica, new);
                before.server.running.signal(Signal::TERM)?;
                let status = before.server.running.end(PATIENCE)?;
                ensure!(status.success(), "{status}: {}", before.server.log());
            }
            Ok(())
        };
        // Forth, and in a long run also back, and so on.
        let mut versions = [released, program::program()].into_iter().cycle();
        let mut next = || versions.next().context("versions never end");
        let mut rolled = roll(&mut replicas, &next()?);
        while rolled.is_ok()
            && asked.load(Ordering::SeqCst) < enough
            && !hands.iter().any(|hand| hand.is_finished())
        {
            rolled = roll(&mut replicas, &next()?);
        }
        end.store(true, Ordering::SeqCst);
        // Something for whoever waits for an event.
        let last = json!({ "name": "the end", "manifest": manifest });
        through(balancer.address).post("/v1/creatives", &last)?.expect(201)?;
        let tallies: anyhow::Result<Vec<Tally>> =
            hands.into_iter().map(|hand| hand.join().expect("a hand does not panic")).collect();
        let places = follower.join().expect("it does not panic");
        rolled?;
        anyhow::Ok((tallies?, places?))
    })?;
    let asked = asked.into_inner();
    println!("{asked} requests, none failed");
    ensure!(asked >= enough, "{asked} requests are no load");
    ensure!(places.is_sorted_by(|a, b| a < b), "an event came twice or out of order: {places:?}");
    let client = through(balancer.address);
    for hash in tallies.iter().flat_map(|tally| &tally.uploaded) {
        ensure!(client.get(&format!("/v1/blobs/{hash}"))?.status == 200, "{hash} is not there");
    }
    exactly(&client, tallies.into_iter().flat_map(|tally| tally.made).collect())?;
    for replica in replicas {
        ensure!(replica.server.terminate()?.success(), "it ended badly");
    }
    Ok(())
}
