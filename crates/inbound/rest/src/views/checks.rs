//! Formats and checks over the wire.

use creativestore_domain::check::{Check, CheckRun, Report};
use creativestore_domain::format::{Format, Rule, Severity};
use creativestore_wire::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;

/// One rule applied to one revision.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckView {
    /// The rule.
    #[schema(example = "dimensions")]
    pub rule: String,
    /// `passed`, `warning` or `failed`.
    pub outcome: String,
    /// Where: a slot, then what is inside it.
    #[schema(example = "assets/bundle/index.html")]
    pub at: String,
    /// What was found.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
    /// Whose rule it is: standard and section.
    pub source: String,
    /// What to do; empty when it passed.
    pub fix: String,
}

/// The checks of one format, or of integrity.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// The format; null for integrity: what every creative must pass.
    pub format: Option<String>,
    /// The format's version.
    pub format_version: Option<u32>,
    /// The worst outcome.
    pub outcome: String,
    /// The checks, in the order of the rules.
    pub checks: Vec<CheckView>,
}

impl From<Report> for ReportView {
    fn from(report: Report) -> Self {
        let outcome = report.outcome().as_str().to_owned();
        let Report { format, checks } = report;
        let check = |check: Check| {
            let Check { rule, outcome, at, found, allowed, source, fix } = check;
            CheckView { rule, outcome: outcome.as_str().into(), at, found, allowed, source, fix }
        };
        Self {
            format: format.as_ref().map(|(id, _)| id.to_string()),
            format_version: format.map(|(_, version)| version),
            outcome,
            checks: checks.into_iter().map(check).collect(),
        }
    }
}

/// All reports on one revision.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckRunView {
    /// Its id.
    pub id: String,
    /// When.
    pub at: String,
    /// The version of the engine.
    pub checker: u32,
    /// The worst outcome.
    pub outcome: String,
    /// Integrity first, then one report per format that the manifest names.
    pub reports: Vec<ReportView>,
}

impl From<CheckRun> for CheckRunView {
    fn from(run: CheckRun) -> Self {
        let outcome = run.outcome().as_str().to_owned();
        let CheckRun { id, at, checker, reports } = run;
        let reports = reports.into_iter().map(Into::into).collect();
        Self { id: id.to_string(), at: rfc3339(at), checker, outcome, reports }
    }
}

/// A format of the catalogue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FormatView {
    /// Its id.
    pub id: String,
    /// Raised with every change of its rules.
    pub version: u32,
    /// What people call it.
    pub name: String,
    /// Whose it is.
    pub owner: String,
    /// The kind of creative that it takes.
    pub kind: String,
    /// The slot's width in CSS pixels, where there is just one.
    pub width: Option<u32>,
    /// The slot's height in CSS pixels, where there is just one.
    pub height: Option<u32>,
    /// Its rules.
    pub rules: Vec<RuleView>,
}

/// One rule of a format.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleView {
    /// Unique in its format.
    pub id: String,
    /// What breaking it means: `fail` or `warn`.
    pub severity: String,
    /// Whose rule it is: standard and section.
    pub source: String,
    /// What to do when it is broken.
    pub fix: String,
}

impl From<&Format> for FormatView {
    fn from(format: &Format) -> Self {
        let Format { id, version, name, owner, kind, size, rules } = format;
        let rule = |rule: &Rule| {
            let Rule { id, severity, test: _, source, fix } = rule;
            let severity = match severity {
                Severity::Fail => "fail",
                Severity::Warn => "warn",
            };
            RuleView { id: id.clone(), severity: severity.into(), source: source.clone(), fix: fix.clone() }
        };
        Self {
            id: id.to_string(),
            version: *version,
            name: name.to_string(),
            owner: owner.clone(),
            kind: kind.as_str().into(),
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            rules: rules.iter().map(rule).collect(),
        }
    }
}
