//! How fast events are told, against how fast rows can be made durable one by one in the same database, through the same
//! pooler.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use creativestore_tests::servers::pgbouncer::Release;
use creativestore_tests::servers::postgres::SERVICE;

use super::load::CONNECTIONS;
use super::production::pgbench;
use super::{Extent, Line, fill};
use crate::account::Account;
use crate::full::{DATABASE, Full};
use crate::interrupt;
use crate::service::UNLIMITED;

/// How long everything may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// Somebody else tells, and never comes to an end; or nobody does.
const HELD: &str = "UPDATE relay SET holder = 'nobody', held_until = 9000000000000000";
const FREE: &str = "UPDATE relay SET holder = NULL, held_until = NULL WHERE holder = 'nobody'";
const TOLD: &str = "SELECT told FROM relay";
const WAITING: &str = "SELECT count(*) FROM events WHERE position IS NULL";
const JOBS: &str = "SELECT count(*) FROM jobs";

pub fn measure(program: &Path, extent: &Extent) -> anyhow::Result<Vec<Line>> {
    let full = Full::start_with_a_bar(Release::Newer)?;
    let folder = tempfile::tempdir()?;
    let service = full.replica(program, folder.path(), 0, false, &UNLIMITED)?;
    let account = Account::on(&service)?;
    let number = |sql: &str| -> anyhow::Result<f64> { Ok(full.postgres.ask(DATABASE, sql)?.trim().parse()?) };
    let mut ratios = Vec::new();
    let mut rates = Vec::new();
    let count = (extent.creatives / 2).max(1_000);
    for round in 0..extent.rounds.min(3) {
        until("what was told before", || Ok(number(WAITING)? < 1.0))?;
        full.postgres.ask(DATABASE, HELD)?;
        fill::fill(&account, round * count..(round + 1) * count)?;
        until("every creative was looked into", || Ok(number(JOBS)? < 1.0))?;
        let waiting = number(WAITING)?;
        let before = number(TOLD)?;
        full.postgres.ask(DATABASE, FREE)?;
        until("it begins", || Ok(number(TOLD)? > before))?;
        // From here on: it may have slept a while before it saw that nobody else tells.
        let (begun, first) = (Instant::now(), number(TOLD)?);
        until("all is told", || Ok(number(TOLD)? >= before + waiting))?;
        let rate = (before + waiting - first) / begun.elapsed().as_secs_f64();
        let bare = inserts(&full, folder.path(), extent.creatives / CONNECTIONS)?;
        ratios.push(rate / bare);
        rates.push(rate);
    }
    service.end()?;
    Ok(vec![
        Line::of("events told per second / durable inserts of one row by four connections", "×", &ratios)
            .at_least(0.5, 0.9),
        Line::of("events told per second", "/s", &rates),
    ])
}

fn until(what: &str, mut so: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let start = Instant::now();
    while !so()? {
        interrupt::check()?;
        ensure!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
    }
    Ok(())
}

/// Rows that are made durable one by one, per second: each as large as an event.
fn inserts(full: &Full, folder: &Path, each: u32) -> anyhow::Result<f64> {
    let make = "CREATE TABLE IF NOT EXISTS bench_events (LIKE events INCLUDING ALL)";
    let grant = format!("GRANT INSERT ON bench_events TO {SERVICE}");
    full.postgres.ask(DATABASE, &format!("{make}; {grant}; TRUNCATE bench_events"))?;
    let script = folder.join("insert.sql");
    std::fs::write(
        &script,
        "INSERT INTO bench_events (id, account_id, creative_id, sequence, at, by, what) \
         SELECT gen_random_uuid()::text, e.account_id, gen_random_uuid()::text, e.sequence, e.at, e.by, e.what \
         FROM events e WHERE e.written = (SELECT min(written) FROM events);\n",
    )?;
    pgbench(full, &script, each)
}
