//! A database that crashes, stands still, loses an answer, refuses a password, or changes under a running service.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use creativestore_tests::http::Client;
use creativestore_tests::proxy::Cutter;
use creativestore_tests::servers::postgres::{PASSWORD, Postgres, SERVICE};
use rustix::process::Signal;
use serde_json::json;

use super::{exactly, first, make_concept, settings, until_status};
use crate::program::PATIENCE;
use crate::server::{self, folder};

/// Makes concepts one after another until it is told to end; the names of all that were acknowledged.
fn keep_making(client: &Client, name: &str, end: &AtomicBool) -> anyhow::Result<Vec<String>> {
    let mut made = Vec::new();
    while !end.load(Ordering::SeqCst) {
        let name = format!("{name} {}", made.len());
        make_concept(client, &name, PATIENCE)?;
        made.push(name);
    }
    Ok(made)
}

#[test]
fn a_database_that_crashes_and_comes_back_loses_nothing_that_was_acknowledged() -> anyhow::Result<()> {
    let mut postgres = Postgres::start(true)?;
    postgres.database("crashes")?;
    let port = postgres.port.to_string();
    let mut settings = settings(&port, "crashes");
    settings.push(("LIMITS_REQUEST_TIME", "5s"));
    let (replica, house) = first(&settings)?;
    let anyone = replica.server.anyone();
    let end = AtomicBool::new(false);
    let made = std::thread::scope(|scope| {
        let hands: Vec<_> = (0..4)
            .map(|hand| {
                let (client, end) = (house.client.clone(), &end);
                scope.spawn(move || keep_making(&client, &format!("hand {hand}"), end))
            })
            .collect();
        let crashing = (0..2).try_for_each(|_| {
            postgres.crash()?;
            let report = until_status(&anyone, 503)?;
            ensure!(report["status"] == "unavailable", "{report}");
            ensure!(anyone.get("/health/live")?.status == 200, "it lives");
            postgres.restart()?;
            until_status(&anyone, 200).map(drop)
        });
        end.store(true, Ordering::SeqCst);
        let made: anyhow::Result<Vec<_>> =
            hands.into_iter().map(|hand| hand.join().expect("a hand does not panic")).collect();
        crashing.and(made)
    })?;
    let made = made.concat();
    ensure!(made.len() > 8, "{} were made", made.len());
    exactly(&house.client, made)?;
    ensure!(replica.server.terminate()?.success(), "it ended badly");
    Ok(())
}

#[test]
fn a_database_that_stands_still_makes_it_unready_and_nothing_hangs() -> anyhow::Result<()> {
    // Longer than what was seen of it counts.
    const STILL: Duration = Duration::from_secs(30);
    let postgres = Postgres::start(true)?;
    postgres.database("still")?;
    let port = postgres.port.to_string();
    let mut settings = settings(&port, "still");
    settings.push(("LIMITS_REQUEST_TIME", "4s"));
    let (replica, house) = first(&settings)?;
    let anyone = replica.server.anyone();
    make_concept(&house.client, "before", PATIENCE)?;
    postgres.signal(Signal::STOP)?;
    let since = Instant::now();
    let mut answers = 0;
    while since.elapsed() < STILL {
        let asked = Instant::now();
        let answer = house.client.get("/v1/concepts")?;
        ensure!(answer.status == 503, "{} {}", answer.status, answer.text());
        ensure!(asked.elapsed() < Duration::from_secs(7), "it took {:?}", asked.elapsed());
        let asked = Instant::now();
        ensure!(anyone.get("/health/live")?.status == 200, "it lives");
        ensure!(asked.elapsed() < Duration::from_secs(1), "the probe took {:?}", asked.elapsed());
        answers += 1;
    }
    let told = anyone.get("/health/ready")?;
    postgres.signal(Signal::CONT)?;
    ensure!(told.status == 503, "it said it was ready: {}", told.text());
    ensure!(answers > 0, "nobody was answered");
    until_status(&anyone, 200)?;
    make_concept(&house.client, "after", PATIENCE)?;
    exactly(&house.client, vec!["before".into(), "after".into()])?;
    ensure!(replica.server.terminate()?.success(), "it ended badly");
    Ok(())
}

