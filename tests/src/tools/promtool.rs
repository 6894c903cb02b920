//! `promtool`, which comes with Prometheus.

use std::path::Path;
use std::process::Command;

use crate::servers::{done, packages};

/// Checks a file of rules; what is wrong with it is the error.
pub fn check(rules: &Path) -> anyhow::Result<String> {
    tool(&["check", "rules"], rules)
}

/// Runs a file of tests of rules; what came out otherwise is the error.
pub fn test(tests: &Path) -> anyhow::Result<String> {
    tool(&["test", "rules"], tests)
}

fn tool(arguments: &[&str], file: &Path) -> anyhow::Result<String> {
    let program = packages::program("promtool", "prometheus")?;
    done(Command::new(program).args(arguments).arg(file))
}
