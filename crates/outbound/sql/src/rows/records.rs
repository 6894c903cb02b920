//! Rows of accounts, concepts, blobs, renditions, audit, events and jobs.

use creativestore_domain::account::{Account, ChangePolicy};
use creativestore_domain::concept::Concept;
use creativestore_domain::event::Event;
use creativestore_domain::facts::{Recipe, Rendition};
use creativestore_domain::id::{AccountId, AuditId, ConceptId, CreativeId, EventId, JobId};
use creativestore_domain::revision::RevisionNo;
use creativestore_domain::text::Name;
use creativestore_ports::assets::BlobRecord;
use creativestore_ports::jobs::Job;
use creativestore_ports::journal::{AuditEntry, Changed, Origin, Published};
use creativestore_ports::store::StoreError;
use serde::{Deserialize, Serialize};

use super::{actor, moment, parsed, sha256};
use crate::document::{happening_from, happening_text, word};
use crate::{corrupt, number, unsigned};

/// An account.
#[derive(Clone, Debug, sqlx::FromRow, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct AccountRow {
    pub id: String,
    pub name: String,
    pub brand_domain: Option<String>,
    pub operator: Option<String>,
    pub change_policy: String,
    pub version: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

impl From<&Account> for AccountRow {
    fn from(account: &Account) -> Self {
        let Account { id, name, brand_domain, operator, change_policy, version, created_at, updated_at } =
            account;
        Self {
            id: id.to_string(),
            name: name.to_string(),
            brand_domain: brand_domain.as_ref().map(ToString::to_string),
            operator: operator.as_ref().map(ToString::to_string),
            change_policy: change_policy.as_str().into(),
            version: (*version).into(),
            created_at: created_at.micros(),
            updated_at: updated_at.micros(),
        }
    }
}

impl AccountRow {
    /// The account that it was.
    pub fn into_domain(self) -> Result<Account, StoreError> {
        let Self { id, name, brand_domain, operator, change_policy, version, created_at, updated_at } = self;
        Ok(Account {
            id: parsed!(AccountId, id)?,
            name: parsed!(Name, name)?,
            brand_domain: brand_domain.map(|text| parsed!(Name, text)).transpose()?,
            operator: operator.map(|text| parsed!(Name, text)).transpose()?,
            change_policy: word("change policy", &change_policy, ChangePolicy::parse)?,
            version: unsigned("version", version)?,
            created_at: moment(created_at),
            updated_at: moment(updated_at),
        })
    }
}

/// A concept.
#[derive(Clone, Debug, sqlx::FromRow, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct ConceptRow {
    pub id: String,
    pub account_id: String,
    pub name: String,
    pub version: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

impl From<&Concept> for ConceptRow {
    fn from(concept: &Concept) -> Self {
        let Concept { id, account, name, version, created_at, updated_at } = concept;
        Self {
            id: id.to_string(),
            account_id: account.to_string(),
            name: name.to_string(),
            version: (*version).into(),
            created_at: created_at.micros(),
            updated_at: updated_at.micros(),
        }
    }
}

impl ConceptRow {
    /// The concept that it was.
    pub fn into_domain(self) -> Result<Concept, StoreError> {
        let Self { id, account_id, name, version, created_at, updated_at } = self;
        Ok(Concept {
            id: parsed!(ConceptId, id)?,
            account: parsed!(AccountId, account_id)?,
            name: parsed!(Name, name)?,
            version: unsigned("version", version)?,
            created_at: moment(created_at),
            updated_at: moment(updated_at),
        })
    }
}

/// A blob.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct BlobRow {
    pub account_id: String,
    pub sha256: String,
    pub bytes: i64,
    pub created_at: i64,
}

impl BlobRow {
    /// The record that it was.
    pub fn into_domain(self) -> Result<BlobRecord, StoreError> {
        let Self { account_id, sha256: hash, bytes, created_at } = self;
        Ok(BlobRecord {
            account: parsed!(AccountId, account_id)?,
            sha256: sha256(&hash)?,
            bytes: unsigned("size", bytes)?,
            created_at: moment(created_at),
        })
    }
}

/// A rendition.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct RenditionRow {
    pub recipe: String,
    pub sha256: String,
    pub bytes: i64,
    pub media_type: String,
    pub width: Option<i64>,
    pub height: Option<i64>,
}

impl From<&Rendition> for RenditionRow {
    fn from(rendition: &Rendition) -> Self {
        let Rendition { recipe, sha256, bytes, media_type, size } = rendition;
        Self {
            recipe: recipe.to_string(),
            sha256: sha256.to_string(),
            bytes: number(*bytes),
            media_type: media_type.clone(),
            width: size.map(|(width, _)| width.into()),
            height: size.map(|(_, height)| height.into()),
        }
    }
}

