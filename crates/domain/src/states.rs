//! The state table: which step leads from where to where, who may take it, and for which reasons. Everything
//! that is not in the table is refused, naming what is possible instead.

use crate::words::words;

/// Where a creative stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Being looked inside and checked.
    Processing,
    /// Waiting for a decision.
    PendingReview,
    /// May run.
    Approved,
    /// May not run until a cause is gone.
    Suspended,
    /// May not run.
    Rejected,
    /// Put away by its owner.
    Archived,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::Processing,
        Self::PendingReview,
        Self::Approved,
        Self::Suspended,
        Self::Rejected,
        Self::Archived,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::PendingReview => "pending_review",
            Self::Approved => "approved",
            Self::Suspended => "suspended",
            Self::Rejected => "rejected",
            Self::Archived => "archived",
        }
    }

    /// The status of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A step that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Every asset was inspected and passed its hard checks.
    PassInspection,
    /// A hard check failed.
    FailInspection,
    /// A reviewer lets it run.
    Approve,
    /// A reviewer does not.
    Reject,
    /// Back into review.
    Rereview,
    /// Stop until a cause is gone.
    Suspend,
    /// The cause is gone.
    Resume,
    /// Take an approval back for good.
    Revoke,
    /// Put away.
    Archive,
    /// Take out again, as it was.
    Unarchive,
    /// Take out again, into review, because content, formats or policy changed since.
    UnarchiveForReview,
    /// Try a rejected one again.
    Resubmit,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 12] = [
        Self::PassInspection,
        Self::FailInspection,
        Self::Approve,
        Self::Reject,
        Self::Rereview,
        Self::Suspend,
        Self::Resume,
        Self::Revoke,
        Self::Archive,
        Self::Unarchive,
        Self::UnarchiveForReview,
        Self::Resubmit,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PassInspection => "pass_inspection",
            Self::FailInspection => "fail_inspection",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Rereview => "rereview",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Revoke => "revoke",
            Self::Archive => "archive",
            Self::Unarchive => "unarchive",
            Self::UnarchiveForReview => "unarchive_for_review",
            Self::Resubmit => "resubmit",
        }
    }

    /// The step of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == text)
    }
}

/// In what capacity somebody acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// This program.
    System,
    /// Who owns the creative: editors and administrators of its account.
    Owner,
    /// Who decides on it: reviewers and administrators of its account.
    Reviewer,
}

impl Party {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Owner => "owner",
            Self::Reviewer => "reviewer",
        }
    }
}

words! {
    /// Why a step was taken: the codes of AdCP's `creative-event-reason-code` (3.2).
    Reason {
        /// A first review passed.
        ReviewPassed = "review_passed";
        /// A first review failed.
        ReviewFailure = "review_failure";
        /// The content cannot be used: it is damaged, or breaks a hard rule.
        ProcessingFailure = "processing_failure";
        /// It is looked at again.
        SellerRereview = "seller_rereview";
        /// The policy changed, or a violation was overlooked.
        PolicyRevocation = "policy_revocation";
        /// What it refers to changed after approval.
        ContentDrift = "content_drift";
        /// The right to speak for somebody was taken back.
        IdentityAuthorizationRevoked = "identity_authorization_revoked";
        /// The right to run it ended.
        IdentityAuthorizationExpired = "identity_authorization_expired";
        /// What it refers to is no longer public.
        SourcePrivate = "source_private";
        /// What it refers to is gone.
        SourceDeleted = "source_deleted";
        /// A third party's legal notice.
        TakedownRequest = "takedown_request";
        /// The advertiser's own wish.
        AdvertiserRequest = "advertiser_request";
        /// Put away by who keeps it.
        SellerArchive = "seller_archive";
        /// Its account was closed.
        AccountClosed = "account_closed";
        /// Its account was suspended.
        AccountSuspended = "account_suspended";
        /// Its time of keeping ended.
        RetentionExpired = "retention_expired";
        /// The law asks for it to be erased.
        LegalErasure = "legal_erasure";
    }
}

impl Reason {
    /// The reason of this code.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == text)
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// From here
    pub from: Status,
    /// by this step
    pub step: Step,
    /// to there,
    pub to: Status,
    /// taken by one of these,
    pub by: &'static [Party],
    /// for one of these reasons; the first is the one when none is given.
    pub reasons: &'static [Reason],
}

