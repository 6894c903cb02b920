//! A creative: a thing that can run. Its steps consume it and give a `Change`: the creative afterwards, the
//! event, and the revisions that moved.

use std::ops::Deref;

use crate::account::ChangePolicy;
use crate::event::{Change, Event, Happening, Move, Stamp};
use crate::hash::Sha256;
use crate::id::{AccountId, AssignmentId, ConceptId, CreativeId};
use crate::manifest::Kind;
use crate::review::Decision;
use crate::revision::{RevisionNo, RevisionState};
use crate::states::{Party, Reason, Refused, Status, Step, take};
use crate::text::{ExternalId, ExternalRef, Label, Name, Note};
use crate::time::{Timestamp, Window};

/// A revision, named so that nobody can mean another: by number and by canonical hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevisionRef {
    /// Its number.
    pub no: RevisionNo,
    /// Its canonical hash.
    pub hash: Sha256,
}

/// Whether a creative may move at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Neither of the others.
    Live,
    /// Stopped until a cause is gone.
    Suspended,
    /// Put away by its owner.
    Archived,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 3] = [Self::Live, Self::Suspended, Self::Archived];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Suspended => "suspended",
            Self::Archived => "archived",
        }
    }

    /// The standing of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == text)
    }
}

/// What can be changed without a new revision and without review. This is the list; everything else about a
/// creative is content, or does not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// What people call it.
    pub name: Name,
    /// The concept that it belongs to.
    pub concept: Option<ConceptId>,
    /// Words to find it by.
    pub labels: Labels,
    /// From when to when it may run.
    pub rights: Window,
}

impl Metadata {
    /// Its fields, by the names that events have for them.
    pub const FIELDS: [&'static str; 4] = ["name", "concept", "labels", "rights"];
}

/// Labels, each once and in order. A slice and no set of the library's, whose smallest takes as much memory as half a
/// creative.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(Box<[Label]>);

impl FromIterator<Label> for Labels {
    fn from_iter<T: IntoIterator<Item = Label>>(labels: T) -> Self {
        let mut labels: Vec<Label> = labels.into_iter().collect();
        labels.sort_unstable();
        labels.dedup();
        Self(labels.into())
    }
}

impl Deref for Labels {
    type Target = [Label];

    fn deref(&self) -> &[Label] {
        &self.0
    }
}

/// The most labels of a creative.
pub const MAX_LABELS: usize = 50;

/// A thing that can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creative {
    /// Its durable id.
    pub id: CreativeId,
    /// Whose it is.
    pub account: AccountId,
    /// The caller's own id, unique in the account.
    pub external_id: Option<ExternalId>,
    /// Its kind; never changes.
    pub kind: Kind,
    /// What can be changed without review.
    pub metadata: Metadata,
    /// What happens to it when its content changes while it runs.
    pub change_policy: ChangePolicy,
    /// Whether it may move at all.
    pub standing: Standing,
    /// The newest revision.
    pub newest: RevisionRef,
    /// Where the newest revision stands; never superseded.
    pub newest_state: RevisionState,
    /// The approved revision that is served.
    pub active: Option<RevisionRef>,
    /// The metadata version: what `If-Match` names. Steps and workers do not touch it.
    pub version: u32,
    /// The sequence of its newest event.
    pub sequence: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When anything about it last changed.
    pub updated_at: Timestamp,
}

/// What a new creative is made from.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its id.
    pub id: CreativeId,
    /// Whose it will be.
    pub account: AccountId,
    /// The caller's own id.
    pub external_id: Option<ExternalId>,
    /// Its kind.
    pub kind: Kind,
    /// Its metadata.
    pub metadata: Metadata,
    /// Its change policy.
    pub change_policy: ChangePolicy,
    /// The canonical hash of its first manifest.
    pub hash: Sha256,
}

impl Creative {
    /// A new creative, with its first revision in processing.
    pub fn create(draft: Draft, stamp: Stamp) -> Change<Self> {
        let Draft { id, account, external_id, kind, metadata, change_policy, hash } = draft;
        let creative = Self {
            id,
            account,
            external_id,
            kind,
            metadata,
            change_policy,
            standing: Standing::Live,
            newest: RevisionRef { no: RevisionNo::FIRST, hash },
            newest_state: RevisionState::Processing,
            active: None,
            version: 1,
            sequence: 0,
            created_at: stamp.at,
            updated_at: stamp.at,
        };
        creative.changed(stamp, Happening::Created { hash }, Vec::new())
    }

    /// Where it stands, as everybody is told: under `staged` the active revision's status as long as there
    /// is one, under `strict` the newest one's.
    pub fn status(&self) -> Status {
        match (self.standing, self.change_policy) {
            (Standing::Archived, _) => Status::Archived,
            (Standing::Suspended, _) => Status::Suspended,
            (Standing::Live, ChangePolicy::Staged) if self.active.is_some() => Status::Approved,
            (Standing::Live, _) => status_of(self.newest_state),
        }
    }

    /// The newest revision while it is undecided.
    pub fn staged(&self) -> Option<RevisionRef> {
        let undecided = matches!(self.newest_state, RevisionState::Processing | RevisionState::PendingReview);
        undecided.then_some(self.newest)
    }

