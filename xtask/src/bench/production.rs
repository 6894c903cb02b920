//! The service as in production, against what its servers can do by themselves: `pgbench` of the same SQL through the same
//! pooler, `redis-benchmark` of values of the same size. All on this machine, so that they and whoever asks share its
//! processors.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use creativestore_tests::servers::packages;
use creativestore_tests::servers::pgbouncer::Release;
use creativestore_tests::servers::postgres::{PASSWORD, SERVICE};
use serde_json::json;
use ureq::http::Method;

use super::load::{CONNECTIONS, Load};
use super::reading::{PATIENCE, cost, start_floor, written};
use super::{Extent, Line, fill, process};
use crate::account::{Account, due};
use crate::full::{DATABASE, Full, REDIS_PASSWORD};
use crate::service::{THREADS, UNLIMITED};
use crate::{image, interrupt, workspace};

/// What both run.
const SQL: &str = include_str!("../../../crates/outbound/sql/queries/creative_get.sql");

/// How many creatives everybody asks for at once.
const HOT: usize = 100;

/// How often they are read without HTTP: out of the process that takes no time.
const READS: u32 = 200_000;

/// As long as what Redis keeps of each of those, in bytes.
const KEPT: usize = 471;

/// How many changes are followed to a subscriber.
const CHANGES: u32 = 200;

pub fn measure(program: &Path, floor: &Path, extent: &Extent) -> anyhow::Result<Vec<Line>> {
    ensure!(reads().arg("--no-run").status()?.success(), "what reads creatives cannot be built: see above");
    let mut lines = Vec::new();
    for (release, name, bound, aim) in [
        (Release::Newer, "pgbouncer that keeps prepared statements", 0.5, 0.85),
        (Release::Packaged, "pgbouncer 1.18", 0.25, 0.5),
    ] {
        let full = Full::start_with_a_bar(release)?;
        let folder = tempfile::tempdir()?;
        let threads = image::variable(THREADS)?;
        let mut settings = UNLIMITED.to_vec();
        // What is not in the process comes from the database.
        settings.extend([(THREADS, threads.as_str()), ("REDIS_HOST", ""), ("LIMITS_STALE", "0")]);
        let service = full.replica(program, folder.path(), 0, false, &settings)?;
        let account = Account::on(&service)?;
        let ids = fill::fill(&account, 0..extent.creatives)?;
        process::wait_until_idle(service.id(), PATIENCE)?;
        let paths: Vec<_> = ids.iter().map(|id| format!("/v1/creatives/{id}")).collect();
        let key = account.key()?;
        let address = service.address()?;
        let requests = extent.creatives / CONNECTIONS;
        let load = Load { address, key: &key, paths: &paths, requests, in_turn: true };
        keep_ids(&full, &account.id, &ids, folder.path())?;
        load.run()?;
        let (mut rates, mut cpus) = (Vec::new(), Vec::new());
        for _ in 0..extent.rounds.min(5) {
            interrupt::check()?;
            let floor = pgbench(&full, &folder.path().join("get.sql"), requests)?;
            let ours = cost(&load, service.id())?;
            rates.push(ours.rate / floor);
            cpus.push(ours.cpu);
        }
        let what = format!("uncached GETs of a creative per second / pgbench of the same SQL, behind {name}");
        lines.push(Line::of(what, "×", &rates).at_least(bound, aim));
        lines.push(Line::of(format!("CPU per uncached GET, behind {name}"), "µs", &cpus));
        service.end()?;
        if release == Release::Newer {
            lines.extend(by_themselves(&full, extent)?);
            lines.extend(again_and_again(&full, program, floor, &account, &ids, extent)?);
            lines.extend(shared(&full, program, &account, &ids, extent)?);
        }
    }
    Ok(lines)
}

