//! The result of asking a format's rules of one revision: checks that say where, what was found, what is
//! allowed, whose rule it is and how to mend it.

use crate::format::FormatId;
use crate::id::CheckRunId;
use crate::time::Timestamp;

/// How one check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// As it must be.
    Passed,
    /// Against a recommendation, or it could not be looked at.
    Warning,
    /// Against a hard rule.
    Failed,
}

impl Outcome {
    /// Every outcome, from best to worst.
    pub const ALL: [Self; 3] = [Self::Passed, Self::Warning, Self::Failed];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }

    /// The outcome of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// One rule applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The rule's id: `dimensions`; for integrity checks the refusal's code: `bomb`.
    pub rule: String,
    /// How it went.
    pub outcome: Outcome,
    /// Where: a slot, then what is inside it: `assets/bundle/index.html`.
    pub at: String,
    /// What was found, for people: `728x90`, `212,004 bytes`.
    pub found: String,
    /// What is allowed, for people.
    pub allowed: String,
    /// Whose rule: standard and section.
    pub source: String,
    /// What to do; empty when it passed.
    pub fix: String,
}

/// The checks of one format, or of integrity when there is no format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The format and its version; `None` for integrity: what every creative must pass.
    pub format: Option<(FormatId, u32)>,
    /// The checks, in the order of the rules.
    pub checks: Vec<Check>,
}

impl Report {
    /// The worst outcome; passed when nothing was asked.
    pub fn outcome(&self) -> Outcome {
        self.checks.iter().map(|check| check.outcome).max().unwrap_or(Outcome::Passed)
    }
}

/// All reports on one revision, made at one moment with one version of the checker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRun {
    /// Its id.
    pub id: CheckRunId,
    /// When.
    pub at: Timestamp,
    /// The version of the engine.
    pub checker: u32,
    /// Integrity first, then one report per format that the manifest names.
    pub reports: Vec<Report>,
}

/// The version of the engine: raised whenever the same facts and rules would give other checks.
pub const CHECKER_VERSION: u32 = 1;

impl CheckRun {
    /// The worst outcome of all reports.
    pub fn outcome(&self) -> Outcome {
        self.reports.iter().map(Report::outcome).max().unwrap_or(Outcome::Passed)
    }
}
