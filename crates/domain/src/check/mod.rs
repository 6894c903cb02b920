//! The check engine: asks a format's rules of a manifest and of what was measured in it. Every check says where,
//! what was found, what is allowed, whose rule it is and how to mend it. Pure: the same content, facts and format
//! give the same checks.

mod answer;
mod ask;
mod bundle;
mod integrity;
mod picture;
mod video;
mod words;

use std::collections::BTreeMap;

pub use integrity::{integrity, refused};

use crate::facts::Facts;
use crate::format::{Format, FormatId, Severity};
use crate::id::CheckRunId;
use crate::manifest::Manifest;
use crate::time::Timestamp;
use answer::Answer;

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

/// What was measured, by slot. Assets that stay elsewhere have none.
pub type FactsOf = BTreeMap<String, Facts>;

/// Applies every rule of a format. A rule that cannot be answered, because content stays elsewhere, is a warning.
pub fn check(format: &Format, manifest: &Manifest, facts: &FactsOf) -> Report {
    let named = Some((format.id.clone(), format.version));
    if manifest.kind() != format.kind {
        let check = Check {
            rule: "kind".into(),
            outcome: Outcome::Failed,
            at: "kind".into(),
            found: manifest.kind().as_str().into(),
            allowed: format.kind.as_str().into(),
            source: format.owner.clone(),
            fix: "Choose a format that takes creatives of this kind.".into(),
        };
        return Report { format: named, checks: vec![check] };
    }
    let content = ask::Content { manifest, facts };
    let refused = facts.values().any(|facts| matches!(facts, Facts::Refused(_)));
    let unknown = if refused { answer::NOT_READ } else { answer::NOT_INSPECTED };
    let checks = format.rules.iter().map(|rule| {
        let Answer { verdict, at, found, allowed } = ask::ask(&rule.test, &content);
        let (outcome, fix) = match (verdict, rule.severity) {
            (answer::Verdict::Kept, _) => (Outcome::Passed, String::new()),
            (answer::Verdict::Broken, Severity::Fail) => (Outcome::Failed, rule.fix.clone()),
            (answer::Verdict::Broken, Severity::Warn) => (Outcome::Warning, rule.fix.clone()),
            (answer::Verdict::Unknown, _) => (Outcome::Warning, unknown.into()),
        };
        Check { rule: rule.id.clone(), outcome, at, found, allowed, source: rule.source.clone(), fix }
    });
    Report { format: named, checks: checks.collect() }
}
