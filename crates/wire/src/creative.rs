//! A creative as JSON, for processes of the same service that share a cache. Every field is taken apart and put together
//! by name, and read through the domain's own parsers; what an older or a newer version wrote differently is nothing.

use std::collections::BTreeSet;

use creativestore_domain::account::ChangePolicy;
use creativestore_domain::creative::{Creative, MAX_LABELS, Metadata, RevisionRef, Standing};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, ConceptId, CreativeId};
use creativestore_domain::manifest::Kind;
use creativestore_domain::revision::{RevisionNo, RevisionState};
use creativestore_domain::text::{ExternalId, Label, Name};
use creativestore_domain::time::{Timestamp, Window};
use serde_json::{Map, Value, json};

/// Writes a creative.
pub fn creative_to_json(creative: &Creative) -> String {
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
    json!({
        "id": id.to_string(),
        "account": account.to_string(),
        "external_id": external_id.as_ref().map(ExternalId::as_str),
        "kind": kind.as_str(),
        "name": name.as_str(),
        "concept": concept.map(|concept| concept.to_string()),
        "labels": labels.iter().map(Label::as_str).collect::<Vec<_>>(),
        "rights_from": rights.from().map(Timestamp::micros),
        "rights_until": rights.until().map(Timestamp::micros),
        "change_policy": change_policy.as_str(),
        "standing": standing.as_str(),
        "newest": revision(*newest),
        "newest_state": newest_state.as_str(),
        "active": active.map(revision),
        "version": version,
        "sequence": sequence,
        "created_at": created_at.micros(),
        "updated_at": updated_at.micros(),
    })
    .to_string()
}

/// Reads a creative; nothing when it is not one, as this version writes it.
pub fn creative_from_json(json: &[u8]) -> Option<Creative> {
    let mut fields = Fields(match serde_json::from_slice(json) {
        Ok(Value::Object(fields)) => fields,
        _ => return None,
    });
    let creative = Creative {
        id: CreativeId::parse(&fields.text("id")?).ok()?,
        account: AccountId::parse(&fields.text("account")?).ok()?,
        external_id: fields.perhaps("external_id", |value| same(value.as_str()?, ExternalId::parse))?,
        kind: Kind::parse(&fields.text("kind")?)?,
        metadata: Metadata {
            name: same(&fields.text("name")?, Name::parse)?,
            concept: fields.perhaps("concept", |value| ConceptId::parse(value.as_str()?).ok())?,
            labels: labels(&fields.take("labels")?)?,
            rights: {
                let from = fields.perhaps("rights_from", moment)?;
                Window::new(from, fields.perhaps("rights_until", moment)?).ok()?
            },
        },
        change_policy: ChangePolicy::parse(&fields.text("change_policy")?)?,
        standing: Standing::parse(&fields.text("standing")?)?,
        newest: read_revision(&fields.take("newest")?)?,
        newest_state: RevisionState::parse(&fields.text("newest_state")?)
            .filter(|state| *state != RevisionState::Superseded)?,
        active: fields.perhaps("active", read_revision)?,
        version: fields.take("version")?.as_u64()?.try_into().ok()?,
        sequence: fields.take("sequence")?.as_u64()?,
        created_at: moment(&fields.take("created_at")?)?,
        updated_at: moment(&fields.take("updated_at")?)?,
    };
    // What is left is of a version that keeps more.
    fields.0.is_empty().then_some(creative)
}

fn revision(revision: RevisionRef) -> Value {
    let RevisionRef { no, hash } = revision;
    json!({ "no": no.get(), "hash": hash.to_string() })
}

fn read_revision(value: &Value) -> Option<RevisionRef> {
    let mut fields = Fields(value.as_object()?.clone());
    let no = RevisionNo::new(fields.take("no")?.as_u64()?.try_into().ok()?)?;
    let hash = Sha256::parse(&fields.text("hash")?).ok()?;
    fields.0.is_empty().then_some(RevisionRef { no, hash })
}

fn labels(value: &Value) -> Option<BTreeSet<Label>> {
    let labels = value.as_array()?;
    let read: BTreeSet<Label> =
        labels.iter().map(|label| same(label.as_str()?, Label::parse)).collect::<Option<_>>()?;
    (read.len() == labels.len() && read.len() <= MAX_LABELS).then_some(read)
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_i64().map(Timestamp::from_micros)
}

/// A text that parses to itself.
fn same<T: std::fmt::Display, E>(text: &str, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
    parse(text).ok().filter(|parsed| parsed.to_string() == text)
}

struct Fields(Map<String, Value>);

impl Fields {
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Of a field that must be there, and may be null.
    #[expect(clippy::option_option, reason = "not to be read is something else than to be nothing")]
    fn perhaps<T>(&mut self, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
        match self.take(name)? {
            Value::Null => Some(None),
            value => read(&value).map(Some),
        }
    }
}

#[cfg(test)]
mod tests;
