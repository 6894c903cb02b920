//! `cargo xtask tidy`: the invariants of the house, checked from the manifests and the files.
//!
//! Knows how the house is built and nothing of what it does. ARCHITECTURE.md says why the rules are as they are.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cargo_metadata::Metadata;

use crate::workspace;

mod documents;
mod edges;
mod source;
mod sql;
#[cfg(test)]
mod tests;

/// Check the invariants of the house: which crate may see which, what a source file must and must not hold,
/// that every statement is used and every link in the documents leads somewhere. Lists all violations, each
/// with its place and how to mend it, and fails when there is one. Runs as a test, too.
#[derive(clap::Args)]
pub struct Arguments {}

/// One broken rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule's short name.
    pub rule: &'static str,
    /// The file, and the line where there is one.
    pub place: String,
    /// What was found there.
    pub found: String,
    /// How to mend it.
    pub mend: &'static str,
}

/// One text file of the repository.
struct File {
    /// Relative to the root, with `/`.
    path: String,
    text: String,
}

/// Checks everything and prints what is wrong.
pub fn run(_: &Arguments) -> anyhow::Result<ExitCode> {
    let root = workspace::root();
    let violations = check(&root, &workspace::metadata(&root)?)?;
    for violation in &violations {
        eprintln!("{violation}");
    }
    if violations.is_empty() {
        println!("tidy: every invariant holds");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("tidy: {} violations", violations.len());
    Ok(ExitCode::FAILURE)
}

/// Every violation under `root`, whose manifests say `metadata`, in the order of places.
pub fn check(root: &Path, metadata: &Metadata) -> anyhow::Result<Vec<Violation>> {
    let mut paths = Vec::new();
    walk(root, &mut paths)?;
    paths.sort();
    let mut rust = Vec::new();
    let mut statements = Vec::new();
    let mut documents = Vec::new();
    for path in paths {
        let group = match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => &mut rust,
            Some("sql") => &mut statements,
            Some("md") => &mut documents,
            _ => continue,
        };
        let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
        group.push(File { path: relative, text: std::fs::read_to_string(&path)? });
    }
    let mut violations = edges::check(root, metadata)?;
    violations.extend(edges::check_names(&rust, metadata));
    violations.extend(source::check(&rust));
    violations.extend(sql::check(&statements, &rust));
    violations.extend(documents::check(root, &documents));
    violations.sort_by(|a, b| a.place.cmp(&b.place).then(a.rule.cmp(b.rule)));
    Ok(violations)
}

/// Collects the files that belong to the repository: not what is built, kept or hidden.
fn walk(folder: &Path, into: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && name != "target" && name != "data" {
                walk(&entry.path(), into)?;
            }
        } else {
            into.push(entry.path());
        }
    }
    Ok(())
}

impl std::fmt::Display for Violation {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(to, "{}: {}: {}", self.place, self.rule, self.found)?;
        write!(to, "    {}", self.mend)
    }
}