    /// New content. `None` when the canonical hash is that of the newest revision: nothing changed, so there
    /// is no revision and no event.
    pub fn revise(mut self, hash: Sha256, stamp: Stamp) -> Result<Option<Change<Self>>, Refused> {
        if hash == self.newest.hash {
            return Ok(None);
        }
        if self.standing != Standing::Live {
            return Err(refusal(self.status(), Step::Resubmit));
        }
        let from = self.status();
        let superseded = self.staged().map(|staged| staged.no);
        self.newest = RevisionRef { no: self.newest.no.next(), hash };
        self.newest_state = RevisionState::Processing;
        let status = Move { from, to: self.status() };
        let what = Happening::RevisionAdded { revision: self.newest.no, hash, superseded, status };
        let moved = superseded.map(|no| (no, RevisionState::Superseded)).into_iter().collect();
        Ok(Some(self.changed(stamp, what, moved)))
    }

    /// New metadata. `None` when nothing differs.
    pub fn amend(mut self, metadata: Metadata, stamp: Stamp) -> Option<Change<Self>> {
        let Metadata { name, concept, labels, rights } = &metadata;
        let differ: [bool; Metadata::FIELDS.len()] = [
            *name != self.metadata.name,
            *concept != self.metadata.concept,
            *labels != self.metadata.labels,
            *rights != self.metadata.rights,
        ];
        let fields: Vec<String> = Metadata::FIELDS
            .into_iter()
            .zip(differ)
            .filter(|(_, differs)| *differs)
            .map(|(field, _)| field.to_owned())
            .collect();
        if fields.is_empty() {
            return None;
        }
        self.metadata = metadata;
        self.version += 1;
        let what = Happening::MetadataChanged { fields, version: self.version };
        Some(self.changed(stamp, what, Vec::new()))
    }

    /// The outcome of looking inside and checking a revision. Refused when a newer revision has come since.
    pub fn inspected(
        self,
        revision: RevisionNo,
        passed: bool,
        stamp: Stamp,
    ) -> Result<Change<Self>, Refused> {
        let step = if passed { Step::PassInspection } else { Step::FailInspection };
        self.step_newest(revision, step, Party::System, None, None, stamp)
    }

    /// A decision on the revision that the reviewer saw. Refused when a newer one has come since. Approval
    /// makes it the active one; rejection leaves the active one alone.
    pub fn review(
        self,
        seen: RevisionNo,
        decision: Decision,
        reason: Option<Reason>,
        note: Option<Note>,
        stamp: Stamp,
    ) -> Result<Change<Self>, Refused> {
        let step = match decision {
            Decision::Approve => Step::Approve,
            Decision::Reject => Step::Reject,
        };
        if self.standing != Standing::Live {
            return Err(refusal(self.status(), step));
        }
        self.step_newest(seen, step, Party::Reviewer, reason, note, stamp)
    }

    /// A rejected revision is looked inside and checked again.
    pub fn resubmit(self, note: Option<Note>, stamp: Stamp) -> Result<Change<Self>, Refused> {
        if self.standing != Standing::Live {
            return Err(refusal(self.status(), Step::Resubmit));
        }
        let newest = self.newest.no;
        self.step_newest(newest, Step::Resubmit, Party::Owner, None, note, stamp)
    }

    /// Puts it away. The system may do so only when nothing is assigned.
    pub fn archive(
        mut self,
        by: Party,
        assigned: bool,
        reason: Option<Reason>,
        note: Option<Note>,
        stamp: Stamp,
    ) -> Result<Change<Self>, Refused> {
        let from = self.status();
        let (_, reason) = take(from, Step::Archive, by, reason)?;
        if by == Party::System && assigned {
            return Err(Refused::Assigned);
        }
        self.standing = Standing::Archived;
        Ok(self.stood(Step::Archive, from, RevisionState::Approved, reason, note, stamp))
    }

    /// Takes it out again: as it was, or into review when content, formats or policy changed since.
    pub fn unarchive(
        mut self,
        rereview: bool,
        note: Option<Note>,
        stamp: Stamp,
    ) -> Result<Change<Self>, Refused> {
        let step = if rereview { Step::UnarchiveForReview } else { Step::Unarchive };
        let from = self.status();
        let (_, reason) = take(from, step, Party::Owner, None)?;
        self.standing = Standing::Live;
        let after = if rereview { RevisionState::PendingReview } else { RevisionState::Approved };
        Ok(self.stood(step, from, after, reason, note, stamp))
    }

    /// Pulls the approved content back into review; it does not run meanwhile. Refused behind a newer revision
    /// that was rejected: there would be nothing left to decide on.
    pub fn rereview(
        self,
        reason: Option<Reason>,
        note: Option<Note>,
        stamp: Stamp,
    ) -> Result<Change<Self>, Refused> {
        let from = self.status();
        let (_, reason) = take(from, Step::Rereview, Party::Reviewer, reason)?;
        if let Some(active) = self.active.filter(|_| self.newest_state == RevisionState::Rejected) {
            return Err(Refused::Superseded { asked: active.no.get(), newest: self.newest.no.get() });
        }
        Ok(self.stood(Step::Rereview, from, RevisionState::PendingReview, reason, note, stamp))
    }

