//! Two replicas on one database: either does the whole job, they share the work behind it, and one that is killed leaves
//! nothing behind.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use creativestore_tests::bytes::sha256;
use creativestore_tests::servers::pgbouncer::{Pgbouncer, Release};
use creativestore_tests::servers::postgres::Postgres;
use serde_json::{Value, json};

use super::{Replica, first, settings};
use crate::flow::{image, sample};
use crate::program::PATIENCE;
use crate::server::House;

/// Puts a creative in; its id.
fn put_in(house: &House, name: &str, blob: &str) -> anyhow::Result<String> {
    let body = json!({ "name": name, "manifest": image(blob) });
    let made = house.client.post("/v1/creatives", &body)?.expect(201)?;
    Ok(made["id"].as_str().context("an id")?.to_owned())
}

/// All events of an account, in order of their places.
fn events(house: &House) -> anyhow::Result<Vec<Value>> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = all.last().map_or("0", |last| last["position"].as_str().unwrap_or("0"));
        let page = house.client.get(&format!("/v1/events?after={after}&limit=200"))?.expect(200)?;
        let items = page["items"].as_array().context("items")?;
        if items.is_empty() {
            return Ok(all);
        }
        all.extend(items.iter().cloned());
    }
}

#[test]
fn one_of_two_replicas_is_killed_in_the_middle_of_its_work_and_the_other_does_it() -> anyhow::Result<()> {
    const CREATIVES: usize = 40;
    let postgres = Postgres::start(true)?;
    postgres.database("two")?;
    let pooler = Pgbouncer::start(Release::Newer, &postgres, 10)?;
    let port = pooler.port.to_string();
    let settings = settings(&port, "two");
    let (mut killed, mut house) = first(&settings)?;
    let stays = Replica::start(&settings)?;
    let picture = sample("aurora-300x250.jpg");
    let blob = house.upload(&picture)?;
    let mut ids = Vec::new();
    for number in 0..CREATIVES {
        ids.push(put_in(&house, &format!("creative {number}"), &blob)?);
    }
    // While both are looking into them.
    killed.server.running.kill()?;
    house.client = stays.of(&house.key);

    // Bytes that went in through the one are there through the other.
    ensure!(house.client.get(&format!("/v1/blobs/{}", sha256(&picture)))?.body == picture, "other bytes");
    let start = Instant::now();
    loop {
        let queue = house.client.get("/v1/creatives?status=pending_review&limit=200")?.expect(200)?;
        let looked_into = queue["items"].as_array().map_or(0, Vec::len);
        if looked_into == CREATIVES {
            break;
        }
        ensure!(start.elapsed() < PATIENCE, "{looked_into} of {CREATIVES} were looked into");
        std::thread::park_timeout(Duration::from_millis(100));
    }
    let waits = "SELECT count(*) FROM events WHERE position IS NULL OR position > (SELECT told FROM relay)";
    let told = || postgres.ask("two", waits).is_ok_and(|waiting| waiting.trim() == "0");
    creativestore_tests::servers::wait("events are left untold", told)?;
    // Each event once, in order, without a gap, whoever wrote and whoever told it.
    let mut sequences: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for event in events(&house)? {
        let subject = event["subject"].as_str().context("a subject")?.to_owned();
        let sequence = event["sequence"].as_str().and_then(|it| it.parse().ok()).context("a sequence")?;
        sequences.entry(subject).or_default().push(sequence);
    }
    for id in &ids {
        ensure!(sequences.get(id).is_some_and(|it| *it == [1, 2]), "{id}: {:?}", sequences.get(id));
    }
    ensure!(stays.server.terminate()?.success(), "it ended badly");
    Ok(())
}

#[test]
fn what_one_replica_did_the_other_knows_and_tells() -> anyhow::Result<()> {
    let postgres = Postgres::start(false)?;
    postgres.database("replicas")?;
    let port = postgres.port.to_string();
    let settings = settings(&port, "replicas");
    let (one, house) = first(&settings)?;
    let other = Replica::start(&settings)?;
    let there = other.of(&house.key);
    // Whoever follows through the one hears of what came in through the other.
    let mut stream = there.follow(&house.account, 0)?;
    let blob = house.upload(&sample("aurora-300x250.jpg"))?;
    let id = put_in(&house, "Shared", &blob)?;
    ensure!(stream.inspected(&id)? == "pending_review", "it was looked into");
    let found = there.get(&format!("/v1/creatives/{id}"))?.expect(200)?;
    ensure!(found["status"] == "pending_review", "{found}");
    // Nothing older than two seconds anywhere, whoever changed it.
    let review = format!("/v1/creatives/{id}/revisions/1/reviews");
    house.client.post(&review, &json!({ "decision": "approve" }))?.expect(201)?;
    let start = Instant::now();
    loop {
        let seen = there.get(&format!("/v1/creatives/{id}"))?.expect(200)?;
        if seen["status"] == "approved" {
            break;
        }
        ensure!(start.elapsed() < Duration::from_secs(2), "{seen}");
    }
    // A session of the one is one of the other.
    let tag = json!({ "shape": "iframe" });
    let tag = there.post(&format!("/v1/creatives/{id}/tag"), &tag)?;
    ensure!(tag.status == 200 || tag.status == 422, "{} {}", tag.status, tag.text());
    for replica in [one, other] {
        ensure!(replica.server.terminate()?.success(), "it ended badly");
    }
    Ok(())
}