/// What is asked for again and again, out of Redis or out of the process, against what Redis gives to its own tool.
fn again_and_again(
    full: &Full,
    program: &Path,
    floor: &Path,
    account: &Account,
    ids: &[String],
    extent: &Extent,
) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    let threads = image::variable(THREADS)?;
    for (stale, what, bound, aim) in [("0", "out of Redis", 0.3, 0.6), ("1s", "out of the process", 1.0, 2.0)]
    {
        let folder = tempfile::tempdir()?;
        let settings =
            [UNLIMITED.as_slice(), &[(THREADS, threads.as_str()), ("LIMITS_STALE", stale)]].concat();
        let service = full.replica(program, folder.path(), 0, false, &settings)?;
        let account = account.at(&service.url);
        let key = account.key()?;
        let address = service.address()?;
        let hot: Vec<_> = ids.iter().take(HOT).map(|id| format!("/v1/creatives/{id}")).collect();
        let path = hot.first().context("a creative")?;
        let answer = account.client.with_bearer(&key).get(path)?;
        let (size, said) = (answer.body.len(), folder.path().join("answer"));
        std::fs::write(&said, written(&answer))?;
        let (_floor, bare) = start_floor(floor, &said, &threads)?;
        let load = Load { address, key: &key, paths: &hot, requests: extent.requests, in_turn: false };
        let bare = Load { address: bare, ..load };
        load.run()?;
        bare.run()?;
        let (mut rates, mut most) = (Vec::new(), Vec::new());
        for _ in 0..extent.rounds.min(5) {
            interrupt::check()?;
            let redis = redis_benchmark(full, size, load.total())?;
            rates.push(cost(&load, service.id())?.rate / redis);
            most.push(f64::from(load.total()) / bare.run()?.as_secs_f64() / redis);
        }
        service.end()?;
        let what = format!(
            "GETs of {HOT} creatives again and again, {what}, per second / redis-benchmark GET of {size} bytes"
        );
        lines.push(Line::of(what, "×", &rates).at_least(bound, aim));
        lines.push(Line::of("the same of bare axum: what HTTP leaves", "×", &most));
    }
    Ok(lines)
}

/// What reads creatives without HTTP, as cargo builds and runs it.
fn reads() -> Command {
    let mut cargo = workspace::cargo();
    cargo.args(["bench", "--locked", "--package", "creativestore-usecases", "--bench", "reads"]);
    cargo
}

/// Creatives read by the use case, as every request for one does it, against what Redis gives to its own tool: what is left
/// of a cached GET when HTTP is taken away.
fn by_themselves(full: &Full, extent: &Extent) -> anyhow::Result<Vec<Line>> {
    let (mut from_redis, mut from_process) = (Vec::new(), Vec::new());
    for _ in 0..extent.rounds.min(5) {
        interrupt::check()?;
        let redis = redis_benchmark(full, KEPT, extent.requests * CONNECTIONS)?;
        let mut reads = reads();
        reads.args([
            "--",
            &full.redis.port.to_string(),
            REDIS_PASSWORD,
            &HOT.to_string(),
            &READS.to_string(),
        ]);
        let said = creativestore_tests::servers::done(&mut reads)?;
        let rates = said.lines().map(str::parse).collect::<Result<Vec<f64>, _>>();
        let [one, two] = rates?[..] else { bail!("two rates are due: {said}") };
        from_redis.push(one / redis);
        from_process.push(two / redis);
    }
    let what = |place| {
        format!(
            "reads of {HOT} creatives again and again, out of {place}, per second / redis-benchmark GET of {KEPT} bytes"
        )
    };
    Ok(vec![Line::of(what("Redis"), "×", &from_redis), Line::of(what("the process"), "×", &from_process)])
}

/// With everything around it: telling, and memory.
fn shared(
    full: &Full,
    program: &Path,
    account: &Account,
    ids: &[String],
    extent: &Extent,
) -> anyhow::Result<Vec<Line>> {
    let folder = tempfile::tempdir()?;
    let service = full.replica(program, folder.path(), 0, false, &UNLIMITED)?;
    std::thread::sleep(extent.rest);
    process::wait_until_idle(service.id(), PATIENCE)?;
    let idle = process::memory(service.id());
    let account = account.at(&service.url);
    let key = account.key()?;
    let delays = delays(full, &account, &key, ids.first().context("a creative")?)?;
    let at = |percent: usize| delays.get((delays.len() * percent / 100).min(delays.len() - 1)).copied();
    process::wait_until_idle(service.id(), PATIENCE)?;
    let after = process::memory(service.id());
    service.end()?;
    Ok(vec![
        Line::of("from a change's request to a subscriber of Redis: p50", "ms", &[at(50).context("delays")?])
            .held_to(1000.0, 15.0),
        Line::of("the same: p99", "ms", &[at(99).context("delays")?]).held_to(1000.0, 100.0),
        Line::of("resident memory with Postgres, Redis and Consul, idle", "MiB", &[idle.resident]),
        Line::of("the same after all of it", "MiB", &[after.resident]),
    ])
}

