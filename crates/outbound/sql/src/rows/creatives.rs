//! Rows of creatives, revisions, reviews and assignments.

use std::borrow::Cow;

use creativestore_domain::account::ChangePolicy;
use creativestore_domain::assignment::{Assignment, Weight};
use creativestore_domain::creative::{Creative, Metadata, RevisionRef, Standing};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, AssignmentId, ConceptId, CreativeId, ReviewId};
use creativestore_domain::manifest::Kind;
use creativestore_domain::review::{Decision, Review, ReviewScope};
use creativestore_domain::revision::{Revision, RevisionNo, RevisionState};
use creativestore_domain::states::Reason;
use creativestore_domain::text::{ExternalId, ExternalRef, Label, Name, Note};
use creativestore_ports::creatives::Listed;
use creativestore_ports::page::{Key, Position};
use creativestore_ports::store::StoreError;
use serde::{Deserialize, Serialize};
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use super::{actor, moment, parsed, sha256, window};
use crate::document::{manifest_from, manifest_text, word};
use crate::{corrupt, unsigned};

/// A creative, its texts owned or as a database's row has them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct CreativeRow<T = String> {
    pub id: T,
    pub account_id: T,
    pub external_id: Option<T>,
    pub kind: T,
    pub name: T,
    pub concept_id: Option<T>,
    pub labels: T,
    pub rights_from: Option<i64>,
    pub rights_until: Option<i64>,
    pub change_policy: T,
    pub standing: T,
    pub newest_no: i64,
    pub newest_hash: T,
    pub newest_state: T,
    pub active_no: Option<i64>,
    pub active_hash: Option<T>,
    pub version: i64,
    pub sequence: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

/// The columns of a [`StoredCreative`], of the table `c`.
pub const CREATIVE_COLUMNS: &str = "c.id, c.account_id, c.external_id, c.kind, c.name, c.concept_id, c.labels, c.rights_from, \
    c.rights_until, c.change_policy, c.standing, c.newest_no, c.newest_hash, c.newest_state, c.active_no, c.active_hash, \
    c.version, c.sequence, c.created_at, c.updated_at";

/// A creative out of a row whose first columns are those of `CreativeRow`, in that order. They are found by their places,
/// taken for what the tables have and read where they are: a page has fifty of them.
pub struct StoredCreative(pub Creative);

impl<'r, R> FromRow<'r, R> for StoredCreative
where
    R: Row,
    usize: ColumnIndex<R>,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let row: CreativeRow<&str> = CreativeRow {
            id: row.try_get_unchecked(0)?,
            account_id: row.try_get_unchecked(1)?,
            external_id: row.try_get_unchecked(2)?,
            kind: row.try_get_unchecked(3)?,
            name: row.try_get_unchecked(4)?,
            concept_id: row.try_get_unchecked(5)?,
            labels: row.try_get_unchecked(6)?,
            rights_from: row.try_get_unchecked(7)?,
            rights_until: row.try_get_unchecked(8)?,
            change_policy: row.try_get_unchecked(9)?,
            standing: row.try_get_unchecked(10)?,
            newest_no: row.try_get_unchecked(11)?,
            newest_hash: row.try_get_unchecked(12)?,
            newest_state: row.try_get_unchecked(13)?,
            active_no: row.try_get_unchecked(14)?,
            active_hash: row.try_get_unchecked(15)?,
            version: row.try_get_unchecked(16)?,
            sequence: row.try_get_unchecked(17)?,
            created_at: row.try_get_unchecked(18)?,
            updated_at: row.try_get_unchecked(19)?,
        };
        row.into_domain().map(Self).map_err(|error| sqlx::Error::Decode(error.into()))
    }
}

/// A creative that a list found, and what the list is sorted by.
#[derive(Clone, Debug, FromRow)]
#[expect(missing_docs, reason = "the columns of the statement")]
pub struct ListedRow {
    pub id: String,
    pub sequence: i64,
    pub number: Option<i64>,
    pub text: Option<String>,
}

impl ListedRow {
    /// What was found.
    pub fn into_domain(self) -> Result<Listed, StoreError> {
        let Self { id, sequence, number: _, text: _ } = self;
        Ok(Listed { id: parsed!(CreativeId, id)?, sequence: unsigned("sequence", sequence)? })
    }

    /// Where the list goes on after it.
    pub fn position(&self) -> Position {
        position(self.text.as_deref(), self.number, self.id.clone())
    }
}

/// All of a creative that a list found, and what the list is sorted by: the two columns behind those of the creative.
pub struct ListedWholeRow {
    /// The creative.
    pub creative: Creative,
    number: Option<i64>,
    text: Option<String>,
}

impl ListedWholeRow {
    /// Where the list goes on after it.
    pub fn position(&self) -> Position {
        position(self.text.as_deref(), self.number, self.creative.id.to_string())
    }
}