impl RenditionRow {
    /// The rendition that it was.
    pub fn into_domain(self) -> Result<Rendition, StoreError> {
        let Self { recipe, sha256: hash, bytes, media_type, width, height } = self;
        let size = match (width, height) {
            (Some(width), Some(height)) => Some((unsigned("width", width)?, unsigned("height", height)?)),
            _ => None,
        };
        Ok(Rendition {
            recipe: word("recipe", &recipe, Recipe::parse)?,
            sha256: sha256(&hash)?,
            bytes: unsigned("size", bytes)?,
            media_type,
            size,
        })
    }
}

/// A line of the audit log.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct AuditRow {
    pub id: String,
    pub account_id: Option<String>,
    pub by: String,
    pub at: i64,
    pub address: Option<String>,
    pub request_id: Option<String>,
    pub action: String,
    pub subject: String,
    pub detail: String,
}

impl From<&AuditEntry> for AuditRow {
    fn from(entry: &AuditEntry) -> Self {
        let AuditEntry {
            id,
            account,
            by,
            at,
            origin: Origin { address, request_id, trace: _ },
            action,
            subject,
            detail,
        } = entry;
        Self {
            id: id.to_string(),
            account_id: account.map(|id| id.to_string()),
            by: by.to_string(),
            at: at.micros(),
            address: address.map(|address| address.to_string()),
            request_id: request_id.as_deref().map(str::to_owned),
            action: action.clone(),
            subject: subject.clone(),
            detail: detail.clone(),
        }
    }
}

impl AuditRow {
    /// The line that it was.
    pub fn into_domain(self) -> Result<AuditEntry, StoreError> {
        let Self { id, account_id, by, at, address, request_id, action, subject, detail } = self;
        let address = address.map(|text| text.parse().map_err(|_| corrupt("address", &text)));
        Ok(AuditEntry {
            id: parsed!(AuditId, id)?,
            account: account_id.map(|id| parsed!(AccountId, id)).transpose()?,
            by: actor(&by)?,
            at: moment(at),
            origin: Origin {
                address: address.transpose()?,
                request_id: request_id.map(Into::into),
                trace: None,
            },
            action,
            subject,
            detail,
        })
    }
}

/// An event.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct EventRow {
    pub id: String,
    pub account_id: String,
    pub creative_id: String,
    pub sequence: i64,
    pub at: i64,
    pub by: String,
    pub what: String,
    pub position: Option<i64>,
    pub trace: Option<String>,
}

impl From<&Event> for EventRow {
    fn from(event: &Event) -> Self {
        let Event { id, account, creative, sequence, at, by, what } = event;
        Self {
            id: id.to_string(),
            account_id: account.to_string(),
            creative_id: creative.to_string(),
            sequence: number(*sequence),
            at: at.micros(),
            by: by.to_string(),
            what: happening_text(what),
            position: None,
            trace: None,
        }
    }
}

impl EventRow {
    /// The event that it was.
    pub fn into_domain(self) -> Result<Event, StoreError> {
        let Self { id, account_id, creative_id, sequence, at, by, what, position: _, trace: _ } = self;
        Ok(Event {
            id: parsed!(EventId, id)?,
            account: parsed!(AccountId, account_id)?,
            creative: parsed!(CreativeId, creative_id)?,
            sequence: unsigned("sequence", sequence)?,
            at: moment(at),
            by: actor(&by)?,
            what: happening_from(&what)?,
        })
    }

    /// The event at the position that it has, or is about to get.
    pub fn published(self, position: u64) -> Result<Published, StoreError> {
        let trace = self.trace.clone();
        Ok(Published { position, event: self.into_domain()?, trace })
    }
}

/// A creative that changed, as its event says.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct ChangedRow {
    pub creative_id: String,
    pub sequence: i64,
    pub position: Option<i64>,
}

impl ChangedRow {
    /// The change that it was.
    pub fn into_domain(self) -> Result<Changed, StoreError> {
        let Self { creative_id, sequence, position } = self;
        Ok(Changed {
            creative: parsed!(CreativeId, creative_id)?,
            sequence: unsigned("sequence", sequence)?,
            position: position.map(|position| unsigned("position", position)).transpose()?,
        })
    }
}

/// A job.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct JobRow {
    pub id: String,
    pub account_id: String,
    pub creative_id: String,
    pub no: i64,
    pub tries: i64,
    pub due: i64,
}

impl JobRow {
    /// The job that it was.
    pub fn into_domain(self) -> Result<Job, StoreError> {
        let Self { id, account_id, creative_id, no, tries, due } = self;
        Ok(Job {
            id: parsed!(JobId, id)?,
            account: parsed!(AccountId, account_id)?,
            creative: parsed!(CreativeId, creative_id)?,
            revision: RevisionNo::new(unsigned("revision number", no)?)
                .ok_or_else(|| corrupt("revision number", no))?,
            tries: unsigned("tries", tries)?,
            due: moment(due),
        })
    }
}
