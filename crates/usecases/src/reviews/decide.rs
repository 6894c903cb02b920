//! A reviewer's decision on the revision that they saw.

use creativestore_domain::access::Permission;
use creativestore_domain::creative::Creative;
use creativestore_domain::id::{CreativeId, ReviewId};
use creativestore_domain::review::{Decision, Review, ReviewScope};
use creativestore_domain::revision::RevisionNo;
use creativestore_domain::states::Reason;
use creativestore_domain::text::Note;
use creativestore_ports::idempotency::Outcome;

use crate::caller::Caller;
use crate::failure::{Failure, FieldError};
use crate::inside::Inside;
use crate::ledger;
use crate::once::{Done, IdempotencyKey, Once, mismatch};

/// What was decided.
#[derive(Clone, Debug)]
pub struct Decide {
    /// Of which creative.
    pub creative: CreativeId,
    /// The revision that the reviewer saw.
    pub revision: RevisionNo,
    /// What was decided.
    pub decision: Decision,
    /// Why; a rejection needs one.
    pub reason: Option<Reason>,
    /// What the reviewer has to say.
    pub note: Option<Note>,
}

/// Records a decision. Refused when a newer revision has come since.
pub async fn decide(
    inside: &Inside,
    caller: &Caller,
    request: Decide,
    key: Option<&IdempotencyKey>,
) -> Result<Done<(Review, Creative)>, Failure> {
    let account = caller.account(Permission::Review)?;
    if request.decision == Decision::Reject && request.reason.is_none() {
        let detail = "a rejection needs a reason: `review_failure`";
        return Err(Failure::Invalid(vec![FieldError::new("/reason_code", detail)]));
    }
    let once = Once::new(caller.actor, key, &("reviews.decide", account, &request));
    let Decide { creative: id, revision: no, decision, reason, note } = request;
    let mut work = inside.write().await?;
    match once.before(work.as_mut()).await? {
        Some(Outcome::Review { review, creative }) => return Ok(Done::before((review, *creative))),
        Some(_) => return Err(mismatch()),
        None => {}
    }
    let creative = work.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    let revision = work.revisions().get(account, id, no).await?.ok_or(Failure::NotFound("revision"))?;
    let stamp = inside.stamp(caller.actor);
    let change = creative.review(no, decision, reason, note.clone(), stamp)?;
    let creative = ledger::keep(&mut work, inside, &caller.origin, change, None).await?;
    let usual = if decision == Decision::Approve { Reason::ReviewPassed } else { Reason::ReviewFailure };
    let review = Review {
        id: inside.id(ReviewId::new),
        account,
        creative: id,
        revision: no,
        hash: revision.hash,
        scope: ReviewScope::Library,
        decision,
        reason: reason.unwrap_or(usual),
        note,
        by: caller.actor,
        at: stamp.at,
    };
    work.reviews().insert(&review).await?;
    let outcome = || Outcome::Review { review: review.clone(), creative: Box::new(creative.clone()) };
    once.keep(work.as_mut(), inside, outcome).await?;
    work.commit().await?;
    inside.wake.outbox.notify_one();
    Ok(Done::now((review, creative)))
}
