//! `cargo xtask bench`: what the service costs, as ratios against a floor where there is one, beside the bounds that it
//! is held to.
//!
//! Knows the bounds and tells; what is measured, and how, is in the files beside this one.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::ensure;
use clap::ValueEnum as _;
use serde::Serialize;
use serde_json::json;

use crate::service::{self, Start, UNLIMITED};
use crate::{image, interrupt, offspring, plain_table};

mod begin;
mod connection;
mod files;
mod fill;
mod finding;
mod library;
mod load;
mod many;
mod memory;
mod mixed;
mod pod;
mod probes;
mod process;
mod production;
mod reading;
mod telling;

/// Measure an optimised build on this machine: CPU per request of reading a creative through the whole stack against
/// bare axum with the same bytes, memory idle and after the demo's job, time from exec to the first answer. Server and
/// floor take turns within one run, so that what else the machine does falls on both; CPU counts before wall clock.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
#[command(after_help = "\
Takes a few minutes, with --full about an hour. Everything runs on this machine's loopback, a bounded number of times, \
and ends with the command. docs/performance.md has the table of one run, and how to read it.

Examples:
  cargo xtask bench                                      the service on SQLite
  cargo xtask bench --full --scale 1000000               and all of production
  cargo xtask bench --pod --soak 2                       memory and probes inside a pod's limits, in some minutes")]
pub struct Arguments {
    /// Fewer creatives, rounds and starts: to see that it works, not to quote.
    #[arg(long)]
    quick: bool,
    /// Production besides: on Postgres behind either pgbouncer, with Redis and Consul, against `pgbench` and
    /// `redis-benchmark`; inside a pod's limits (as root, with control groups of version 1); two replicas. Servers that
    /// are missing are installed (on Debian, as root) or named.
    #[arg(long)]
    full: bool,
    /// Only this; may be repeated.
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// The same as `--only pod`: the image's program in a group of 0.2 processors and 256 MiB, with the servers outside it.
    #[arg(long, conflicts_with = "full")]
    pod: bool,
    /// How many creatives lists and searches are measured in.
    #[arg(long, value_name = "CREATIVES", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(20_000..=10_000_000))]
    scale: u64,
    /// For how many minutes a pod is under a mixed load while its memory is watched.
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    soak: u64,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
    /// Exit with code 1 when a bound is missed.
    #[arg(long)]
    strict: bool,
}

/// What can be measured by itself.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// From exec to the first answer.
    Begin,
    /// Memory, idle and after the demo's job.
    Memory,
    /// Reading a creative, against bare axum.
    Reading,
    /// Reading behind either pooler and out of the cache; changes on their way to subscribers.
    Production,
    /// Events told per second.
    Telling,
    /// Lists and searches in a large library.
    Finding,
    /// The image's program inside a pod's limits, as its user.
    Pod,
}

/// How much is measured.
pub struct Extent {
    pub creatives: u32,
    pub rounds: u32,
    /// Requests of each connection in a round: enough for a second, as whoever is asked after a pause is slower at first, and a
    /// tenth of a second tells of little else.
    pub requests: u32,
    pub starts: u32,
    /// How long nothing happens before idle memory is read.
    pub rest: Duration,
    /// Lists and searches of each connection in a round.
    pub finds: u32,
    /// How long a mixed load lasts.
    pub stretch: Duration,
    /// How long the one lasts during which memory is watched.
    pub soak: Duration,
}

const FULL: Extent = Extent {
    creatives: 10_000,
    rounds: 9,
    requests: 25_000,
    starts: 11,
    rest: Duration::from_secs(5),
    finds: 250,
    stretch: Duration::from_mins(1),
    soak: Duration::from_mins(30),
};
const QUICK: Extent = Extent {
    creatives: 300,
    rounds: 3,
    requests: 5_000,
    starts: 3,
    rest: Duration::from_secs(1),
    finds: 50,
    stretch: Duration::from_secs(8),
    soak: Duration::from_secs(15),
};

/// One line of the table.
#[derive(Serialize)]
pub struct Line {
    what: String,
    /// The median, where there are several.
    measured: f64,
    unit: &'static str,
    /// The smallest and the largest.
    spread: Option<(f64, f64)>,
    /// What it must not exceed (or must reach), and what it should not (or should).
    bound: Option<f64>,
    aim: Option<f64>,
    /// Whether more is better.
    at_least: bool,
}

