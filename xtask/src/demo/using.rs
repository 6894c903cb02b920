//! Decisions, and putting to use what was approved. Knows how both are asked for.

use serde_json::json;

use super::job::{Job, Work};
use super::wrong::{Wrong, equal, must, text, with_status};

/// The package and the media buy that everything is used in.
pub const PACKAGE: &str = "pkg-samples";
pub const MEDIA_BUY: &str = "mb-samples";

impl<'a> Job<'a> {
    /// Decides on the revision that was seen, as the sample says.
    pub fn review(&self, work: &mut Work<'a>) -> Result<(), Wrong> {
        let Some(review) = &work.sample.review else { return Ok(()) };
        let rejects = review.decision == "reject";
        let body = json!({
            "decision": review.decision,
            "reason_code": rejects.then_some("review_failure"),
            "note": review.note,
        });
        let answer = self.client.post(&self.about(&work.path("/revisions/1/reviews")), &body)?;
        let decided = with_status(&answer, 201)?;
        equal(&decided, "/review/decision", review.decision.as_str())?;
        equal(&decided, "/review/revision", 1)?;
        equal(&decided, "/review/sha256", work.revision.as_str())?;
        equal(&decided, "/creative/status", work.sample.final_status())
    }

    /// Puts an approved creative to use; tries the others, which must be refused.
    pub fn assign(&self, work: &mut Work<'a>) -> Result<(), Wrong> {
        let body = json!({
            "creative": work.id,
            "package": PACKAGE,
            "media_buy": MEDIA_BUY,
            "format": work.sample.formats.first(),
        });
        let answer = self.client.post(&self.about("/v1/assignments"), &body)?;
        if !work.sample.approved() {
            return must(
                answer.status == 409,
                || "status 409, since it cannot be delivered".into(),
                || answer.told(),
            );
        }
        let assignment = with_status(&answer, 201)?;
        equal(&assignment, "/creative", work.id.as_str())?;
        equal(&assignment, "/package", PACKAGE)?;
        work.assignment = Some(text(&assignment, "/id")?);
        Ok(())
    }
}
