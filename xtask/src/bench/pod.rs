//! The image's program inside a pod's limits, as the container's user and with its files: what it answers against bare axum
//! inside the same, what a mixed load waits, whether probes are answered when there is no processor left, and how much memory
//! the orchestrator sees, over time.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use creativestore_tests::servers::pgbouncer::Release;
use tempfile::TempDir;

use super::connection::Connection;
use super::files::{self, File};
use super::load::Load;
use super::mixed::{Mixed, Tally, approve};
use super::probes::{Probed, probe};
use super::reading::{PATIENCE, start_floor, written};
use super::{Extent, Line, fill, many, process};
use crate::account::Account;
use crate::full::Full;
use crate::group::{Group, POD};
use crate::service::{Service, THREADS, UNLIMITED};
use crate::{image, interrupt};

/// How many creatives there are, and how many of them are approved.
const CREATIVES: u32 = 2_000;
const APPROVED: usize = 20;

/// How many ask at once.
const CONNECTIONS: u32 = 8;

/// How old what the metrics say about waiting files may be.
const METRICS: Duration = Duration::from_secs(3);

/// How long after a load memory is to be back.
const BACK: Duration = Duration::from_mins(1);

/// A database with creatives, and replicas in groups.
struct Field {
    full: Full,
    account: Account,
    key: String,
    ids: Vec<String>,
    files: Vec<File>,
    number: AtomicU64,
}

/// A replica inside a pod's limits.
struct Pod {
    service: Service,
    address: SocketAddr,
    group: Group,
    _folder: TempDir,
}

pub fn measure(program: &Path, floor: &Path, extent: &Extent) -> anyhow::Result<Vec<Line>> {
    let field = Field::prepare(program, extent)?;
    let pod = field.pod(program)?;
    let mut lines = Vec::new();
    std::thread::sleep(extent.rest);
    process::wait_until_idle(pod.service.id(), PATIENCE)?;
    let idle = pod.group.working_set();
    lines.push(Line::of("working set of a pod, idle", "MiB", &[idle]).held_to(30.0, 15.0));
    lines.extend(pod.parts("idle"));
    lines.push(reading(&field, &pod, floor, extent)?);

    // First, while nothing else waits to be looked into.
    let mut probed = Probed::default();
    lines.extend(many(&field, &pod, idle, &mut probed)?);
    let stretch = extent.stretch;
    let (full, more) = field.under(&pod, None, stretch)?;
    probed.add(&more);
    // What it put off until later is part of the work.
    let begun = Instant::now();
    pod.wait_until_done(&field.key)?;
    let most = full.rate() * full.took.as_secs_f64() / (full.took + begun.elapsed()).as_secs_f64();
    lines.push(Line::of("mixed load as fast as it is done, in a pod", "/s", &[most]));
    lines.push(Line::of("requests of it that failed", "", &[count(full.failed)]).held_to(0.0, 0.0));
    tell(&full);
    let (mut half, more) = field.under(&pod, Some(most * 0.5), stretch)?;
    probed.add(&more);
    lines.push(
        Line::of("mixed load at 50 % of that: p95", "ms", &[half.percentile(95)]).held_to(500.0, 120.0),
    );
    lines.push(Line::of("the same: p50", "ms", &[half.percentile(50)]));
    tell(&half);

    let watched = AtomicBool::new(false);
    let (mut soak, seen) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| pod.watch(&watched));
        let soaked = field.under(&pod, Some(most * 0.8), extent.soak);
        watched.store(true, Ordering::SeqCst);
        let seen = watch.join().unwrap_or_default();
        soaked.map(|(tally, more)| {
            probed.add(&more);
            (tally, seen)
        })
    })?;
    let minutes = extent.soak.as_secs_f64() / 60.0;
    let (seen, late): (Vec<f64>, Vec<f64>) = seen.into_iter().unzip();
    tell_over_time("working set, MiB", &seen);
    tell_over_time("of its periods throttled, %", &late);
    let steady = &seen[seen.len() / 2..];
    let what = format!("working set during {minutes:.1} min of mixed load at 80 %, the second half");
    lines.push(Line::of(what, "MiB", steady).held_to(51.0, 34.0));
    let peak = seen.iter().copied().fold(0.0, f64::max);
    lines.push(Line::of("the same: peak", "MiB", &[peak]).held_to(128.0, 96.0));
    let waiting = pod.waiting(&field.key)?;
    lines.push(Line::of("the same: files that wait to be looked into at its end", "", &[waiting]));
    lines.extend(pod.parts("after it"));
    lines.push(Line::of("mixed load at 80 %: p95", "ms", &[soak.percentile(95)]));
    tell(&soak);
    let back = pod.back(idle)?;
    lines.push(Line::of("working set within 60 s after it, above idle", "MiB", &[back]).held_to(10.0, 5.0));
    let (throttled, periods) = pod.group.throttled();
    lines.push(Line::of(
        "periods in which it wanted more than its quota",
        "%",
        &[percent(throttled, periods)],
    ));
    lines.push(
        Line::of("processes killed for want of memory", "", &[count(pod.group.killed())]).held_to(0.0, 0.0),
    );
    let Probed { asked, failed, slowest } = probed;
    let what = format!("probes that failed, of {asked} during all loads");
    lines.push(Line::of(what, "", &[f64::from(failed)]).held_to(0.0, 0.0));
    lines.push(Line::of("the slowest probe", "ms", &[slowest]).held_to(1000.0, 200.0));
    lines.push(two(&field, program, &pod, extent)?);
    pod.service.end()?;
    Ok(lines)
}