    /// Stops it until a cause is gone.
    pub fn suspend(
        mut self,
        by: Party,
        reason: Option<Reason>,
        note: Option<Note>,
        stamp: Stamp,
    ) -> Result<Change<Self>, Refused> {
        let from = self.status();
        let (_, reason) = take(from, Step::Suspend, by, reason)?;
        self.standing = Standing::Suspended;
        Ok(self.stood(Step::Suspend, from, RevisionState::Approved, reason, note, stamp))
    }

    /// The cause is gone.
    pub fn resume(mut self, by: Party, note: Option<Note>, stamp: Stamp) -> Result<Change<Self>, Refused> {
        let from = self.status();
        let (_, reason) = take(from, Step::Resume, by, None)?;
        self.standing = Standing::Live;
        Ok(self.stood(Step::Resume, from, RevisionState::Approved, reason, note, stamp))
    }

    /// Takes the approval of the active revision back for good.
    pub fn revoke(
        mut self,
        by: Party,
        reason: Option<Reason>,
        note: Option<Note>,
        stamp: Stamp,
    ) -> Result<Change<Self>, Refused> {
        let from = self.status();
        let (_, reason) = take(from, Step::Revoke, by, reason)?;
        self.standing = Standing::Live;
        Ok(self.stood(Step::Revoke, from, RevisionState::Rejected, reason, note, stamp))
    }

    /// An assignment of it began or ended.
    pub fn assigned(
        self,
        assignment: AssignmentId,
        package: ExternalRef,
        in_use: bool,
        stamp: Stamp,
    ) -> Change<Self> {
        self.changed(stamp, Happening::AssignmentChanged { assignment, package, in_use }, Vec::new())
    }

    /// A step of the newest revision, by the row of the table for where that revision stands.
    fn step_newest(
        mut self,
        seen: RevisionNo,
        step: Step,
        by: Party,
        reason: Option<Reason>,
        note: Option<Note>,
        stamp: Stamp,
    ) -> Result<Change<Self>, Refused> {
        if seen != self.newest.no {
            return Err(Refused::Superseded { asked: seen.get(), newest: self.newest.no.get() });
        }
        let from = self.status();
        let before = self.newest_state;
        let (to, reason) = take(status_of(before), step, by, reason)?;
        self.newest_state = match to {
            Status::Processing => RevisionState::Processing,
            Status::PendingReview => RevisionState::PendingReview,
            Status::Approved => RevisionState::Approved,
            Status::Rejected | Status::Suspended | Status::Archived => RevisionState::Rejected,
        };
        if step == Step::Approve {
            self.active = Some(self.newest);
        }
        let what = Happening::StatusChanged {
            step,
            revision: seen,
            revision_state: Move { from: before, to: self.newest_state },
            status: Move { from, to: self.status() },
            reason,
            note,
        };
        let moved = vec![(seen, self.newest_state)];
        Ok(self.changed(stamp, what, moved))
    }

    /// A step of the creative as a whole, which leaves its active revision in state `after`.
    fn stood(
        mut self,
        step: Step,
        from: Status,
        after: RevisionState,
        reason: Option<Reason>,
        note: Option<Note>,
        stamp: Stamp,
    ) -> Change<Self> {
        let on = self.active.unwrap_or(self.newest);
        let mut moved = Vec::new();
        if after != RevisionState::Approved {
            self.active = None;
            // An older revision cannot go back into review once a newer one is there: it is superseded by it.
            let after = if on.no == self.newest.no {
                self.newest_state = after;
                after
            } else if after == RevisionState::PendingReview {
                RevisionState::Superseded
            } else {
                after
            };
            moved.push((on.no, after));
        }
        let what = Happening::StatusChanged {
            step,
            revision: on.no,
            revision_state: Move {
                from: RevisionState::Approved,
                to: moved.first().map_or(RevisionState::Approved, |(_, state)| *state),
            },
            status: Move { from, to: self.status() },
            reason,
            note,
        };
        self.changed(stamp, what, moved)
    }

    fn changed(
        mut self,
        stamp: Stamp,
        what: Happening,
        revisions: Vec<(RevisionNo, RevisionState)>,
    ) -> Change<Self> {
        self.sequence += 1;
        self.updated_at = stamp.at;
        let event = Event {
            id: stamp.event,
            account: self.account,
            creative: self.id,
            sequence: self.sequence,
            at: stamp.at,
            by: stamp.by,
            what,
        };
        Change { state: self, event, revisions }
    }
}

fn status_of(state: RevisionState) -> Status {
    match state {
        RevisionState::Processing => Status::Processing,
        RevisionState::PendingReview => Status::PendingReview,
        RevisionState::Approved => Status::Approved,
        RevisionState::Rejected | RevisionState::Superseded => Status::Rejected,
    }
}

fn refusal(from: Status, step: Step) -> Refused {
    take(from, step, Party::Owner, None).err().unwrap_or(Refused::Step { from, step, possible: Vec::new() })
}
