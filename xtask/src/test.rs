//! `cargo xtask test`: everything there is to run, counted, in a folder that goes away.
//!
//! Knows what cargo's test runner prints, and nothing of what is tested.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use comfy_table::{CellAlignment, Table, presets};

use crate::{image, offspring, workspace};

/// Run every test of the workspace, documentation included, with nothing but a Rust toolchain and a C
/// compiler. Builds once, and the container image besides, counts per suite, leaves no process and no file behind, and ends
/// with a line `N passed, N failed`; only what could not be checked for want of something is told after it.
#[derive(clap::Args)]
pub struct Arguments {
    /// Run the campaigns that take minutes at full length: 200 random kills instead of 40.
    #[arg(long)]
    long: bool,
}

/// What one test binary, or one crate's documentation, came to.
struct Suite {
    name: String,
    passed: u64,
    failed: u64,
    seconds: f64,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    if Command::new("cc").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        anyhow::bail!("a C compiler is missing (`cc`): install gcc or clang, for SQLite");
    }
    // In the target folder, so that what a killed run leaves is swept by `cargo clean`.
    let target = workspace::target_folder()?;
    std::fs::create_dir_all(&target)?;
    let folder = tempfile::Builder::new().prefix("test-").tempdir_in(&target)?;
    offspring::adopt();

    // With a store that speaks S3: there is one to test against.
    let with = ["--workspace", "--locked", "--features", "creativestore-blobs/aws"];
    let built = workspace::cargo().arg("build").args(with).arg("--all-targets").status()?;
    if !built.success() {
        return Ok(ExitCode::FAILURE);
    }
    // What can be tested without one is.
    let image = image::to_test().inspect_err(|error| eprintln!("there is no image to test: {error:#}")).ok();
    let (reader, writer) = std::io::pipe()?;
    let mut cargo = workspace::cargo();
    cargo
        .arg("test")
        .args(with)
        .args(["--no-fail-fast", "--color", "never"])
        .env("TMPDIR", folder.path())
        .env("INSTA_UPDATE", "no")
        .env("CREATIVESTORE_TEST_PROGRAM", target.join("debug/creativestore"))
        .env("CREATIVESTORE_TEST_IMAGE", image.unwrap_or_else(|| folder.path().join("image")))
        .stdout(writer.try_clone()?)
        .stderr(writer);
    if arguments.long {
        cargo.env("CREATIVESTORE_TEST_LONG", "1");
    }
    let mut child = cargo.spawn().context("starting cargo test")?;
    drop(cargo); // and with it our copies of the writing end, so that reading comes to an end
    let Ran { suites, unchecked } = follow(BufReader::new(reader), &mut std::io::stdout())?;
    let success = child.wait()?.success();
    let left = offspring::left_running(Duration::from_secs(5));

    let (passed, failed) = print(&suites, start.elapsed());
    for process in &left {
        println!("left running: {process}");
    }
    println!("{passed} passed, {failed} failed");
    // Last, so that nobody takes for checked what was not.
    for line in &unchecked {
        println!("{line}");
    }
    let clean = success && failed == 0 && passed > 0 && left.is_empty();
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What ran, and what tests that passed say they could not check.
struct Ran {
    suites: Vec<Suite>,
    unchecked: Vec<String>,
}

/// How a test says so, on its standard error.
const UNCHECKED: &str = "not checked, for want of ";

/// Passes what cargo prints on, and counts.
fn follow(output: impl BufRead, onto: &mut impl Write) -> anyhow::Result<Ran> {
    let (mut suites, mut unchecked) = (Vec::new(), Vec::new());
    let mut name = String::new();
    for line in output.split(b'\n') {
        let line = line?;
        onto.write_all(&line)?;
        onto.write_all(b"\n")?;
        let line = String::from_utf8_lossy(&line);
        if let Some(started) = started(&line) {
            name = started;
        } else if let Some(suite) = ended(&line, &name) {
            suites.push(suite);
        } else if let Some(place) = line.find(UNCHECKED) {
            // Wherever in a line: the test runner may have begun it.
            unchecked.push(line[place..].to_owned());
        }
    }
    Ok(Ran { suites, unchecked })
}

/// The suite that a line announces: `Running unittests src/lib.rs (target/debug/deps/name-0123)` or
/// `Doc-tests name`.
fn started(line: &str) -> Option<String> {
    let line = line.trim_start();
    if let Some(name) = line.strip_prefix("Doc-tests ") {
        return Some(format!("{name} (documentation)"));
    }
    let (source, binary) = line.strip_prefix("Running ")?.strip_suffix(')')?.split_once(" (")?;
    let (name, _hash) = binary.rsplit('/').next()?.rsplit_once('-')?;
    Some(if source.starts_with("unittests") { name.to_owned() } else { format!("{name} ({source})") })
}

/// What a closing line says: `test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out;
/// finished in 0.00s`.
fn ended(line: &str, name: &str) -> Option<Suite> {
    let line = line.strip_prefix("test result: ")?;
    let before = |word: &str| line.split(word).next()?.rsplit(' ').next()?.parse().ok();
    let seconds = line.rsplit("finished in ").next()?.strip_suffix('s')?.parse().ok()?;
    Some(Suite { name: name.to_owned(), passed: before(" passed")?, failed: before(" failed")?, seconds })
}

fn print(suites: &[Suite], took: Duration) -> (u64, u64) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header(["suite", "passed", "failed", "seconds"]);
    for suite in suites.iter().filter(|suite| suite.passed + suite.failed > 0) {
        table.add_row([
            suite.name.clone(),
            suite.passed.to_string(),
            suite.failed.to_string(),
            format!("{:.2}", suite.seconds),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}\nall of it, with building: {} s", took.as_secs());
    suites.iter().fold((0, 0), |(passed, failed), suite| (passed + suite.passed, failed + suite.failed))
}

#[cfg(test)]
mod tests {
    use super::{Ran, follow};

    #[test]
    fn suites_are_counted_by_what_cargo_prints() {
        let output = "     Running unittests src/lib.rs (target/debug/deps/creativestore_domain-0a1b)\n\
                      test a ... not checked, for want of a folder: A, B\n\
                      ok\n\
                      test result: FAILED. 41 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.25s\n\
                      \x20    Running tests/drain.rs (target/debug/deps/drain-0a1b)\n\
                      test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.50s\n\
                      \x20  Doc-tests creativestore_domain\n\
                      test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        let Ran { suites, unchecked } = follow(output.as_bytes(), &mut Vec::new()).unwrap();
        assert_eq!(unchecked, ["not checked, for want of a folder: A, B"]);
        let counted: Vec<_> =
            suites.iter().map(|suite| (suite.name.as_str(), suite.passed, suite.failed)).collect();
        assert_eq!(
            counted,
            [
                ("creativestore_domain", 41, 2),
                ("drain (tests/drain.rs)", 3, 0),
                ("creativestore_domain (documentation)", 1, 0)
            ]
        );
    }
}
