//! Records in Postgres instead of SQLite: the main job behind both poolers, and a database that comes late.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use creativestore_tests::http::Client;
use creativestore_tests::servers::free_port;
use creativestore_tests::servers::pgbouncer::{Pgbouncer, Release};
use creativestore_tests::servers::postgres::{ADMIN, PASSWORD, Postgres, SERVICE};

use crate::flow::all_the_way;
use crate::program::PATIENCE;
use crate::server::{self, Server, folder};

/// What the deployment sets.
fn settings<'a>(port: &'a str, name: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("DB_HOST", "127.0.0.1"),
        ("DB_PORT", port),
        ("DB_NAME", name),
        ("DB_USER", SERVICE),
        ("DB_PASSWORD", PASSWORD),
        ("DB_ADMIN_USER", ADMIN),
        ("DB_ADMIN_PASSWORD", PASSWORD),
    ]
}

#[test]
fn the_main_job_runs_on_postgres_behind_either_pooler_and_directly() -> anyhow::Result<()> {
    let postgres = Postgres::start(true)?;
    let packaged = Pgbouncer::start(Release::Packaged, &postgres, 2)?;
    let newer = Pgbouncer::start(Release::Newer, &postgres, 2)?;
    for (name, port, pooling) in [
        ("packaged", packaged.port, "detect"),
        ("newer", newer.port, "detect"),
        ("direct", postgres.port, "direct"),
    ] {
        postgres.database(name)?;
        let port = port.to_string();
        let mut settings = settings(&port, name);
        settings.push(("DB_POOLING", pooling));
        all_the_way(&settings).with_context(|| name.to_owned())?;
        let waiting = postgres.ask(name, "SELECT count(*) FROM events WHERE position IS NULL")?;
        ensure!(waiting.trim() == "0", "{name}: {waiting} events were left in the outbox");
    }
    Ok(())
}

#[test]
fn a_service_waits_for_its_database_and_says_what_is_in_the_way_without_the_password() -> anyhow::Result<()> {
    let (at, database) = (free_port()?.to_string(), free_port()?);
    let (folder, port) = (folder(), database.to_string());
    let mut settings = settings(&port, "late");
    settings.push(("SERVER_PORT", &at));
    let running = server::spawn(folder.path(), &settings)?;
    let early = Client::new(&format!("http://127.0.0.1:{at}"));
    let deadline = Instant::now() + PATIENCE;
    let alive = loop {
        match early.get("/health/live") {
            Err(_) if Instant::now() < deadline => std::thread::yield_now(),
            answer => break answer?,
        }
    };
    ensure!(alive.status == 200, "it lives");
    ensure!(early.get("/health/ready")?.status == 503, "it is not ready");
    ensure!(early.get("/v1/accounts")?.problem(503)? == "unavailable", "it says so");

    let postgres = Postgres::start_on(database, false)?;
    postgres.database("late")?;
    let line = running.line(PATIENCE)?.with_context(|| server::log(folder.path()))?;
    let server = Server::ready(running, folder.path(), &line)?;
    ensure!(early.get("/health/ready")?.status == 200, "it is ready");
    let log = server.log();
    ensure!(log.contains("the database cannot be used yet"), "{log}");
    ensure!(!log.contains(PASSWORD), "the password is in the log");
    ensure!(server.terminate()?.success(), "it ended badly");
    Ok(())
}