impl<'r, R> FromRow<'r, R> for ListedWholeRow
where
    R: Row,
    StoredCreative: FromRow<'r, R>,
    usize: ColumnIndex<R>,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let StoredCreative(creative) = StoredCreative::from_row(row)?;
        let text: Option<&str> = row.try_get(21)?;
        Ok(Self { creative, number: row.try_get(20)?, text: text.map(str::to_owned) })
    }
}

fn position(text: Option<&str>, number: Option<i64>, id: String) -> Position {
    let key = match (text, number) {
        (Some(text), _) => Key::Text(text.to_owned()),
        (None, number) => Key::Number(number.unwrap_or_default()),
    };
    Position { key, id }
}

impl From<&Creative> for CreativeRow {
    fn from(creative: &Creative) -> Self {
        let Creative {
            id,
            account,
            external_id,
            kind,
            metadata: Metadata { name, concept, labels, rights },
            change_policy,
            standing,
            newest,
            newest_state,
            active,
            version,
            sequence,
            created_at,
            updated_at,
        } = creative;
        let labels: Vec<&str> = labels.iter().map(Label::as_str).collect();
        Self {
            id: id.to_string(),
            account_id: account.to_string(),
            external_id: external_id.as_ref().map(ToString::to_string),
            kind: kind.as_str().into(),
            name: name.to_string(),
            concept_id: concept.map(|id| id.to_string()),
            labels: serde_json::to_string(&labels).expect("texts can be written"),
            rights_from: rights.from().map(|at| at.micros()),
            rights_until: rights.until().map(|at| at.micros()),
            change_policy: change_policy.as_str().into(),
            standing: standing.as_str().into(),
            newest_no: newest.no.get().into(),
            newest_hash: newest.hash.to_string(),
            newest_state: newest_state.as_str().into(),
            active_no: active.map(|active| active.no.get().into()),
            active_hash: active.map(|active| active.hash.to_string()),
            version: (*version).into(),
            sequence: crate::number(*sequence),
            created_at: created_at.micros(),
            updated_at: updated_at.micros(),
        }
    }
}

impl<T: AsRef<str>> CreativeRow<T> {
    /// The creative that it was.
    pub fn into_domain(self) -> Result<Creative, StoreError> {
        let Self {
            id,
            account_id,
            external_id,
            kind,
            name,
            concept_id,
            labels,
            rights_from,
            rights_until,
            change_policy,
            standing,
            newest_no,
            newest_hash,
            newest_state,
            active_no,
            active_hash,
            version,
            sequence,
            created_at,
            updated_at,
        } = self;
        let labels = labels.as_ref();
        let labels: Vec<StoredLabel<'_>> =
            serde_json::from_str(labels).map_err(|_| corrupt("labels", labels))?;
        let active = match (active_no, active_hash) {
            (Some(no), Some(hash)) => {
                Some(RevisionRef { no: revision_no(no)?, hash: sha256(hash.as_ref())? })
            }
            _ => None,
        };
        Ok(Creative {
            id: parsed!(CreativeId, id.as_ref())?,
            account: parsed!(AccountId, account_id.as_ref())?,
            external_id: external_id.map(|id| parsed!(ExternalId, id.as_ref())).transpose()?,
            kind: word("kind", kind.as_ref(), Kind::parse)?,
            metadata: Metadata {
                name: parsed!(Name, name.as_ref())?,
                concept: concept_id.map(|id| parsed!(ConceptId, id.as_ref())).transpose()?,
                labels: labels.iter().map(|label| parsed!(Label, label.0)).collect::<Result<_, _>>()?,
                rights: window(rights_from, rights_until)?,
            },
            change_policy: word("change policy", change_policy.as_ref(), ChangePolicy::parse)?,
            standing: word("standing", standing.as_ref(), Standing::parse)?,
            newest: RevisionRef { no: revision_no(newest_no)?, hash: sha256(newest_hash.as_ref())? },
            newest_state: word("revision state", newest_state.as_ref(), RevisionState::parse)?,
            active,
            version: unsigned("version", version)?,
            sequence: unsigned("sequence", sequence)?,
            created_at: moment(created_at),
            updated_at: moment(updated_at),
        })
    }
}

/// A label in the JSON list of a row, read where it is if it can be.
#[derive(Deserialize)]
#[serde(transparent)]
struct StoredLabel<'a>(#[serde(borrow)] Cow<'a, str>);

fn revision_no(no: i64) -> Result<RevisionNo, StoreError> {
    RevisionNo::new(unsigned("revision number", no)?).ok_or_else(|| corrupt("revision number", no))
}

/// A revision.
#[derive(Clone, Debug, sqlx::FromRow, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct RevisionRow {
    pub creative_id: String,
    pub no: i64,
    pub account_id: String,
    pub manifest: String,
    pub hash: String,
    pub author: String,
    pub parent: Option<i64>,
    pub state: String,
    pub created_at: i64,
}

