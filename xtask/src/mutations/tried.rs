//! Running named tests in the copy, and reading what cargo prints about them. Knows no mutation.

use std::fmt;
use std::process::Command;

use anyhow::Context as _;
use serde::Serialize;

use super::copied::Copied;

/// What a test says of a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It failed, as it must.
    Caught,
    /// It passed: it does not guard this.
    Survived,
    /// It did not run: the mutation does not compile, or there is no such test.
    NotRun,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Caught => "caught",
            Self::Survived => "SURVIVED",
            Self::NotRun => "DID NOT RUN",
        })
    }
}

/// Runs just these tests; what cargo printed, compiler errors included.
pub fn test(copied: &Copied, package: &str, binary: &str, names: &[&str]) -> anyhow::Result<String> {
    let done = Command::new(env!("CARGO"))
        .current_dir(&copied.sources)
        .args(["test", "--locked", "--color", "never", "--package", package, "--test", binary, "--"])
        .arg("--exact")
        .args(names)
        .env("CARGO_TARGET_DIR", &copied.target)
        .env("RUST_BACKTRACE", "0")
        .env("INSTA_UPDATE", "no")
        .output()
        .context("starting cargo test")?;
    let (out, error) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    Ok(format!("{error}{out}"))
}

/// What the output says of the test. Only its own line counts: that something else failed, or that nothing was
/// built, says nothing about it.
pub fn verdict(output: &str, name: &str) -> Verdict {
    let line = format!("test {name} ... ");
    match output.lines().find_map(|found| found.strip_prefix(&line)) {
        Some("FAILED") if output.contains("\ntest result: FAILED. ") => Verdict::Caught,
        Some("ok") => Verdict::Survived,
        _ => Verdict::NotRun,
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, verdict};

    #[test]
    fn only_the_failure_of_the_named_test_counts_as_caught() {
        let failed = "running 1 test\ntest a::b ... FAILED\n\ntest result: FAILED. 0 passed; 1 failed;\n";
        assert_eq!(verdict(failed, "a::b"), Verdict::Caught);
        assert_eq!(verdict(failed, "b"), Verdict::NotRun);
        assert_eq!(verdict("test a::b ... ok\n\ntest result: ok. 1 passed;\n", "a::b"), Verdict::Survived);
        assert_eq!(
            verdict("error[E0308]: mismatched types\nerror: could not compile\n", "a::b"),
            Verdict::NotRun
        );
        assert_eq!(verdict("running 0 tests\n\ntest result: ok. 0 passed;\n", "a::b"), Verdict::NotRun);
    }
}
