//! Redis: what replicas share through it, what it shows to others, and that nothing but speed is lost when it is away.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use creativestore_tests::http::Client;
use creativestore_tests::servers::postgres::Postgres;
use creativestore_tests::servers::redis::{Options, Redis};
use creativestore_tests::servers::{free_port, wait};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::{Replica, first, settings, until_status};
use crate::flow::{image, sample};
use crate::program;
use crate::server::{House, SOON};

const PREFIX: &str = "yldm:creativestore";
const EVENTS: &str = "yldm:creativestore:events";
const INBOX: &str = "yldm:creativestore:inbox";
const DEAD: &str = "yldm:creativestore:deadletter";
const PASSWORD: &str = "of redis, which nobody logs";

/// What the deployment sets for Redis besides.
fn with_redis<'a>(mut settings: Vec<(&'a str, &'a str)>, port: &'a str) -> Vec<(&'a str, &'a str)> {
    settings.extend([
        ("REDIS_HOST", "127.0.0.1"),
        ("REDIS_PORT", port),
        ("REDIS_PASSWORD", PASSWORD),
        ("REDIS_DB", "7"),
        ("REDIS_PUBSUB_DB", "1"),
        ("PUBSUB_PREFIX", PREFIX),
    ]);
    settings
}

fn redis_on(port: u16) -> anyhow::Result<Redis> {
    let password = Some(PASSWORD.to_owned());
    Redis::start_with(port, Options { password, ..Options::default() })
}

/// A creative, looked into.
fn creative(house: &House, name: &str) -> anyhow::Result<String> {
    let blob = house.upload(&sample("aurora-300x250.jpg"))?;
    Ok(house.put_in(name, &image(&blob))?.0)
}

/// Gives a creative another name; how long that took.
fn rename(client: &Client, id: &str, name: &str) -> anyhow::Result<Duration> {
    let path = format!("/v1/creatives/{id}");
    let found = client.get(&path)?.expect(200)?;
    let condition = format!("\"{}\"", found["version"]);
    let start = Instant::now();
    let headers = [("if-match", condition.as_str())];
    client.json("PATCH", &path, &headers, &json!({ "name": name }))?.expect(200)?;
    Ok(start.elapsed())
}

fn dependency(client: &Client, name: &str) -> anyhow::Result<Value> {
    let answer = client.get("/health/ready")?;
    ensure!(answer.status == 200, "Redis being away is no reason to be unready: {}", answer.text());
    Ok(answer.value()["dependencies"][name]["state"].clone())
}

fn until_state(client: &Client, name: &str, state: &str) -> anyhow::Result<()> {
    wait(&format!("{name} is not {state}"), || dependency(client, name).is_ok_and(|is| is == state))
}

/// Every event of the database is in the stream once, at its place, as soon as the relay came to it.
fn all_in_the_stream(postgres: &Postgres, database: &str, redis: &Redis) -> anyhow::Result<()> {
    let waits = "SELECT count(*) FROM events WHERE position IS NULL OR position > (SELECT told FROM relay)";
    wait("events wait", || postgres.ask(database, waits).is_ok_and(|waiting| waiting.trim() == "0"))?;
    let kept = postgres.ask(database, "SELECT count(*) FROM events")?;
    let streamed = redis.ask_in(1, &["XLEN", EVENTS])?;
    ensure!(kept.trim() == streamed.trim(), "{kept} events, {streamed} in the stream");
    Ok(())
}