impl From<&Revision> for RevisionRow {
    fn from(revision: &Revision) -> Self {
        let Revision { account, creative, no, manifest, hash, author, parent, state, created_at } = revision;
        Self {
            creative_id: creative.to_string(),
            no: no.get().into(),
            account_id: account.to_string(),
            manifest: manifest_text(manifest),
            hash: hash.to_string(),
            author: author.to_string(),
            parent: parent.map(|no| no.get().into()),
            state: state.as_str().into(),
            created_at: created_at.micros(),
        }
    }
}

impl RevisionRow {
    /// The revision that it was.
    pub fn into_domain(self) -> Result<Revision, StoreError> {
        let Self { creative_id, no, account_id, manifest, hash, author, parent, state, created_at } = self;
        Ok(Revision {
            account: parsed!(AccountId, account_id)?,
            creative: parsed!(CreativeId, creative_id)?,
            no: revision_no(no)?,
            manifest: manifest_from(&manifest)?,
            hash: parsed!(Sha256, hash)?,
            author: actor(&author)?,
            parent: parent.map(revision_no).transpose()?,
            state: word("revision state", &state, RevisionState::parse)?,
            created_at: moment(created_at),
        })
    }
}

/// A review.
#[derive(Clone, Debug, sqlx::FromRow, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct ReviewRow {
    pub id: String,
    pub account_id: String,
    pub creative_id: String,
    pub no: i64,
    pub hash: String,
    pub scope: String,
    pub decision: String,
    pub reason: String,
    pub note: Option<String>,
    pub by: String,
    pub at: i64,
}

impl From<&Review> for ReviewRow {
    fn from(review: &Review) -> Self {
        let Review { id, account, creative, revision, hash, scope, decision, reason, note, by, at } = review;
        Self {
            id: id.to_string(),
            account_id: account.to_string(),
            creative_id: creative.to_string(),
            no: revision.get().into(),
            hash: hash.to_string(),
            scope: scope.as_str().into(),
            decision: decision.as_str().into(),
            reason: reason.as_str().into(),
            note: note.as_ref().map(ToString::to_string),
            by: by.to_string(),
            at: at.micros(),
        }
    }
}

impl ReviewRow {
    /// The review that it was.
    pub fn into_domain(self) -> Result<Review, StoreError> {
        let Self { id, account_id, creative_id, no, hash, scope, decision, reason, note, by, at } = self;
        Ok(Review {
            id: parsed!(ReviewId, id)?,
            account: parsed!(AccountId, account_id)?,
            creative: parsed!(CreativeId, creative_id)?,
            revision: revision_no(no)?,
            hash: sha256(&hash)?,
            scope: word("review scope", &scope, ReviewScope::parse)?,
            decision: word("decision", &decision, Decision::parse)?,
            reason: word("reason", &reason, Reason::parse)?,
            note: note.map(|note| parsed!(Note, note)).transpose()?,
            by: actor(&by)?,
            at: moment(at),
        })
    }
}

/// An assignment.
#[derive(Clone, Debug, sqlx::FromRow, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct AssignmentRow {
    pub id: String,
    pub account_id: String,
    pub creative_id: String,
    pub package: String,
    pub media_buy: Option<String>,
    pub weight: i64,
    pub flight_from: Option<i64>,
    pub flight_until: Option<i64>,
    pub created_at: i64,
    pub ended_at: Option<i64>,
}

impl From<&Assignment> for AssignmentRow {
    fn from(assignment: &Assignment) -> Self {
        let Assignment { id, account, creative, package, media_buy, weight, flight, created_at, ended_at } =
            assignment;
        Self {
            id: id.to_string(),
            account_id: account.to_string(),
            creative_id: creative.to_string(),
            package: package.to_string(),
            media_buy: media_buy.as_ref().map(ToString::to_string),
            weight: weight.get().into(),
            flight_from: flight.from().map(|at| at.micros()),
            flight_until: flight.until().map(|at| at.micros()),
            created_at: created_at.micros(),
            ended_at: ended_at.map(|at| at.micros()),
        }
    }
}

impl AssignmentRow {
    /// The assignment that it was.
    pub fn into_domain(self) -> Result<Assignment, StoreError> {
        let Self {
            id,
            account_id,
            creative_id,
            package,
            media_buy,
            weight,
            flight_from,
            flight_until,
            created_at,
            ended_at,
        } = self;
        Ok(Assignment {
            id: parsed!(AssignmentId, id)?,
            account: parsed!(AccountId, account_id)?,
            creative: parsed!(CreativeId, creative_id)?,
            package: parsed!(ExternalRef, package)?,
            media_buy: media_buy.map(|text| parsed!(ExternalRef, text)).transpose()?,
            weight: Weight::new(unsigned("weight", weight)?).map_err(|_| corrupt("weight", weight))?,
            flight: window(flight_from, flight_until)?,
            created_at: moment(created_at),
            ended_at: ended_at.map(moment),
        })
    }
}
