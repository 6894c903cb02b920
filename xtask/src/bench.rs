//! `cargo xtask bench`: what the service costs, as ratios against a floor where there is one, beside the bounds that it
//! is held to.
//!
//! Knows the bounds and tells; what is measured, and how, is in the files beside this one.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::ensure;
use serde::Serialize;
use serde_json::json;

use crate::service::{self, Start};
use crate::{interrupt, offspring, plain_table};

mod begin;
mod fill;
mod load;
mod memory;
mod process;
mod production;
mod reading;

/// Measure an optimised build on this machine: CPU per request of reading a creative through the whole stack against
/// bare axum with the same bytes, memory idle and after the demo's job, time from exec to the first answer. Server and
/// floor take turns within one run, so that what else the machine does falls on both; CPU counts before wall clock.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
#[command(after_help = "\
Takes a few minutes. Everything runs on this machine's loopback, a bounded number of times, and ends with the command. \
docs/performance.md has the table of one run, and how to read it.")]
pub struct Arguments {
    /// Fewer creatives, rounds and starts: to see that it works, not to quote.
    #[arg(long)]
    quick: bool,
    /// Production besides: the same on Postgres behind either pgbouncer, with Redis and Consul, against `pgbench` and
    /// `redis-benchmark`. Servers that are missing are installed (on Debian, as root) or named.
    #[arg(long)]
    full: bool,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
    /// Exit with code 1 when a bound is missed.
    #[arg(long)]
    strict: bool,
}

/// How much is measured.
pub struct Extent {
    pub creatives: u32,
    pub rounds: u32,
    /// Requests of each connection in a round.
    pub requests: u32,
    pub starts: u32,
    /// How long nothing happens before idle memory is read.
    pub rest: Duration,
}

const FULL: Extent =
    Extent { creatives: 10_000, rounds: 9, requests: 2_500, starts: 11, rest: Duration::from_secs(5) };
const QUICK: Extent =
    Extent { creatives: 300, rounds: 3, requests: 500, starts: 3, rest: Duration::from_secs(1) };

/// One line of the table.
#[derive(Serialize)]
pub struct Line {
    what: String,
    /// The median, where there are several.
    measured: f64,
    unit: &'static str,
    /// The smallest and the largest.
    spread: Option<(f64, f64)>,
    /// What it must not exceed, and what it should not.
    bound: Option<f64>,
    aim: Option<f64>,
}

impl Line {
    /// The median and the spread of several.
    fn of(what: impl Into<String>, unit: &'static str, all: &[f64]) -> Self {
        let mut sorted = all.to_vec();
        sorted.sort_by(f64::total_cmp);
        let spread = sorted.first().copied().zip(sorted.last().copied());
        let measured = sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN);
        Self { what: what.into(), measured, unit, spread, bound: None, aim: None }
    }

    fn held_to(self, bound: f64, aim: f64) -> Self {
        Self { bound: Some(bound), aim: Some(aim), ..self }
    }

    fn missed(&self) -> bool {
        // What could not be measured is not within a bound.
        self.bound.is_some_and(|bound| self.measured > bound || self.measured.is_nan())
    }

    fn verdict(&self) -> &'static str {
        match (self.bound, self.aim) {
            _ if self.missed() => "MISSED",
            (_, Some(aim)) if self.measured <= aim => "at its aim",
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
    let extent = if arguments.quick { &QUICK } else { &FULL };
    let program = service::build(true)?;
    let floor = reading::build_floor()?;
    let mut lines = Vec::new();
    lines.extend(begin::measure(&program, extent)?);
    lines.extend(memory::measure(&program, extent)?);
    lines.extend(reading::measure(&program, &floor, extent)?);
    if arguments.full {
        lines.extend(production::measure(&program, extent)?);
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
            line.bound.map_or(String::new(), |bound| format!("≤ {bound}")),
            line.aim.map_or(String::new(), |aim| aim.to_string()),
            line.verdict().to_owned(),
        ]);
    }
    plain_table::print(&table);
}

/// A service that no limit of requests stops, on this folder.
fn unlimited<'a>(program: &'a std::path::Path, folder: &'a std::path::Path) -> Start<'a> {
    const SETTINGS: &[(&str, &str)] =
        &[("LIMITS_REQUESTS_PER_SECOND", "1000000"), ("LIMITS_BURST", "1000000")];
    Start { program, folder, port: 0, settings: SETTINGS, aloud: false }
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
    }
}