impl Line {
    /// The median and the spread of several.
    fn of(what: impl Into<String>, unit: &'static str, all: &[f64]) -> Self {
        let mut sorted = all.to_vec();
        sorted.sort_by(f64::total_cmp);
        let spread = sorted.first().copied().zip(sorted.last().copied());
        let measured = sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN);
        Self { what: what.into(), measured, unit, spread, bound: None, aim: None, at_least: false }
    }

    fn held_to(self, bound: f64, aim: f64) -> Self {
        Self { bound: Some(bound), aim: Some(aim), ..self }
    }

    fn at_least(self, bound: f64, aim: f64) -> Self {
        Self { at_least: true, ..self.held_to(bound, aim) }
    }

    fn keeps(&self, limit: f64) -> bool {
        // What could not be measured keeps nothing.
        if self.at_least { self.measured >= limit } else { self.measured <= limit }
    }

    fn missed(&self) -> bool {
        self.bound.is_some_and(|bound| !self.keeps(bound))
    }

    fn verdict(&self) -> &'static str {
        match (self.bound, self.aim) {
            _ if self.missed() => "MISSED",
            (_, Some(aim)) if self.keeps(aim) => "at its aim",
            (Some(_), _) => "within its bound",
            (None, _) => "",
        }
    }
}

pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    interrupt::watch()?;
    offspring::adopt();
    let ended = whole(arguments);
    let left = offspring::left_running(Duration::from_secs(5));
    ensure!(left.is_empty(), "left running, and killed now: {}", left.join(", "));
    ended
}

fn whole(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let extent =
        if arguments.quick { &QUICK } else { &Extent { soak: Duration::from_mins(arguments.soak), ..FULL } };
    let floor = reading::build_floor()?;
    let mut lines = Vec::new();
    for part in Part::value_variants() {
        let usual = matches!(part, Part::Begin | Part::Memory | Part::Reading) || arguments.full;
        let asked = arguments.only.contains(part) || arguments.pod && *part == Part::Pod;
        if !(if arguments.only.is_empty() && !arguments.pod { usual } else { asked }) {
            continue;
        }
        let program = match part {
            Part::Pod => image::build_program()?,
            _ => service::build(true)?,
        };
        let measured = match part {
            Part::Begin => begin::measure(&program, extent)?,
            Part::Memory => memory::measure(&program, extent)?,
            Part::Reading => reading::measure(&program, &floor, extent)?,
            Part::Production => production::measure(&program, &floor, extent)?,
            Part::Telling => telling::measure(&program, extent)?,
            Part::Finding => finding::measure(&program, extent, arguments.scale)?,
            Part::Pod => pod::measure(&program, &floor, extent)?,
        };
        // All of it takes long: what is known is said at once.
        for line in &measured {
            eprintln!("{}: {} {}", line.what, number(line.measured), line.unit);
        }
        lines.extend(measured);
    }
    let missed = lines.iter().any(Line::missed);
    if arguments.json {
        println!("{}", json!({ "machine": machine(), "quick": arguments.quick, "lines": lines }));
    } else {
        print(&lines);
        println!("\n{}{}", machine(), if arguments.quick { "; a quick run: not to quote" } else { "" });
    }
    Ok(if missed && arguments.strict { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What it was measured on.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{cores} cores of {model}, Linux {}", read("/proc/sys/kernel/osrelease").trim())
}

fn number(value: f64) -> String {
    if value < 10.0 { format!("{value:.2}") } else { format!("{value:.1}") }
}

fn print(lines: &[Line]) {
    let header = ["what", "measured", "least – most", "bound", "aim", ""];
    let mut table = plain_table::with_header(header);
    for line in lines {
        let with_unit = |value: f64| format!("{} {}", number(value), line.unit).trim_end().to_owned();
        table.add_row([
            line.what.clone(),
            with_unit(line.measured),
            line.spread
                .map_or(String::new(), |(least, most)| format!("{} – {}", number(least), number(most))),
            line.bound
                .map_or(String::new(), |bound| format!("{} {bound}", if line.at_least { "≥" } else { "≤" })),
            line.aim.map_or(String::new(), |aim| aim.to_string()),
            line.verdict().to_owned(),
        ]);
    }
    plain_table::print(&table);
}

/// A service that no limit of requests stops, on this folder.
fn unlimited<'a>(program: &'a std::path::Path, folder: &'a std::path::Path) -> Start<'a> {
    Start { program, folder, port: 0, settings: &UNLIMITED, aloud: false }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn a_line_tells_the_median_and_what_it_is_held_to() {
        let line = |all: &[f64]| Line::of("it", "ms", all).held_to(10.0, 5.0);
        assert_eq!(line(&[9.0, 1.0, 4.0]).verdict(), "at its aim");
        assert_eq!(line(&[9.0, 6.0, 4.0]).verdict(), "within its bound");
        assert_eq!(line(&[9.0, 60.0, 40.0]).verdict(), "MISSED");
        assert_eq!(line(&[9.0, 60.0, 40.0]).spread, Some((9.0, 60.0)));
        assert_eq!(line(&[]).verdict(), "MISSED", "what was not measured is not within its bound");
        assert_eq!(Line::of("it", "ms", &[1.0]).verdict(), "");
        let least = |all: &[f64]| Line::of("it", "×", all).at_least(0.5, 0.9);
        assert_eq!(least(&[0.4]).verdict(), "MISSED");
        assert_eq!(least(&[0.6]).verdict(), "within its bound");
        assert_eq!(least(&[1.0]).verdict(), "at its aim");
        assert_eq!(least(&[]).verdict(), "MISSED");
    }
}
