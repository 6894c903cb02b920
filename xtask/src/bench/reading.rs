//! Reading a creative's metadata through the whole stack, against bare axum that gives the same bytes: authenticated by
//! a key, scoped to the account, from a store of thousands.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::load::Load;
use super::{Extent, Line, fill, process, unlimited};
use crate::account::Account;
use crate::http::Answer;
use crate::service::Ended;
use crate::{demo, interrupt, workspace};

/// How long everything that was put in may be looked inside and told of.
pub const PATIENCE: Duration = Duration::from_mins(10);

/// How many threads serve unless the service is told otherwise.
const USUAL_THREADS: &str = "2";

/// Builds the floor, and says where its binary lies.
pub fn build_floor() -> anyhow::Result<PathBuf> {
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--locked", "--release", "--package", "creativestore-tests", "--bin", "floor"]);
    ensure!(cargo.status()?.success(), "the floor cannot be built: see above");
    Ok(workspace::target_folder()?.join("release/floor"))
}

/// Microseconds of CPU and requests a second.
pub struct Cost {
    pub cpu: f64,
    pub rate: f64,
}

pub fn measure(program: &Path, floor: &Path, extent: &Extent) -> anyhow::Result<Vec<Line>> {
    let folder = tempfile::tempdir()?;
    let service = unlimited(program, folder.path()).start()?;
    let account = Account::on(&service)?;
    let ids = fill::fill(&account, 0..extent.creatives)?;
    let paths: Vec<_> = ids.iter().map(|id| format!("/v1/creatives/{id}")).collect();
    process::wait_until_idle(service.id(), PATIENCE)?;
    let key = account.key()?;
    let reader = account.client.with_bearer(&key);
    let one = reader.get(paths.first().context("no creatives")?)?;
    ensure!(one.status == 200, "{}", one.told());

    let said = folder.path().join("answer");
    std::fs::write(&said, written(&one))?;
    let (floor, floor_address) = start_floor(floor, &said, USUAL_THREADS)?;
    let address = service.address()?;
    let load =
        |address| Load { address, key: &key, paths: &paths, requests: extent.requests, in_turn: false };
    let (ours, bare) = (load(address), load(floor_address));
    let floor_id = floor.0.id();
    // Caches and allocators of both, before anything counts.
    ours.run()?;
    bare.run()?;

    let progress = demo::progress();
    progress.set_length(extent.rounds.into());
    let (mut cpu, mut wall, mut our_costs, mut bare_costs, mut rates) = Default::default();
    for _ in 0..extent.rounds {
        interrupt::check()?;
        let bare = cost(&bare, floor_id)?;
        let ours = cost(&ours, service.id())?;
        Vec::push(&mut cpu, ours.cpu / bare.cpu);
        Vec::push(&mut wall, bare.rate / ours.rate);
        Vec::push(&mut our_costs, ours.cpu);
        Vec::push(&mut bare_costs, bare.cpu);
        Vec::push(&mut rates, ours.rate);
        progress.inc(1);
    }
    progress.finish_and_clear();
    let full = process::memory(service.id());
    service.end()?;
    let count = extent.creatives;
    Ok(vec![
        Line::of(format!("GET of a creative out of {count} / bare axum: CPU per request"), "×", &cpu)
            .held_to(2.5, 1.3),
        Line::of("the same by wall clock, for what it is worth", "×", &wall),
        Line::of("CPU per GET of a creative, server and child", "µs", &our_costs),
        Line::of("CPU per request of bare axum", "µs", &bare_costs),
        Line::of("GETs of a creative per second, four connections", "/s", &rates),
        Line::of(format!("resident memory with {count} creatives, after all of it"), "MiB", &[full.resident]),
    ])
}

/// What one round of a load costs the process that answers.
pub fn cost(load: &Load<'_>, id: u32) -> anyhow::Result<Cost> {
    let before = process::cpu(id);
    let took = load.run()?;
    let spent = Duration::from_nanos(process::cpu(id).saturating_sub(before));
    let requests = f64::from(load.total());
    Ok(Cost { cpu: spent.as_secs_f64() * 1e6 / requests, rate: requests / took.as_secs_f64() })
}

/// An answer as the floor reads it: header lines, an empty line, the body.
pub fn written(answer: &Answer) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in &answer.headers {
        out.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    out.extend(b"\r\n");
    out.extend(&answer.body);
    out
}

/// Starts the floor on as many threads as what is measured against it has.
pub fn start_floor(program: &Path, said: &Path, threads: &str) -> anyhow::Result<(Ended, SocketAddr)> {
    let mut command = Command::new(program);
    command.arg(said).arg(threads).env_clear().stdin(Stdio::null()).stdout(Stdio::piped());
    let mut floor = Ended(command.spawn().with_context(|| format!("starting {}", program.display()))?);
    let mut line = String::new();
    BufReader::new(floor.0.stdout.take().context("its output is piped")?).read_line(&mut line)?;
    let address = line.trim().trim_start_matches("http://").parse();
    Ok((floor, address.with_context(|| format!("the floor said `{line}` instead of where it listens"))?))
}