#[test]
fn redis_shows_the_names_of_the_deployment_and_replicas_share_what_is_in_it() -> anyhow::Result<()> {
    let (postgres, redis) = (Postgres::start(false)?, redis_on(free_port()?)?);
    postgres.database("shared")?;
    let (port, redis_port) = (postgres.port.to_string(), redis.port.to_string());
    let mut settings = with_redis(settings(&port, "shared"), &redis_port);
    // So few that what was counted is still there to be seen.
    settings.extend([("LIMITS_REQUESTS_PER_SECOND", "5"), ("LIMITS_BURST", "2000")]);
    let (one, house) = first(&settings)?;
    let other = Replica::start(&settings)?;
    let there = other.of(&house.key);
    let mut stream = there.follow(&house.account, 0)?;
    let id = creative(&house, "Shared")?;
    ensure!(stream.inspected(&id)? == "pending_review", "the other replica told another thing");
    all_in_the_stream(&postgres, "shared", &redis)?;
    let first_event = redis.ask_in(1, &["XRANGE", EVENTS, "-", "+", "COUNT", "1"])?;
    ensure!(first_event.starts_with("1-0"), "its place is its id: {first_event}");
    ensure!(first_event.contains("\"type\":\"creative.created\""), "{first_event}");
    let listeners = redis.ask(&["CLIENT", "LIST", "TYPE", "pubsub"])?;
    ensure!(listeners.lines().count() == 2, "each replica listens: {listeners}");
    // The cache and the limits are in their own database, and only there.
    ensure!(redis.ask_in(1, &["--scan", "--pattern", "*:limit:*"])?.is_empty(), "limits among the events");
    ensure!(
        !redis.ask_in(7, &["--scan", "--pattern", "yldm:creativestore:limit:*"])?.is_empty(),
        "no limits"
    );
    house.client.get(&format!("/v1/creatives/{id}"))?.expect(200)?;
    rename(&house.client, &id, "Kept")?;
    let cached = format!("{PREFIX}:creative:{id}");
    ensure!(redis.ask_in(7, &["GET", &cached])?.contains("Kept"), "what was committed is in the cache");
    let seen = there.get(&format!("/v1/creatives/{id}"))?.expect(200)?;
    ensure!(seen["name"] == "Kept" || seen["name"] == "Shared", "{seen}");
    wait("the other replica sees an old name", || {
        let seen = there.get(&format!("/v1/creatives/{id}"));
        seen.is_ok_and(|seen| seen.value()["name"] == "Kept")
    })?;
    for replica in [one, other] {
        ensure!(!replica.server.log().contains(PASSWORD), "the password is in the log");
        ensure!(replica.server.terminate()?.success(), "it ended badly");
    }
    Ok(())
}

#[test]
fn redis_away_at_the_start_killed_stopped_flushed_or_full_costs_nobody_an_answer() -> anyhow::Result<()> {
    let postgres = Postgres::start(false)?;
    postgres.database("away")?;
    let (port, number) = (postgres.port.to_string(), free_port()?);
    let redis_port = number.to_string();
    let settings = with_redis(settings(&port, "away"), &redis_port);
    let (replica, house) = first(&settings)?;
    let anyone = replica.server.anyone();
    until_state(&anyone, "redis", "down")?;
    ensure!(until_status(&anyone, 200)?["status"] == "degraded", "it says what it misses");
    // Absent: everything works, whoever follows is told, and events wait.
    let id = creative(&house, "Without")?;

    let redis = redis_on(number)?;
    until_state(&anyone, "redis", "up")?;
    all_in_the_stream(&postgres, "away", &redis)?;

    redis.ask(&["FLUSHALL"])?;
    rename(&house.client, &id, "Flushed")?;
    wait("the stream does not begin again", || redis.ask_in(1, &["XLEN", EVENTS]).is_ok_and(|it| it != "0"))?;

    redis.running().signal(Signal::STOP)?;
    for round in 0..20 {
        let took = rename(&house.client, &id, &format!("Stopped {round}"))?;
        ensure!(took < Duration::from_secs(2), "a change took {took:?} while Redis stood still");
    }
    until_state(&anyone, "redis", "down")?;
    redis.running().signal(Signal::CONT)?;
    until_state(&anyone, "redis", "up")?;

    redis.ask(&["CONFIG", "SET", "maxmemory", "1"])?;
    rename(&house.client, &id, "Full")?;
    until_state(&anyone, "redis", "down")?;
    redis.ask(&["CONFIG", "SET", "maxmemory", "0"])?;
    // Whoever asks for something finds out that it takes what it is given again.
    wait("redis is not up", || {
        house.client.get("/v1/concepts").is_ok() && dependency(&anyone, "redis").is_ok_and(|is| is == "up")
    })?;

    drop(redis);
    rename(&house.client, &id, "Killed")?;
    until_state(&anyone, "redis", "down")?;
    let redis = redis_on(number)?;
    until_state(&anyone, "redis", "up")?;
    rename(&house.client, &id, "Back")?;
    let waits = "SELECT count(*) FROM events WHERE position IS NULL OR position > (SELECT told FROM relay)";
    wait("events wait", || postgres.ask("away", waits).is_ok_and(|waiting| waiting.trim() == "0"))?;
    let last = redis.ask_in(1, &["XREVRANGE", EVENTS, "+", "-", "COUNT", "1"])?;
    let newest = postgres.ask("away", "SELECT max(position) FROM events")?;
    ensure!(last.starts_with(&format!("{}-0", newest.trim())), "{newest} is not the last: {last}");
    ensure!(replica.server.terminate()?.success(), "it ended badly");
    Ok(())
}

