//! `cargo xtask mutations`: breaks the code that guards each invariant, one place at a time, and sees the
//! invariant's own test fail. A test that passes whatever the code does guards nothing.
//!
//! Works on a copy under the target folder; knows what `mutations.toml` says, and nothing of what is tested.

use std::process::ExitCode;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::{plain_table, workspace};

pub mod copied;
mod listed;
mod tried;

use copied::Copied;
use listed::Mutation;
use tried::Verdict;

/// Break the code that guards each invariant of the design, one place at a time as `xtask/mutations.toml` says,
/// and demand that the invariant's test fails. Works on a copy of the sources under `target/mutations`, which is
/// kept for the next time. Ends with a line `N passed, N failed`: a mutation passes when its test caught it.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only the mutations of this invariant.
    #[arg(long, value_name = "N")]
    only: Option<u32>,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

/// What came of one mutation.
#[derive(Serialize)]
struct Outcome<'a> {
    invariant: u32,
    why: &'a str,
    file: &'a str,
    test: String,
    verdict: Verdict,
    seconds: f64,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let root = workspace::root();
    let mut mutations = listed::read(&root)?;
    let problems = listed::problems(&root, &mutations)?;
    anyhow::ensure!(problems.is_empty(), "xtask/mutations.toml:\n{}", problems.join("\n"));
    mutations.retain(|mutation| arguments.only.is_none_or(|only| only == mutation.invariant));
    anyhow::ensure!(!mutations.is_empty(), "there is no mutation of that invariant");
    // What everything else is built from comes last, so that most of it is built once.
    mutations.sort_by_key(Mutation::rank);
    let copied = Copied::of(&root, &workspace::target_folder()?.join("mutations"))?;

    let bar = ProgressBar::new(mutations.len() as u64);
    bar.set_style(ProgressStyle::with_template("{bar:24} {pos}/{len} {elapsed} {msg}")?);
    bar.set_message("the tests as they are");
    bar.tick();
    for (package, binary, names) in listed::binaries(&mutations) {
        let output = tried::test(&copied, package, binary, &names)?;
        for name in names {
            if tried::verdict(&output, name) != Verdict::Survived {
                bar.suspend(|| eprintln!("{output}"));
                anyhow::bail!("{package} {binary} {name} does not pass on unchanged sources");
            }
        }
    }
    let mut outcomes = Vec::new();
    for mutation in &mutations {
        bar.set_message(format!("{}: {}", mutation.invariant, mutation.why));
        let start = Instant::now();
        let output = copied.with(mutation, || {
            let test = &mutation.test;
            tried::test(&copied, &test.package, &test.binary, &[&test.name])
        })?;
        let verdict = tried::verdict(&output, &mutation.test.name);
        if verdict != Verdict::Caught {
            bar.suspend(|| eprintln!("{}: {}: {verdict}\n{output}", mutation.invariant, mutation.why));
        }
        let Mutation { invariant, file, why, test, .. } = mutation;
        let test = format!("{} {} {}", test.package, test.binary, test.name);
        let seconds = start.elapsed().as_secs_f64();
        outcomes.push(Outcome { invariant: *invariant, why, file, test, verdict, seconds });
        bar.inc(1);
    }
    bar.finish_and_clear();
    outcomes.sort_by_key(|outcome| outcome.invariant);
    Ok(print(&outcomes, arguments.json))
}

fn print(outcomes: &[Outcome<'_>], json: bool) -> ExitCode {
    let passed = outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Caught).count();
    let failed = outcomes.len() - passed;
    if json {
        println!("{:#}", serde_json::json!({ "mutations": outcomes, "passed": passed, "failed": failed }));
    } else {
        let mut table =
            plain_table::with_header(["invariant", "what is broken", "test", "verdict", "seconds"]);
        for Outcome { invariant, why, test, verdict, seconds, .. } in outcomes {
            let test = test.rsplit(' ').next().unwrap_or_default();
            let [invariant, verdict] = [invariant.to_string(), verdict.to_string()];
            table.add_row([&invariant, *why, test, &verdict, &format!("{seconds:.0}")]);
        }
        plain_table::print(&table);
        println!("{passed} passed, {failed} failed");
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
