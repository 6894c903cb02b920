//! A review: one person's decision on one revision.

use crate::access::Actor;
use crate::hash::Sha256;
use crate::id::{AccountId, CreativeId, ReviewId};
use crate::revision::RevisionNo;
use crate::states::Reason;
use crate::text::Note;
use crate::time::Timestamp;

/// What a review says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// It may run.
    Approve,
    /// It may not.
    Reject,
}

impl Decision {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }

    /// The decision of this name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Approve, Self::Reject].into_iter().find(|decision| decision.as_str() == text)
    }
}

/// For whom a decision is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReviewScope {
    /// For the library: everybody who takes creatives from here.
    Library,
}

impl ReviewScope {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Library => "library",
        }
    }

    /// The scope of this name.
    pub fn parse(text: &str) -> Option<Self> {
        (text == Self::Library.as_str()).then_some(Self::Library)
    }
}

/// A decision, as it is kept: it belongs to one revision's hash and one scope, and to nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// Whose creative.
    pub account: AccountId,
    /// Which creative.
    pub creative: CreativeId,
    /// Which revision the reviewer saw.
    pub revision: RevisionNo,
    /// That revision's canonical hash.
    pub hash: Sha256,
    /// For whom.
    pub scope: ReviewScope,
    /// What was decided.
    pub decision: Decision,
    /// Why.
    pub reason: Reason,
    /// What the reviewer had to say.
    pub note: Option<Note>,
    /// Who decided.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}
