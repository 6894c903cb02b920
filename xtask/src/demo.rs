//! `cargo xtask demo`: the product on a fresh folder, with the samples taken through the whole of its main job.
//!
//! Starts and ends; what is done in between is `demo/job.rs`, which knows nothing of processes and folders.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::ensure;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::service::{self, Start};
use crate::{interrupt, offspring, workspace};

mod intake;
pub mod job;
mod looking;
mod outgoing;
mod reading;
pub mod samples;
mod table;
mod using;
mod wrong;

use job::Job;
use samples::Samples;

/// See it work: builds the service, starts it on a fresh folder, takes the creatives of samples/ through the whole
/// job over its API (sign in, account, concepts, bytes, creatives, inspection, checks, review, assignment, tag,
/// preview), reads everything back, prints what became of each, and goes on serving until Ctrl-C. The folder goes
/// away at the end.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 when everything went as samples/samples.toml says it must, 1 when something did not (each is listed: which \
creative, which stage, what was due, what came), 130 when interrupted.

Examples:
  cargo xtask demo                       look around afterwards, at the addresses that it prints
  cargo xtask demo --once                the table, then the end: for scripts and CI
  cargo xtask demo --once --json         the same for a program to read
  cargo xtask demo --once --only aurora-vast --only wrong-vast
  cargo xtask demo --once --url http://127.0.0.1:8080 --one-time-token cs_ott_…")]
pub struct Arguments {
    /// End after the table.
    #[arg(long)]
    once: bool,
    /// Print one JSON object instead of tables.
    #[arg(long)]
    json: bool,
    /// Only this creative of the samples, by its external id; may be repeated.
    #[arg(long, value_name = "EXTERNAL_ID")]
    only: Vec<String>,
    /// Another document of samples, with the files beside it.
    #[arg(long, value_name = "FILE")]
    samples: Option<PathBuf>,
    /// Build with optimisations; takes minutes instead of seconds.
    #[arg(long, conflicts_with = "program")]
    release: bool,
    /// Start this binary instead of building one.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Start nothing: do the job with the service at this address.
    #[arg(long, requires = "one_time_token", conflicts_with_all = ["program", "release"])]
    url: Option<String>,
    /// What its first administrator signs in with.
    #[arg(long, requires = "url")]
    one_time_token: Option<String>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    interrupt::watch()?;
    offspring::adopt();
    let ended = whole(arguments);
    let left = offspring::left_running(Duration::from_secs(5));
    ensure!(left.is_empty(), "left running, and killed now: {}", left.join(", "));
    if interrupt::came() && arguments.once {
        eprintln!("interrupted");
        return Ok(interrupt::EXIT_CODE.into());
    }
    ended
}

fn whole(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let path = arguments.samples.clone().unwrap_or_else(|| workspace::root().join("samples/samples.toml"));
    let samples = Samples::read(&path, &arguments.only)?;
    if let (Some(url), Some(token)) = (&arguments.url, &arguments.one_time_token) {
        return shown(arguments, &samples, url, token);
    }
    let program = match &arguments.program {
        Some(program) => std::path::absolute(program)?,
        None => service::build(arguments.release)?,
    };
    let folder = tempfile::Builder::new().prefix("creativestore-demo-").tempdir()?;
    let start = Start { program: &program, folder: folder.path(), port: 0, settings: &[], aloud: false };
    let mut service = start.start()?;
    let Some(token) = service.one_time_token.clone() else {
        anyhow::bail!("the service has a user already, on a fresh folder");
    };
    let code = shown(arguments, &samples, &service.url, &token)?;
    if !arguments.once {
        let below = folder.path().display();
        let serving = format!("\nServing until Ctrl-C. Everything is below {below}, and goes away then.");
        // Standard output is for the object alone.
        if arguments.json {
            eprintln!("{serving}");
        } else {
            println!("{serving}");
        }
        std::io::stdout().flush()?;
        service.serve()?;
    }
    service.end()?;
    folder.close()?;
    Ok(code)
}

/// Does the job and tells what came of it.
fn shown(arguments: &Arguments, samples: &Samples, url: &str, token: &str) -> anyhow::Result<ExitCode> {
    let progress = progress();
    let job = Job::run(samples, url, token, &progress)?;
    if arguments.json {
        println!("{}", table::json(&job));
    } else {
        table::print(&job);
        table::print_addresses(&job);
        if !arguments.once {
            table::print_sign_in(&job)?;
        }
    }
    if job.mismatches.is_empty() {
        if !arguments.json {
            println!("\n{} creatives, and everything went as it must.", job.works.len());
        }
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("\nNot everything went as {} mismatches say:", job.mismatches.len());
    for mismatch in &job.mismatches {
        eprintln!("  {mismatch}");
    }
    Ok(ExitCode::FAILURE)
}

/// A bar on standard error, when that is a terminal.
pub fn progress() -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style =
        ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").expect("the template is well-formed");
    ProgressBar::with_draw_target(None, target).with_style(style)
}
