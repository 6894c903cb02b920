//! `cargo xtask corpus`: files that nobody here made, through the real service, judged by what others say of them.
//!
//! Knows where which files lie and how they are put in; `corpus/images.rs` and `corpus/vast.rs` judge.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::Value;
use ureq::http::Method;

use crate::account::{Account, due};
use crate::service::{self, Start, UNLIMITED};
use crate::{demo, interrupt, plain_table};

mod images;
mod pixels;
mod vast;

/// Put a folder of real-world files through the service: pictures of every odd kind (images/) must be understood as
/// their own headers say or refused for a reason that is told; VAST documents (vast/samples/) must be read as xmllint
/// reads them and judged as their schemas (vast/xsd/) do; hostile files (svg/) must be refused. Nothing may break the
/// process that looks inside.
#[derive(clap::Args)]
#[command(after_help = "\
What is absent is skipped, and said. Needs xmllint for VAST documents. Ends with a line `N passed, N failed`; exit code \
1 when something failed.")]
pub struct Arguments {
    /// Where the files are.
    folder: PathBuf,
    /// Start this binary instead of building one.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// What became of one file.
struct Finding {
    file: String,
    /// What the service says it is.
    found: String,
    /// What is wrong with that.
    wrong: Option<String>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if !arguments.folder.is_dir() {
        println!("skipped: there is no folder {}", arguments.folder.display());
        println!("0 passed, 0 failed");
        return Ok(ExitCode::SUCCESS);
    }
    interrupt::watch()?;
    let root = arguments.folder.as_path();
    let pictures = files(root, "images", &["png", "jpg", "jpeg", "gif", "webp"])?;
    let documents = files(root, "vast/samples", &["xml"])?;
    let hostile = files(root, "svg", &["svg"])?;
    if !documents.is_empty() {
        vast::check_tool()?;
    }
    let program = match &arguments.program {
        Some(program) => std::path::absolute(program)?,
        None => service::build(false)?,
    };
    let folder = tempfile::Builder::new().prefix("creativestore-corpus-").tempdir()?;
    let start =
        Start { program: &program, folder: folder.path(), port: 0, settings: &UNLIMITED, aloud: false };
    let service = start.start()?;
    let account = Account::on(&service)?;

    let progress = demo::progress();
    progress.set_length((pictures.len() + documents.len() + hostile.len()) as u64);
    let mut findings = Vec::new();
    let mut judge = |files: &[PathBuf], judge: &dyn Fn(&Path) -> anyhow::Result<Finding>| {
        for path in files {
            let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
            progress.set_message(name.clone());
            let judged = judge(path).with_context(|| name.clone());
            interrupt::check()?;
            let broken = |error: anyhow::Error| Finding {
                file: String::new(),
                found: "–".into(),
                wrong: Some(format!("{error:#}")),
            };
            findings.push(Finding { file: name, ..judged.unwrap_or_else(broken) });
            progress.inc(1);
        }
        anyhow::Ok(())
    };
    judge(&pictures, &|path| images::judge(&account, path))?;
    judge(&documents, &|path| vast::judge(&account, path, &root.join("vast/xsd")))?;
    judge(&hostile, &|path| images::judge_hostile(&account, path))?;
    progress.finish_and_clear();
    service.end()?;
    folder.close()?;
    Ok(told(&findings))
}

fn told(findings: &[Finding]) -> ExitCode {
    let mut table = plain_table::with_header(["file", "found", ""]);
    for Finding { file, found, wrong } in findings {
        table.add_row([file.as_str(), found, wrong.as_ref().map_or("", |_| "FAILED")]);
    }
    plain_table::print(&table);
    let failed: Vec<_> = findings.iter().filter_map(|it| Some((&it.file, it.wrong.as_ref()?))).collect();
    for (file, wrong) in &failed {
        println!("{file}: {wrong}");
    }
    println!("{} passed, {} failed", findings.len() - failed.len(), failed.len());
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The files below a folder with one of these endings, in the order of their names.
fn files(root: &Path, below: &str, endings: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
    let folder = root.join(below);
    let mut found = Vec::new();
    if folder.is_dir() {
        walk(&folder, endings, &mut found)?;
    }
    if found.is_empty() {
        println!("skipped: there are no {} files in {}", endings.join(" or "), folder.display());
    }
    found.sort();
    Ok(found)
}

fn walk(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, endings, found)?;
        } else if path
            .extension()
            .is_some_and(|it| endings.iter().any(|ending| it.eq_ignore_ascii_case(ending)))
        {
            found.push(path);
        }
    }
    Ok(())
}

/// Puts bytes in, and says what they are called and what was measured in them, read as this type of asset.
fn measured(account: &Account, bytes: &[u8], asset: &str) -> anyhow::Result<(String, Value)> {
    let headers = [("content-type", "application/octet-stream")];
    let answer = account.client.ask(Method::POST, &account.path("/v1/blobs"), &headers, Some(bytes))?;
    // The same bytes may lie there under two names.
    anyhow::ensure!(matches!(answer.status, 200 | 201), "{}", answer.told());
    let sha256 = answer.json()["sha256"].as_str().context("a hash")?.to_owned();
    let path = account.path(&format!("/v1/blobs/{sha256}/facts?as={asset}"));
    Ok((sha256, due(&account.client.get(&path)?, 200)?))
}

/// What a refusal says, and what is wrong with it when it says too little.
fn refused(facts: &Value) -> (String, Option<String>) {
    let reasons = facts["reasons"].as_array().map(Vec::as_slice).unwrap_or_default();
    let said = |reason: &Value, part: &str| reason[part].as_str().unwrap_or_default().to_owned();
    let told: Vec<_> = reasons
        .iter()
        .map(|it| format!("{}: {}; allowed: {}", said(it, "code"), said(it, "found"), said(it, "allowed")))
        .collect();
    let unclear = reasons.iter().any(|it| said(it, "found").is_empty() || said(it, "allowed").is_empty());
    let wrong = if reasons.iter().any(|it| it["code"] == "inspection_failed") {
        Some("it broke the process that looks inside, or took too much of it".to_owned())
    } else if reasons.is_empty() || unclear {
        Some("refused without saying what was found and what is allowed".to_owned())
    } else {
        None
    };
    (format!("refused: {}", told.join("; ")), wrong)
}
