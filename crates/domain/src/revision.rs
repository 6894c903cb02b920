//! A revision: an immutable manifest with its author and its parent, and where it stands in review.

use crate::access::Actor;
use crate::hash::Sha256;
use crate::id::{AccountId, CreativeId};
use crate::manifest::Manifest;
use crate::time::Timestamp;

/// The number of a revision in its creative: 1, 2, 3, …
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionNo(u32);

impl RevisionNo {
    /// The first one.
    pub const FIRST: Self = Self(1);

    /// The number, if it is one: they begin at 1.
    pub const fn new(number: u32) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }

    /// The plain number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl std::fmt::Display for RevisionNo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a revision stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RevisionState {
    /// Being looked inside and checked.
    Processing,
    /// Waiting for a decision.
    PendingReview,
    /// Approved; it is the active one unless a newer one is.
    Approved,
    /// Rejected.
    Rejected,
    /// Replaced by a newer one before it was decided.
    Superseded,
}

impl RevisionState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Processing, Self::PendingReview, Self::Approved, Self::Rejected, Self::Superseded];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::PendingReview => "pending_review",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Superseded => "superseded",
        }
    }

    /// The state of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// One immutable content of a creative. Only `state` ever changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Whose it is.
    pub account: AccountId,
    /// Of which creative.
    pub creative: CreativeId,
    /// Its number.
    pub no: RevisionNo,
    /// The content.
    pub manifest: Manifest,
    /// The canonical hash of the content.
    pub hash: Sha256,
    /// Who made it.
    pub author: Actor,
    /// The one that it was made from.
    pub parent: Option<RevisionNo>,
    /// Where it stands.
    pub state: RevisionState,
    /// When it was made.
    pub created_at: Timestamp,
}