#[test]
fn a_commit_whose_answer_is_lost_is_done_once_however_often_it_is_asked_for() -> anyhow::Result<()> {
    let postgres = Postgres::start(true)?;
    postgres.database("cut")?;
    let cutter = Cutter::start(postgres.port)?;
    let port = cutter.address.port().to_string();
    let mut settings = settings(&port, "cut");
    settings.push(("DB_POOLING", "direct"));
    let (replica, house) = first(&settings)?;
    let mut made = Vec::new();
    let mut indeterminate = 0;
    for round in 0..20 {
        let name = format!("concept-{round}");
        let headers = [("idempotency-key", name.as_str())];
        cutter.arm();
        let answer = house.client.json("POST", "/v1/concepts", &headers, &json!({ "name": name }))?;
        if answer.status != 201 {
            ensure!(answer.problem(answer.status)? == "indeterminate", "{} {}", answer.status, answer.text());
            indeterminate += 1;
        }
        // A background task may have been the one whose answer was lost.
        let again = house.client.json("POST", "/v1/concepts", &headers, &json!({ "name": name }))?;
        ensure!(again.status == 201 || cutter.armed(), "{} {}", again.status, again.text());
        if again.status != 201 {
            make_concept(&house.client, &name, PATIENCE)?;
        }
        made.push(name);
    }
    ensure!(indeterminate > 0, "no answer to a request was lost in 20 tries");
    exactly(&house.client, made)?;
    ensure!(replica.server.terminate()?.success(), "it ended badly");
    Ok(())
}

#[test]
fn a_wrong_password_is_said_once_without_it_and_it_is_ready_when_that_is_mended() -> anyhow::Result<()> {
    let postgres = Postgres::start(false)?;
    postgres.database("locked")?;
    let set = |password| postgres.ask("postgres", &format!("ALTER ROLE {SERVICE} PASSWORD '{password}'"));
    set("another one")?;
    let (port, at) = (postgres.port.to_string(), creativestore_tests::servers::free_port()?.to_string());
    let mut settings = settings(&port, "locked");
    settings.push(("SERVER_PORT", &at));
    let folder = folder();
    let running = server::spawn(folder.path(), &settings)?;
    let anyone = Client::new(&format!("http://127.0.0.1:{at}"));
    let said = "password authentication failed";
    creativestore_tests::servers::wait("it does not say why", || server::log(folder.path()).contains(said))?;
    ensure!(anyone.get("/health/ready")?.status == 503, "it is not ready");
    set(PASSWORD)?;
    let line = running.line(PATIENCE)?.unwrap_or_default();
    let server = server::Server::ready(running, folder.path(), &line)?;
    until_status(&anyone, 200)?;
    let log = server.log();
    ensure!(log.matches(said).count() == 1, "it is said once: {log}");
    ensure!(!log.contains(PASSWORD) && !log.contains("another one"), "a password is in the log: {log}");
    ensure!(server.terminate()?.success(), "it ended badly");
    Ok(())
}

#[test]
fn a_service_goes_on_while_the_schema_of_the_next_version_comes() -> anyhow::Result<()> {
    let postgres = Postgres::start(false)?;
    postgres.database("expands")?;
    let port = postgres.port.to_string();
    let (replica, house) = first(&settings(&port, "expands"))?;
    let end = AtomicBool::new(false);
    let made = std::thread::scope(|scope| {
        let hands: Vec<_> = (0..4)
            .map(|hand| {
                let (client, end) = (house.client.clone(), &end);
                scope.spawn(move || {
                    let mut made = Vec::new();
                    while !end.load(Ordering::SeqCst) {
                        let name = format!("hand {hand}: {}", made.len());
                        client.post("/v1/concepts", &json!({ "name": name }))?.expect(201)?;
                        made.push(name);
                    }
                    Ok(made)
                })
            })
            .collect();
        // As the next version would, in one transaction: what is new may be missing.
        let expanded = postgres.ask(
            "expands",
            "BEGIN; ALTER TABLE concepts ADD COLUMN of_the_next_version TEXT; \
             CREATE TABLE of_the_next_version (id BIGINT); SELECT count(*) FROM generate_series(1, 500000); \
             INSERT INTO schema_versions (version, serves) VALUES (1000, 1); COMMIT",
        );
        let ready = expanded.and_then(|_| until_status(&replica.server.anyone(), 200));
        let many = house.client.get("/v1/concepts")?.status;
        end.store(true, Ordering::SeqCst);
        let made: anyhow::Result<Vec<_>> =
            hands.into_iter().map(|hand| hand.join().expect("a hand does not panic")).collect();
        ready?;
        ensure!(many == 200, "{many}");
        made
    })?;
    exactly(&house.client, made.concat())?;
    ensure!(replica.server.terminate()?.success(), "it ended badly");
    Ok(())
}