/// The whole table.
pub const EDGES: &[Edge] = {
    use Party::{Owner, Reviewer, System};
    use Reason as R;
    use Status::{Approved, Archived, PendingReview, Processing, Rejected, Suspended};
    const SUSPENDING: &[Reason] = &[
        R::ContentDrift,
        R::SourcePrivate,
        R::SourceDeleted,
        R::AccountSuspended,
        R::IdentityAuthorizationRevoked,
        R::IdentityAuthorizationExpired,
    ];
    const REVOKING: &[Reason] = &[
        R::PolicyRevocation,
        R::ContentDrift,
        R::TakedownRequest,
        R::AdvertiserRequest,
        R::IdentityAuthorizationRevoked,
        R::IdentityAuthorizationExpired,
        R::SourcePrivate,
        R::SourceDeleted,
    ];
    &[
        edge(Processing, Step::PassInspection, PendingReview, &[System], &[]),
        edge(Processing, Step::FailInspection, Rejected, &[System], &[R::ProcessingFailure]),
        edge(PendingReview, Step::Approve, Approved, &[Reviewer, System], &[R::ReviewPassed]),
        edge(PendingReview, Step::Reject, Rejected, &[Reviewer], &[R::ReviewFailure]),
        edge(Approved, Step::Rereview, PendingReview, &[Reviewer], &[R::SellerRereview, R::ContentDrift]),
        edge(Approved, Step::Suspend, Suspended, &[System, Reviewer], SUSPENDING),
        edge(Suspended, Step::Resume, Approved, &[System, Reviewer], &[R::ReviewPassed]),
        edge(Suspended, Step::Revoke, Rejected, &[System, Reviewer], REVOKING),
        edge(Approved, Step::Revoke, Rejected, &[Reviewer], REVOKING),
        edge(
            Approved,
            Step::Archive,
            Archived,
            &[Owner, System],
            &[R::SellerArchive, R::AdvertiserRequest, R::AccountSuspended],
        ),
        edge(Archived, Step::Unarchive, Approved, &[Owner], &[R::AdvertiserRequest]),
        edge(
            Archived,
            Step::UnarchiveForReview,
            PendingReview,
            &[Owner],
            &[R::SellerRereview, R::AdvertiserRequest],
        ),
        edge(Rejected, Step::Resubmit, Processing, &[Owner], &[R::AdvertiserRequest]),
    ]
};

const fn edge(
    from: Status,
    step: Step,
    to: Status,
    by: &'static [Party],
    reasons: &'static [Reason],
) -> Edge {
    Edge { from, step, to, by, reasons }
}

/// Why a step was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The step does not lead anywhere from here.
    #[error("`{step}` is not possible while it is `{from}`; possible from there: {possible}", step = .step.as_str(), from = .from.as_str(), possible = list(.possible))]
    Step {
        /// Where it stands.
        from: Status,
        /// What was asked for.
        step: Step,
        /// What could be asked for instead.
        possible: Vec<Step>,
    },
    /// Somebody else would have to take it.
    #[error("`{step}` is not for the {by} to take while it is `{from}`", step = .step.as_str(), by = .by.as_str(), from = .from.as_str())]
    Party {
        /// Where it stands.
        from: Status,
        /// What was asked for.
        step: Step,
        /// Who asked.
        by: Party,
    },
    /// The reason does not go with the step.
    #[error("`{reason}` is no reason for `{step}`; allowed: {allowed}", reason = .reason.as_str(), step = .step.as_str(), allowed = .allowed.iter().map(|r| format!("`{}`", r.as_str())).collect::<Vec<_>>().join(", "))]
    Reason {
        /// What was asked for.
        step: Step,
        /// The reason given.
        reason: Reason,
        /// What would be allowed.
        allowed: Vec<Reason>,
    },
    /// The decision is about a revision that a newer one has replaced.
    #[error("revision {asked} was superseded by revision {newest}; decide on that one")]
    Superseded {
        /// The revision that was named.
        asked: u32,
        /// The newest one.
        newest: u32,
    },
    /// The system does not put away what is in use.
    #[error("it is assigned; the system does not archive creatives that are in use")]
    Assigned,
}

fn list(steps: &[Step]) -> String {
    if steps.is_empty() {
        return "nothing".into();
    }
    steps.iter().map(|step| format!("`{}`", step.as_str())).collect::<Vec<_>>().join(", ")
}

/// The edge of a step, with the reason that is recorded: the one given if it is legal there, else the edge's
/// usual one.
pub fn take(
    from: Status,
    step: Step,
    by: Party,
    reason: Option<Reason>,
) -> Result<(Status, Option<Reason>), Refused> {
    let Some(edge) = EDGES.iter().find(|edge| edge.from == from && edge.step == step) else {
        let possible = EDGES.iter().filter(|edge| edge.from == from).map(|edge| edge.step).collect();
        return Err(Refused::Step { from, step, possible });
    };
    if !edge.by.contains(&by) {
        return Err(Refused::Party { from, step, by });
    }
    match reason {
        Some(reason) if !edge.reasons.contains(&reason) => {
            Err(Refused::Reason { step, reason, allowed: edge.reasons.to_vec() })
        }
        _ => Ok((edge.to, reason.or_else(|| edge.reasons.first().copied()))),
    }
}