impl Field {
    fn prepare(program: &Path, extent: &Extent) -> anyhow::Result<Self> {
        let full = Full::start_with_a_bar(Release::Newer)?;
        let folder = tempfile::tempdir()?;
        // Not in a group: what it is measured with may be made fast.
        let service = full.replica(program, folder.path(), 0, false, &UNLIMITED)?;
        let account = Account::on(&service)?;
        let ids = fill::fill(&account, 0..extent.creatives.min(CREATIVES))?;
        process::wait_until_idle(service.id(), PATIENCE)?;
        approve(&account, &ids[..APPROVED])?;
        let key = account.key()?;
        service.end()?;
        Ok(Self { full, account, key, ids, files: files::read()?, number: AtomicU64::new(0) })
    }

    fn pod(&self, program: &Path) -> anyhow::Result<Pod> {
        let group = Group::make(POD)?;
        let folder = tempfile::tempdir()?;
        let root = folder.path().join("image");
        image::lay(program, &root)?;
        let image = image::variables()?;
        let image: Vec<_> = image.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let settings = [UNLIMITED.as_slice(), &[("TMPDIR", "/tmp")], &image].concat();
        let service = self.full.replica(&group.contain(&root)?, folder.path(), 0, false, &settings)?;
        let address = service.address()?;
        Ok(Pod { service, address, group, _folder: folder })
    }

    fn mixed<'a>(&'a self, pod: &Pod, ids: &'a [String], pace: Option<f64>, lasts: Duration) -> Mixed<'a> {
        Mixed {
            address: pod.address,
            key: &self.key,
            ids,
            approved: &self.ids[..APPROVED],
            files: &self.files,
            number: &self.number,
            connections: CONNECTIONS,
            lasts,
            pace,
        }
    }

    /// A mixed load, with probes beside it.
    fn under(&self, pod: &Pod, pace: Option<f64>, lasts: Duration) -> anyhow::Result<(Tally, Probed)> {
        let end = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let probes = scope.spawn(|| probe(pod.address, &end));
            let tally = self.mixed(pod, &self.ids, pace, lasts).run();
            end.store(true, Ordering::SeqCst);
            Ok((tally?, probes.join().map_err(|_| anyhow::anyhow!("the probes panicked"))?))
        })
    }
}

impl Pod {
    /// The working set, and of how many of a hundred periods the quota did not suffice, every second until it is told to
    /// end.
    fn watch(&self, end: &AtomicBool) -> Vec<(f64, f64)> {
        let mut seen = Vec::new();
        let mut before = self.group.throttled();
        while !end.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_secs(1));
            let now = self.group.throttled();
            seen.push((self.group.working_set(), percent(now.0 - before.0, now.1 - before.1)));
            before = now;
        }
        seen
    }

    /// How far above idle it is when it came down, or when it had the time to.
    fn back(&self, idle: f64) -> anyhow::Result<f64> {
        let start = Instant::now();
        let mut least = f64::INFINITY;
        while start.elapsed() < BACK && least > 5.0 {
            interrupt::check()?;
            std::thread::sleep(Duration::from_secs(1));
            least = least.min(self.group.working_set() - idle);
        }
        Ok(least.max(0.0))
    }

    /// Waits until nothing waits to be looked into, and nothing else is done.
    fn wait_until_done(&self, key: &str) -> anyhow::Result<()> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            process::wait_until_idle(self.service.id(), PATIENCE)?;
            // The metrics say what was a moment ago.
            std::thread::sleep(METRICS);
            if self.waiting(key)? == 0.0 {
                return Ok(());
            }
        }
        bail!("files still wait to be looked into after {} s", PATIENCE.as_secs())
    }

    /// How many files wait to be looked into, as its own metrics say.
    fn waiting(&self, key: &str) -> anyhow::Result<f64> {
        let mut connection = Connection::open(self.address, key)?;
        connection.get("/metrics")?;
        let metrics = String::from_utf8_lossy(&connection.body);
        let waiting = metrics.lines().find_map(|line| line.split_once("jobs_waiting ")?.1.parse().ok());
        waiting.context("/metrics has no jobs_waiting")
    }

    fn parts(&self, when: &str) -> [Line; 3] {
        let [anonymous, files, kernel] = self.group.parts();
        [("anonymous", anonymous), ("files, used lately or not", files), ("the kernel's own", kernel)]
            .map(|(what, value)| Line::of(format!("of it {when}: {what}"), "MiB", &[value]))
    }
}

