//! A creative as JSON, for processes of the same service that share a cache. Every field is taken apart and put together
//! by name, and read through the domain's own parsers; what an older or a newer version wrote differently is nothing.

use std::borrow::Cow;

use creativestore_domain::account::ChangePolicy;
use creativestore_domain::creative::{Creative, Labels, MAX_LABELS, Metadata, RevisionRef, Standing};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, ConceptId, CreativeId};
use creativestore_domain::manifest::Kind;
use creativestore_domain::revision::{RevisionNo, RevisionState};
use creativestore_domain::text::{ExternalId, Label, Name};
use creativestore_domain::time::{Timestamp, Window};
use serde::{Deserialize, Serialize};

/// What is kept: all of it must be there, and nothing else. Moments are microseconds since 1970.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    account: Text<'a>,
    #[serde(deserialize_with = "Option::deserialize")]
    external_id: Option<Text<'a>>,
    kind: Text<'a>,
    name: Text<'a>,
    #[serde(deserialize_with = "Option::deserialize")]
    concept: Option<Text<'a>>,
    labels: Vec<Text<'a>>,
    #[serde(deserialize_with = "Option::deserialize")]
    rights_from: Option<i64>,
    #[serde(deserialize_with = "Option::deserialize")]
    rights_until: Option<i64>,
    change_policy: Text<'a>,
    standing: Text<'a>,
    newest: KeptRevision<'a>,
    newest_state: Text<'a>,
    #[serde(deserialize_with = "Option::deserialize")]
    active: Option<KeptRevision<'a>>,
    version: u32,
    sequence: u64,
    created_at: i64,
    updated_at: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptRevision<'a> {
    no: u32,
    #[serde(borrow)]
    hash: Text<'a>,
}

/// A text, where it is if it can be taken from there.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

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
    let kept = Kept {
        id: id.to_string().into(),
        account: account.to_string().into(),
        external_id: external_id.as_ref().map(|it| it.as_str().into()),
        kind: kind.as_str().into(),
        name: name.as_str().into(),
        concept: concept.map(|it| it.to_string().into()),
        labels: labels.iter().map(|it| it.as_str().into()).collect(),
        rights_from: rights.from().map(Timestamp::micros),
        rights_until: rights.until().map(Timestamp::micros),
        change_policy: change_policy.as_str().into(),
        standing: standing.as_str().into(),
        newest: (*newest).into(),
        newest_state: newest_state.as_str().into(),
        active: active.map(Into::into),
        version: *version,
        sequence: *sequence,
        created_at: created_at.micros(),
        updated_at: updated_at.micros(),
    };
    serde_json::to_string(&kept).expect("texts and numbers can be written")
}

/// Reads a creative; nothing when it is not one, as this version writes it.
pub fn creative_from_json(json: &[u8]) -> Option<Creative> {
    let Kept {
        id,
        account,
        external_id,
        kind,
        name,
        concept,
        labels,
        rights_from,
        rights_until,
        change_policy,
        standing,
        newest,
        newest_state,
        active,
        version,
        sequence,
        created_at,
        updated_at,
    } = serde_json::from_slice(json).ok()?;
    Some(Creative {
        id: CreativeId::parse(&id.0).ok()?,
        account: AccountId::parse(&account.0).ok()?,
        external_id: perhaps(external_id, |it| same(&it, ExternalId::parse, ExternalId::as_str))?,
        kind: Kind::parse(&kind.0)?,
        metadata: Metadata {
            name: same(&name, Name::parse, Name::as_str)?,
            concept: perhaps(concept, |it| ConceptId::parse(&it.0).ok())?,
            labels: read_labels(&labels)?,
            rights: Window::new(
                rights_from.map(Timestamp::from_micros),
                rights_until.map(Timestamp::from_micros),
            )
            .ok()?,
        },
        change_policy: ChangePolicy::parse(&change_policy.0)?,
        standing: Standing::parse(&standing.0)?,
        newest: newest.read()?,
        newest_state: RevisionState::parse(&newest_state.0)
            .filter(|state| *state != RevisionState::Superseded)?,
        active: perhaps(active, |it| it.read())?,
        version,
        sequence,
        created_at: Timestamp::from_micros(created_at),
        updated_at: Timestamp::from_micros(updated_at),
    })
}

impl From<RevisionRef> for KeptRevision<'_> {
    fn from(RevisionRef { no, hash }: RevisionRef) -> Self {
        Self { no: no.get(), hash: hash.to_string().into() }
    }
}

impl KeptRevision<'_> {
    fn read(&self) -> Option<RevisionRef> {
        let Self { no, hash } = self;
        Some(RevisionRef { no: RevisionNo::new(*no)?, hash: Sha256::parse(&hash.0).ok()? })
    }
}

fn read_labels(labels: &[Text<'_>]) -> Option<Labels> {
    let read: Labels =
        labels.iter().map(|label| same(label, Label::parse, Label::as_str)).collect::<Option<_>>()?;
    (read.len() == labels.len() && read.len() <= MAX_LABELS).then_some(read)
}

/// What may not be there, and can be read if it is.
#[expect(clippy::option_option, reason = "not to be read is something else than to be nothing")]
fn perhaps<T, R>(kept: Option<T>, read: impl FnOnce(T) -> Option<R>) -> Option<Option<R>> {
    kept.map_or(Some(None), |kept| read(kept).map(Some))
}

/// A text that parses to itself.
fn same<T, E>(
    Text(text): &Text<'_>,
    parse: impl Fn(&str) -> Result<T, E>,
    as_str: impl Fn(&T) -> &str,
) -> Option<T> {
    parse(text).ok().filter(|parsed| as_str(parsed) == text)
}

#[cfg(test)]
mod tests;