#[test]
fn a_replica_that_hears_nothing_from_redis_still_tells_its_followers() -> anyhow::Result<()> {
    let (postgres, redis) = (Postgres::start(false)?, redis_on(free_port()?)?);
    postgres.database("dropped")?;
    let (port, redis_port) = (postgres.port.to_string(), redis.port.to_string());
    let settings = with_redis(settings(&port, "dropped"), &redis_port);
    let (one, house) = first(&settings)?;
    let other = Replica::start(&settings)?;
    let mut stream = other.of(&house.key).follow(&house.account, 0)?;
    // Whoever listens is cut off again and again while events are told.
    let id = creative(&house, "Dropped")?;
    for round in 0..5 {
        redis.ask(&["CLIENT", "KILL", "TYPE", "pubsub"])?;
        rename(&house.client, &id, &format!("Dropped {round}"))?;
    }
    let mut last = 0;
    let start = Instant::now();
    while last < 7 {
        let event = stream.event()?;
        let sequence = event["sequence"].as_str().and_then(|it| it.parse().ok()).context("a sequence")?;
        ensure!(sequence == last + 1, "{sequence} came after {last}");
        last = sequence;
        ensure!(start.elapsed() < SOON * 3, "it took {:?}", start.elapsed());
    }
    for replica in [one, other] {
        ensure!(replica.server.terminate()?.success(), "it ended badly");
    }
    Ok(())
}

#[test]
fn messages_are_done_and_poison_is_put_aside_for_the_command_line() -> anyhow::Result<()> {
    let (postgres, redis) = (Postgres::start(false)?, redis_on(free_port()?)?);
    postgres.database("inbox")?;
    let (port, redis_port) = (postgres.port.to_string(), redis.port.to_string());
    let settings = with_redis(settings(&port, "inbox"), &redis_port);
    let (replica, house) = first(&settings)?;
    let id = creative(&house, "In use")?;
    let review = format!("/v1/creatives/{id}/revisions/1/reviews");
    house.client.post(&review, &json!({ "decision": "approve" }))?.expect(201)?;
    let use_it = json!({ "creative": id, "package": "p-1", "media_buy": "mb-1" });
    house.client.post("/v1/assignments", &use_it)?.expect(201)?;

    let send = |event: &str| redis.ask_in(1, &["XADD", INBOX, "*", "event", event]);
    send("{\"no\": \"event\"")?;
    redis.ask_in(1, &["XADD", INBOX, "*", "something", "else"])?;
    let ended = |account: &str| {
        json!({ "specversion": "1.0", "id": "1", "source": "/trafficking", "type": "media_buy.ended",
                "data": { "account": account, "media_buy": "mb-1" } })
        .to_string()
    };
    send(&ended("acc_00000000000000000000000000000000"))?;
    send(&ended(&house.account))?;
    wait("it is still in use", || {
        let page = house.client.get("/v1/assignments?in_use=true");
        page.is_ok_and(|page| page.value()["items"].as_array().is_some_and(Vec::is_empty))
    })?;
    wait("the poison is not put aside", || redis.ask_in(1, &["LLEN", DEAD]).is_ok_and(|it| it == "3"))?;
    wait("messages are left", || redis.ask_in(1, &["XLEN", INBOX]).is_ok_and(|it| it == "0"))?;

    let folder = crate::server::folder();
    let run = |arguments: &[&str]| {
        let mut command = program::command(folder.path(), &[&["deadletter"], arguments].concat());
        command.envs(settings.iter().copied().chain([("PUBSUB_DEAD_LETTER_KEY", DEAD)]));
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        anyhow::Ok((output.status.success(), said + &String::from_utf8_lossy(&output.stderr)))
    };
    let (well, listed) = run(&["list", "--json"])?;
    let letters: Vec<Value> = serde_json::from_str(&listed).with_context(|| listed.clone())?;
    ensure!(well && letters.len() == 3, "{listed}");
    let unknown =
        letters.iter().find(|letter| letter["reason"].as_str().unwrap_or_default().contains("acc_0"));
    let unknown = unknown.and_then(|letter| letter["id"].as_str()).context("the unknown account's")?;
    let (well, shown) = run(&["show", unknown])?;
    ensure!(well && shown.contains("media_buy.ended") && shown.contains("tries     1"), "{shown}");
    // Once more, in vain.
    let (well, replayed) = run(&["replay", unknown])?;
    ensure!(well, "{replayed}");
    wait("it does not come back", || {
        redis
            .ask_in(1, &["LRANGE", DEAD, "0", "-1"])
            .is_ok_and(|all| all.lines().count() == 3 && !all.contains(unknown) && all.contains("acc_0"))
    })?;
    for letter in serde_json::from_str::<Vec<Value>>(&run(&["list", "--json"])?.1)? {
        let (well, dropped) = run(&["drop", letter["id"].as_str().context("an id")?])?;
        ensure!(well, "{dropped}");
    }
    let (well, empty) = run(&["list"])?;
    ensure!(well && empty.contains("there are no dead letters"), "{empty}");
    let (well, gone) = run(&["show", unknown])?;
    ensure!(!well && gone.contains("there is no dead letter"), "{gone}");
    ensure!(replica.server.terminate()?.success(), "it ended badly");
    Ok(())
}
