//! The outcome of a request as a document: the rows that it showed, as they were then.

use creativestore_domain::id::ApiKeyId;
use creativestore_ports::idempotency::Outcome;
use creativestore_ports::store::StoreError;
use serde::{Deserialize, Serialize};

use super::{read, write};
use crate::corrupt;
use crate::rows::{AccountRow, AssignmentRow, ConceptRow, CreativeRow, ReviewRow, RevisionRow};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OutcomeTwin {
    Account(AccountRow),
    Concept(ConceptRow),
    Creative { creative: Box<CreativeRow>, revision: Box<RevisionRow> },
    Revision { revision: Box<RevisionRow>, added: bool },
    Review { review: ReviewRow, creative: Box<CreativeRow> },
    Assignment(AssignmentRow),
    ApiKey(String),
}

/// An outcome as it is kept.
pub fn outcome_text(outcome: &Outcome) -> String {
    write(&match outcome {
        Outcome::Account(account) => OutcomeTwin::Account(account.into()),
        Outcome::Concept(concept) => OutcomeTwin::Concept(concept.into()),
        Outcome::Creative { creative, revision } => OutcomeTwin::Creative {
            creative: Box::new(creative.as_ref().into()),
            revision: Box::new(revision.as_ref().into()),
        },
        Outcome::Revision { revision, added } => {
            OutcomeTwin::Revision { revision: Box::new(revision.as_ref().into()), added: *added }
        }
        Outcome::Review { review, creative } => {
            OutcomeTwin::Review { review: review.into(), creative: Box::new(creative.as_ref().into()) }
        }
        Outcome::Assignment(assignment) => OutcomeTwin::Assignment(assignment.into()),
        Outcome::ApiKey(id) => OutcomeTwin::ApiKey(id.to_string()),
    })
}

/// An outcome as it was kept.
pub fn outcome_from(text: &str) -> Result<Outcome, StoreError> {
    Ok(match read("outcome", text)? {
        OutcomeTwin::Account(row) => Outcome::Account(row.into_domain()?),
        OutcomeTwin::Concept(row) => Outcome::Concept(row.into_domain()?),
        OutcomeTwin::Creative { creative, revision } => Outcome::Creative {
            creative: Box::new(creative.into_domain()?),
            revision: Box::new(revision.into_domain()?),
        },
        OutcomeTwin::Revision { revision, added } => {
            Outcome::Revision { revision: Box::new(revision.into_domain()?), added }
        }
        OutcomeTwin::Review { review, creative } => {
            Outcome::Review { review: review.into_domain()?, creative: Box::new(creative.into_domain()?) }
        }
        OutcomeTwin::Assignment(row) => Outcome::Assignment(row.into_domain()?),
        OutcomeTwin::ApiKey(id) => {
            Outcome::ApiKey(ApiKeyId::parse(&id).map_err(|_| corrupt("API key id", &id))?)
        }
    })
}