/// Reading creatives, against bare axum in a group of its own with the same limits. Both take turns.
fn reading(field: &Field, pod: &Pod, floor: &Path, extent: &Extent) -> anyhow::Result<Line> {
    let paths: Vec<_> = field.ids.iter().map(|id| format!("/v1/creatives/{id}")).collect();
    let reader = field.account.at(&pod.service.url).client.with_bearer(&field.key);
    let one = reader.get(paths.first().context("no creatives")?)?;
    let folder = tempfile::tempdir()?;
    let said = folder.path().join("answer");
    std::fs::write(&said, written(&one))?;
    let group = Group::make(POD)?;
    let (_floor, floor) = start_floor(&group.with(floor)?, &said, &image::variable(THREADS)?)?;
    // A round lasts as long as outside of a pod.
    let requests = extent.requests / 5;
    let load = |address| Load { address, key: &field.key, paths: &paths, requests, in_turn: false };
    let (ours, bare) = (load(pod.address), load(floor));
    ours.run()?;
    bare.run()?;
    let mut ratios = Vec::new();
    for _ in 0..extent.rounds.min(5) {
        interrupt::check()?;
        let bare = bare.run()?;
        ratios.push(bare.as_secs_f64() / ours.run()?.as_secs_f64());
    }
    Ok(Line::of("GETs of a creative per second / bare axum, both in a pod", "×", &ratios).at_least(0.3, 0.75))
}

/// Two replicas of a pod's size against one, on one database.
fn two(field: &Field, program: &Path, one: &Pod, extent: &Extent) -> anyhow::Result<Line> {
    let other = field.pod(program)?;
    let stretch = extent.stretch / 2;
    let (ids, others) = field.ids.split_at(field.ids.len() / 2);
    let mut ratios = Vec::new();
    for _ in 0..extent.rounds.min(3) {
        let alone = field.mixed(one, ids, None, stretch).run()?;
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| field.mixed(one, ids, None, stretch).run());
            let second = field.mixed(&other, others, None, stretch).run();
            (first.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a load panicked"))), second)
        });
        ratios.push((first?.rate() + second?.rate()) / alone.rate());
    }
    other.service.end()?;
    Ok(Line::of("mixed load answered by two pods / by one, on one database", "×", &ratios).at_least(1.4, 1.8))
}

/// Many large files at once, with probes beside them; nothing may be killed.
fn many(field: &Field, pod: &Pod, idle: f64, probed: &mut Probed) -> anyhow::Result<[Line; 3]> {
    let end = AtomicBool::new(false);
    let (put, seen, more) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| pod.watch(&end));
        let asking = scope.spawn(|| probe(pod.address, &end));
        let put = many::put_in(pod.address, &field.key);
        end.store(true, Ordering::SeqCst);
        (put, watch.join().unwrap_or_default(), asking.join().unwrap_or_default())
    });
    let put = put?;
    probed.add(&more);
    eprintln!("{} MiB in {:.0} s", put.mebibytes, put.took.as_secs_f64());
    let peak = seen.iter().map(|(set, _)| *set).fold(0.0, f64::max);
    let what = format!("of {} large files and pictures at once: failed", many::AT_ONCE);
    Ok([
        Line::of(what, "", &[f64::from(put.failed)]).held_to(0.0, 0.0),
        Line::of("the same: peak of the working set", "MiB", &[peak]),
        Line::of("the same: working set within 60 s after it, above idle", "MiB", &[pod.back(idle)?]),
    ])
}

/// Minutes or seconds side by side, as bars.
fn tell_over_time(what: &str, all: &[f64]) {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = all.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let bar = |part: &[f64]| {
        let highest = part.iter().copied().fold(0.0, f64::max);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 7")]
        BARS[(highest / most * 7.0) as usize]
    };
    let line: String = all.chunks(all.len().div_ceil(60).max(1)).map(bar).collect();
    eprintln!("{what}, over {} s, at most {most:.1}: {line}", all.len());
}

fn tell(tally: &Tally) {
    if let Some(failure) = &tally.first_failure {
        eprintln!("{} requests failed, the first: {failure}", tally.failed);
    }
}

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^52")]
fn count(number: u64) -> f64 {
    number as f64
}

fn percent(part: u64, whole: u64) -> f64 {
    count(part) / count(whole.max(1)) * 100.0
}
