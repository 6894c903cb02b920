//! Creatives, revisions, reviews and assignments over the wire.

use creativestore_domain::assignment::Assignment;
use creativestore_domain::creative::{Creative, Metadata, RevisionRef};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, ConceptId, CreativeId};
use creativestore_domain::review::Review;
use creativestore_domain::revision::{Revision, RevisionNo};
use creativestore_domain::text::{ExternalId, Label};
use creativestore_wire::{Rfc3339, rfc3339};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::manifest::ManifestView;
use super::{Text, WindowView};

/// A revision, named so that nobody can mean another.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RevisionRefView {
    /// Its number: 1, 2, 3, …
    pub number: u32,
    /// The canonical hash of its content.
    #[schema(value_type = String)]
    pub sha256: Text<Sha256>,
}

impl From<RevisionRef> for RevisionRefView {
    fn from(RevisionRef { no, hash }: RevisionRef) -> Self {
        Self { number: no.get(), sha256: Text(hash) }
    }
}

/// A creative. Written from where it is: lists are full of them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(description = "A creative.")]
pub struct CreativeView<'a> {
    /// Its durable id.
    #[schema(value_type = String, example = "cr_0192f0c1d2e37a4b8c5d6e7f8091a2b3")]
    pub id: Text<CreativeId>,
    /// Whose it is.
    #[schema(value_type = String)]
    pub account: Text<AccountId>,
    /// The caller's own id.
    pub external_id: Option<&'a str>,
    /// Its kind; never changes.
    pub kind: &'static str,
    /// What people call it.
    pub name: &'a str,
    /// The concept that it belongs to.
    #[schema(value_type = Option<String>)]
    pub concept: Option<Text<ConceptId>>,
    /// Words to find it by.
    #[serde(serialize_with = "labels")]
    #[schema(value_type = Vec<String>)]
    pub labels: &'a [Label],
    /// From when to when it may run.
    pub rights: WindowView,
    /// `staged`: the approved revision goes on running while a new one waits. `strict`: it does not.
    pub change_policy: &'static str,
    /// `processing`, `pending_review`, `approved`, `suspended`, `rejected` or `archived`.
    pub status: &'static str,
    /// The newest revision.
    pub newest: RevisionRefView,
    /// Where the newest revision stands.
    pub newest_state: &'static str,
    /// The approved revision that is served.
    pub active: Option<RevisionRefView>,
    /// The newest revision while it is undecided.
    pub staged: Option<RevisionRefView>,
    /// The metadata version: what `If-Match` names, in quotes.
    pub version: u32,
    /// The sequence of its newest event.
    pub sequence: u64,
    /// When it was made.
    #[schema(value_type = String)]
    pub created_at: Text<Rfc3339>,
    /// When anything about it last changed.
    #[schema(value_type = String)]
    pub updated_at: Text<Rfc3339>,
}

impl<'a> From<&'a Creative> for CreativeView<'a> {
    fn from(creative: &'a Creative) -> Self {
        let status = creative.status().as_str();
        let staged = creative.staged().map(Into::into);
        let Creative {
            id,
            account,
            external_id,
            kind,
            metadata: Metadata { name, concept, labels, rights },
            change_policy,
            standing: _,
            newest,
            newest_state,
            active,
            version,
            sequence,
            created_at,
            updated_at,
        } = creative;
        Self {
            id: Text(*id),
            account: Text(*account),
            external_id: external_id.as_ref().map(ExternalId::as_str),
            kind: kind.as_str(),
            name: name.as_str(),
            concept: concept.map(Text),
            labels,
            rights: (*rights).into(),
            change_policy: change_policy.as_str(),
            status,
            newest: (*newest).into(),
            newest_state: newest_state.as_str(),
            active: active.map(Into::into),
            staged,
            version: *version,
            sequence: *sequence,
            created_at: Text(Rfc3339(*created_at)),
            updated_at: Text(Rfc3339(*updated_at)),
        }
    }
}

fn labels<S: Serializer>(labels: &[Label], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(labels.iter().map(Label::as_str))
}

/// A revision.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RevisionView {
    /// Of which creative.
    pub creative: String,
    /// Its number.
    pub number: u32,
    /// The canonical hash of its content.
    pub sha256: String,
    /// `processing`, `pending_review`, `approved`, `rejected` or `superseded`.
    pub state: String,
    /// Its content.
    pub manifest: ManifestView,
    /// Who made it.
    pub author: String,
    /// The revision that it was made from.
    pub parent: Option<u32>,
    /// When it was made.
    pub created_at: String,
}

impl From<Revision> for RevisionView {
    fn from(revision: Revision) -> Self {
        let Revision { account: _, creative, no, manifest, hash, author, parent, state, created_at } =
            revision;
        Self {
            creative: creative.to_string(),
            number: no.get(),
            sha256: hash.to_string(),
            state: state.as_str().into(),
            manifest: (&manifest).into(),
            author: author.to_string(),
            parent: parent.map(RevisionNo::get),
            created_at: rfc3339(created_at),
        }
    }
}

/// A review.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewView {
    /// Its id.
    pub id: String,
    /// Of which creative.
    pub creative: String,
    /// The revision that the reviewer saw.
    pub revision: u32,
    /// The canonical hash of that revision: what the decision belongs to.
    pub sha256: String,
    /// For whom: `library`.
    pub scope: String,
    /// `approve` or `reject`.
    pub decision: String,
    /// Why (AdCP `creative-event-reason-code`).
    pub reason_code: String,
    /// What the reviewer had to say.
    pub note: Option<String>,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: String,
}

impl From<Review> for ReviewView {
    fn from(review: Review) -> Self {
        let Review { id, account: _, creative, revision, hash, scope, decision, reason, note, by, at } =
            review;
        Self {
            id: id.to_string(),
            creative: creative.to_string(),
            revision: revision.get(),
            sha256: hash.to_string(),
            scope: scope.as_str().into(),
            decision: decision.as_str().into(),
            reason_code: reason.as_str().into(),
            note: note.map(|note| note.to_string()),
            by: by.to_string(),
            at: rfc3339(at),
        }
    }
}

/// An assignment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AssignmentView {
    /// Its id.
    pub id: String,
    /// Which creative.
    pub creative: String,
    /// The package that it is used in.
    pub package: String,
    /// The media buy that the package is part of.
    pub media_buy: Option<String>,
    /// How often it is chosen, 1 to 10,000.
    pub weight: u32,
    /// From when to when.
    pub flight: WindowView,
    /// When it was made.
    pub created_at: String,
    /// When it ended; null while it is in use.
    pub ended_at: Option<String>,
}

impl From<Assignment> for AssignmentView {
    fn from(assignment: Assignment) -> Self {
        let Assignment { id, account: _, creative, package, media_buy, weight, flight, created_at, ended_at } =
            assignment;
        Self {
            id: id.to_string(),
            creative: creative.to_string(),
            package: package.to_string(),
            media_buy: media_buy.map(|it| it.to_string()),
            weight: weight.get(),
            flight: flight.into(),
            created_at: rfc3339(created_at),
            ended_at: ended_at.map(rfc3339),
        }
    }
}
