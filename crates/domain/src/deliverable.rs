//! Whether a creative may be delivered, decided in one place for everyone who hands it out.

use crate::check::{CheckRun, Outcome};
use crate::creative::{Creative, RevisionRef};
use crate::format::FormatId;
use crate::states::Status;
use crate::time::Timestamp;

/// Why a creative may not be delivered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDeliverable {
    /// It is not approved.
    #[error("it is `{status}`, not `approved`", status = .0.as_str())]
    Status(Status),
    /// Its rights do not cover this moment.
    #[error("its rights do not cover this moment")]
    Rights,
    /// A hard rule of the format that it should run as is broken.
    #[error("it fails a hard check of format `{0}`")]
    Format(FormatId),
    /// It fails a hard check that holds everywhere.
    #[error("it fails a hard check")]
    Checks,
}

/// The revision to deliver now: approved, not suspended, not archived, rights cover `now`, and no failed hard
/// check for the target (without a target: in none of its reports). `run` is the newest check run of the
/// active revision.
pub fn deliverable(
    creative: &Creative,
    run: Option<&CheckRun>,
    now: Timestamp,
    target: Option<&FormatId>,
) -> Result<RevisionRef, NotDeliverable> {
    let status = creative.status();
    let (Status::Approved, Some(active)) = (status, creative.active) else {
        return Err(NotDeliverable::Status(status));
    };
    if !creative.metadata.rights.covers(now) {
        return Err(NotDeliverable::Rights);
    }
    let reports = run.map(|run| run.reports.as_slice()).unwrap_or_default();
    for report in reports.iter().filter(|report| report.outcome() == Outcome::Failed) {
        match (&report.format, target) {
            (None, _) | (Some(_), None) => return Err(NotDeliverable::Checks),
            (Some((format, _)), Some(target)) if format == target => {
                return Err(NotDeliverable::Format(target.clone()));
            }
            (Some(_), Some(_)) => {}
        }
    }
    Ok(active)
}
