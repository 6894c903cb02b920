//! What happened to a creative, in the past tense: what is told to everyone and written to the audit log.

use crate::access::Actor;
use crate::hash::Sha256;
use crate::id::{AccountId, AssignmentId, CreativeId, EventId};
use crate::revision::{RevisionNo, RevisionState};
use crate::states::{Reason, Status, Step};
use crate::text::{ExternalRef, Note};
use crate::time::Timestamp;
use crate::words::words;

/// Who does something and when, with the id of the event that it will become. Made by a use case from its
/// caller, the clock and the source of ids.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// The id of the event.
    pub event: EventId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
}

/// One thing that happened to one creative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id: what consumers drop repeats by.
    pub id: EventId,
    /// Whose creative.
    pub account: AccountId,
    /// Which creative.
    pub creative: CreativeId,
    /// 1, 2, 3, … without gaps in one creative.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
    /// What happened.
    pub what: Happening,
}

/// From one value to another; equal when it stayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move<T> {
    /// Before.
    pub from: T,
    /// After.
    pub to: T,
}

/// The kinds of thing that happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// `creative.created`
    Created {
        /// The canonical hash of its first revision.
        hash: Sha256,
    },
    /// `creative.revision_added`
    RevisionAdded {
        /// The new revision.
        revision: RevisionNo,
        /// Its canonical hash.
        hash: Sha256,
        /// The undecided revision that it replaced.
        superseded: Option<RevisionNo>,
        /// What it meant for the creative.
        status: Move<Status>,
    },
    /// `creative.metadata_changed`
    MetadataChanged {
        /// The fields that changed, of [`Metadata::FIELDS`](crate::creative::Metadata::FIELDS).
        fields: Vec<String>,
        /// The metadata version afterwards.
        version: u32,
    },
    /// `creative.status_changed`: a step of the state table, on a revision, and what it meant for the
    /// creative.
    StatusChanged {
        /// The step that was taken.
        step: Step,
        /// The revision it was taken on.
        revision: RevisionNo,
        /// Where that revision stood.
        revision_state: Move<RevisionState>,
        /// Where the creative stood.
        status: Move<Status>,
        /// Why.
        reason: Option<Reason>,
        /// What was said about it.
        note: Option<Note>,
    },
    /// `assignment.changed`
    AssignmentChanged {
        /// The assignment.
        assignment: AssignmentId,
        /// Its package.
        package: ExternalRef,
        /// Whether it is in use now; otherwise it ended.
        in_use: bool,
    },
}

words! {
    /// The type of an event: one for each kind of thing that happens; its name is `noun.verb_phrase`.
    EventType {
        /// [`Happening::Created`]
        Created = "creative.created";
        /// [`Happening::RevisionAdded`]
        RevisionAdded = "creative.revision_added";
        /// [`Happening::MetadataChanged`]
        MetadataChanged = "creative.metadata_changed";
        /// [`Happening::StatusChanged`]
        StatusChanged = "creative.status_changed";
        /// [`Happening::AssignmentChanged`]
        AssignmentChanged = "assignment.changed";
    }
}

impl Happening {
    /// The type of the event that tells it.
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::Created { .. } => EventType::Created,
            Self::RevisionAdded { .. } => EventType::RevisionAdded,
            Self::MetadataChanged { .. } => EventType::MetadataChanged,
            Self::StatusChanged { .. } => EventType::StatusChanged,
            Self::AssignmentChanged { .. } => EventType::AssignmentChanged,
        }
    }

    /// The name of that type.
    pub const fn type_name(&self) -> &'static str {
        self.event_type().as_str()
    }
}

/// A decision of the domain: the state to keep and the event to tell. Both are written in one transaction, or
/// neither.
#[must_use = "a change that is not written did not happen"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<T> {
    /// The state afterwards.
    pub state: T,
    /// What happened.
    pub event: Event,
    /// Revisions whose state changed with it.
    pub revisions: Vec<(RevisionNo, RevisionState)>,
}