/// The ids as rows, so that `pgbench` can choose one by its number.
fn keep_ids(full: &Full, account: &str, ids: &[String], folder: &Path) -> anyhow::Result<()> {
    let values: Vec<String> = ids.iter().enumerate().map(|(n, id)| format!("({n}, '{id}')")).collect();
    full.postgres.ask(DATABASE, "CREATE TABLE bench (n INT PRIMARY KEY, id TEXT COLLATE \"C\")")?;
    for part in values.chunks(1000) {
        full.postgres.ask(DATABASE, &format!("INSERT INTO bench VALUES {}", part.join(", ")))?;
    }
    full.postgres.ask(DATABASE, &format!("GRANT SELECT ON bench TO {SERVICE}; ANALYZE"))?;
    let sql = SQL.trim().replace("$1", &format!("'{account}'"));
    let sql = sql.replace("$2", "(SELECT bench.id FROM bench WHERE n = :n)");
    let last = ids.len().saturating_sub(1);
    Ok(std::fs::write(folder.join("get.sql"), format!("\\set n random(0, {last})\n{sql};\n"))?)
}

/// Transactions a second of a script for `pgbench`, by as many connections as ask the service, through the pooler: `each` of
/// every connection.
pub fn pgbench(full: &Full, script: &Path, each: u32) -> anyhow::Result<f64> {
    let mut pgbench = Command::new(packages::program("pgbench", "postgresql-15")?);
    pgbench
        .env("PGPASSWORD", PASSWORD)
        .args(["-n", "-M", "extended", "-h", "127.0.0.1", "-U", SERVICE, "-j", "2"])
        .args(["-c", &CONNECTIONS.to_string(), "-t", &each.to_string(), "-p", &full.pooler.port.to_string()])
        .arg("-f")
        .arg(script)
        .arg(DATABASE);
    let said = creativestore_tests::servers::done(&mut pgbench)?;
    let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.with_context(|| format!("pgbench says no rate: {said}"))
}

/// Requests a second.
fn redis_benchmark(full: &Full, size: usize, requests: u32) -> anyhow::Result<f64> {
    let mut benchmark = Command::new(packages::program("redis-benchmark", "redis-tools")?);
    benchmark.args(["-h", "127.0.0.1", "-a", REDIS_PASSWORD, "-t", "set,get", "-q", "--csv", "-r", "100"]);
    benchmark.args(["-p", &full.redis.port.to_string(), "-c", &CONNECTIONS.to_string()]);
    benchmark.args(["-n", &requests.to_string(), "-d", &size.to_string()]);
    let said = creativestore_tests::servers::done(&mut benchmark)?;
    let get = said.lines().find_map(|line| line.strip_prefix("\"GET\",\"")?.split('"').next()?.parse().ok());
    get.with_context(|| format!("redis-benchmark says no rate: {said}"))
}

/// Milliseconds from a change's request until a subscriber of Redis has its event, sorted.
fn delays(full: &Full, account: &Account, key: &str, id: &str) -> anyhow::Result<Vec<f64>> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, full.redis.port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    (&stream).write_all(
        format!("AUTH \"{REDIS_PASSWORD}\"\r\nPSUBSCRIBE yldm:creativestore:creative.*\r\n").as_bytes(),
    )?;
    let mut heard = BufReader::new(&stream);
    let mut line = String::new();
    let mut until = |what: &str| -> anyhow::Result<()> {
        loop {
            line.clear();
            ensure!(heard.read_line(&mut line)? > 0, "Redis closed the connection");
            if line.starts_with('-') {
                bail!("Redis: {line}");
            }
            if line.contains(what) {
                return Ok(());
            }
        }
    };
    until("psubscribe")?;
    let client = account.client.with_bearer(key);
    let path = format!("/v1/creatives/{id}");
    let mut version = due(&client.get(&path)?, 200)?["version"].as_u64().context("a version")?;
    let mut delays = Vec::new();
    for change in 0..CHANGES {
        interrupt::check()?;
        let condition = format!("\"{version}\"");
        let headers = [("content-type", "application/json"), ("if-match", condition.as_str())];
        let body = json!({ "name": format!("Changed {change}") }).to_string();
        let start = Instant::now();
        let answer = client.ask(Method::PATCH, &path, &headers, Some(body.as_bytes()))?;
        until("\"type\":\"creative.metadata_changed\"")?;
        delays.push(start.elapsed().as_secs_f64() * 1e3);
        version = due(&answer, 200)?["version"].as_u64().context("a version")?;
    }
    delays.sort_by(f64::total_cmp);
    Ok(delays)
}
