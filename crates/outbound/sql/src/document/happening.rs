//! What happened, as a document.

use creativestore_domain::event::{Happening, Move};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AssignmentId;
use creativestore_domain::revision::{RevisionNo, RevisionState};
use creativestore_domain::states::{Reason, Status, Step};
use creativestore_domain::text::{ExternalRef, Note};
use creativestore_ports::store::StoreError;
use serde::{Deserialize, Serialize};

use super::{read, word, write};
use crate::corrupt;

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum HappeningTwin {
    Created {
        hash: String,
    },
    RevisionAdded {
        revision: u32,
        hash: String,
        superseded: Option<u32>,
        status: (String, String),
    },
    MetadataChanged {
        fields: Vec<String>,
        version: u32,
    },
    StatusChanged {
        step: String,
        revision: u32,
        revision_state: (String, String),
        status: (String, String),
        reason: Option<String>,
        note: Option<String>,
    },
    AssignmentChanged {
        assignment: String,
        package: String,
        in_use: bool,
    },
}

/// A happening as it is kept.
pub fn happening_text(what: &Happening) -> String {
    let status = |moved: &Move<Status>| (moved.from.as_str().to_owned(), moved.to.as_str().to_owned());
    write(&match what {
        Happening::Created { hash } => HappeningTwin::Created { hash: hash.to_string() },
        Happening::RevisionAdded { revision, hash, superseded, status: moved } => {
            HappeningTwin::RevisionAdded {
                revision: revision.get(),
                hash: hash.to_string(),
                superseded: superseded.map(RevisionNo::get),
                status: status(moved),
            }
        }
        Happening::MetadataChanged { fields, version } => {
            HappeningTwin::MetadataChanged { fields: fields.clone(), version: *version }
        }
        Happening::StatusChanged { step, revision, revision_state, status: moved, reason, note } => {
            let Move { from, to } = revision_state;
            HappeningTwin::StatusChanged {
                step: step.as_str().into(),
                revision: revision.get(),
                revision_state: (from.as_str().into(), to.as_str().into()),
                status: status(moved),
                reason: reason.map(|reason| reason.as_str().into()),
                note: note.as_ref().map(ToString::to_string),
            }
        }
        Happening::AssignmentChanged { assignment, package, in_use } => HappeningTwin::AssignmentChanged {
            assignment: assignment.to_string(),
            package: package.to_string(),
            in_use: *in_use,
        },
    })
}

/// A happening as it was kept.
pub fn happening_from(text: &str) -> Result<Happening, StoreError> {
    Ok(match read("event", text)? {
        HappeningTwin::Created { hash } => Happening::Created { hash: sha256(&hash)? },
        HappeningTwin::RevisionAdded { revision, hash, superseded, status } => Happening::RevisionAdded {
            revision: number(revision)?,
            hash: sha256(&hash)?,
            superseded: superseded.map(number).transpose()?,
            status: moved(&status, Status::parse)?,
        },
        HappeningTwin::MetadataChanged { fields, version } => Happening::MetadataChanged { fields, version },
        HappeningTwin::StatusChanged { step, revision, revision_state, status, reason, note } => {
            Happening::StatusChanged {
                step: word("step", &step, Step::parse)?,
                revision: number(revision)?,
                revision_state: moved(&revision_state, RevisionState::parse)?,
                status: moved(&status, Status::parse)?,
                reason: reason.map(|reason| word("reason", &reason, Reason::parse)).transpose()?,
                note: note.map(|note| Note::parse(&note).map_err(|_| corrupt("note", &note))).transpose()?,
            }
        }
        HappeningTwin::AssignmentChanged { assignment, package, in_use } => Happening::AssignmentChanged {
            assignment: AssignmentId::parse(&assignment)
                .map_err(|_| corrupt("assignment id", &assignment))?,
            package: ExternalRef::parse(&package).map_err(|_| corrupt("package", &package))?,
            in_use,
        },
    })
}

fn moved<T>(pair: &(String, String), parse: impl Fn(&str) -> Option<T>) -> Result<Move<T>, StoreError> {
    Ok(Move { from: word("status", &pair.0, &parse)?, to: word("status", &pair.1, &parse)? })
}

fn number(no: u32) -> Result<RevisionNo, StoreError> {
    RevisionNo::new(no).ok_or_else(|| corrupt("revision number", no))
}

fn sha256(text: &str) -> Result<Sha256, StoreError> {
    Sha256::parse(text).map_err(|_| corrupt("hash", text))
}
