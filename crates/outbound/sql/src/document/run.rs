//! A check run as a document.

use creativestore_domain::check::{Check, CheckRun, Outcome, Report};
use creativestore_domain::format::FormatId;
use creativestore_domain::id::CheckRunId;
use creativestore_domain::time::Timestamp;
use creativestore_ports::store::StoreError;
use serde::{Deserialize, Serialize};

use super::{read, word, write};
use crate::corrupt;

#[derive(Serialize, Deserialize)]
struct RunTwin {
    id: String,
    at: i64,
    checker: u32,
    reports: Vec<ReportTwin>,
}

#[derive(Serialize, Deserialize)]
struct ReportTwin {
    format: Option<(String, u32)>,
    checks: Vec<CheckTwin>,
}

#[derive(Serialize, Deserialize)]
struct CheckTwin {
    rule: String,
    outcome: String,
    at: String,
    found: String,
    allowed: String,
    source: String,
    fix: String,
}

/// A check run as it is kept.
pub fn run_text(run: &CheckRun) -> String {
    let CheckRun { id, at, checker, reports } = run;
    let check = |check: &Check| {
        let Check { rule, outcome, at, found, allowed, source, fix } = check.clone();
        CheckTwin { rule, outcome: outcome.as_str().into(), at, found, allowed, source, fix }
    };
    let report = |report: &Report| {
        let Report { format, checks } = report;
        ReportTwin {
            format: format.as_ref().map(|(id, version)| (id.to_string(), *version)),
            checks: checks.iter().map(check).collect(),
        }
    };
    let reports = reports.iter().map(report).collect();
    write(&RunTwin { id: id.to_string(), at: at.micros(), checker: *checker, reports })
}

/// A check run as it was kept.
pub fn run_from(text: &str) -> Result<CheckRun, StoreError> {
    let RunTwin { id, at, checker, reports } = read("check run", text)?;
    let check = |twin: CheckTwin| {
        let CheckTwin { rule, outcome, at, found, allowed, source, fix } = twin;
        let outcome = word("check outcome", &outcome, Outcome::parse)?;
        Ok(Check { rule, outcome, at, found, allowed, source, fix })
    };
    let report = |ReportTwin { format, checks }| {
        let format = format.map(|(id, version)| {
            let id = FormatId::parse(&id).map_err(|_| corrupt("format id", &id))?;
            Ok((id, version))
        });
        Ok(Report {
            format: format.transpose()?,
            checks: checks.into_iter().map(check).collect::<Result<_, StoreError>>()?,
        })
    };
    Ok(CheckRun {
        id: CheckRunId::parse(&id).map_err(|_| corrupt("check run id", &id))?,
        at: Timestamp::from_micros(at),
        checker,
        reports: reports.into_iter().map(report).collect::<Result<_, StoreError>>()?,
    })
}
