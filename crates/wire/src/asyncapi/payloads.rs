//! What is in events and messages, as JSON Schema draft 7, for the document and its readers. Knows no channel.
//!
//! What we send is described to the last property, all of which are there unless something else is said. Of what
//! we receive only what is read is described; the rest may be anything.

use std::fmt::Display;

use creativestore_domain::creative::Metadata;
use creativestore_domain::event::EventType;
use creativestore_domain::id::{AccountId, ApiKeyId, AssignmentId, CreativeId, EventId, UserId};
use creativestore_domain::revision::RevisionState;
use creativestore_domain::states::{Reason, Status, Step};
use creativestore_domain::text::{ExternalRef, Note};
use serde_json::{Map, Value, json};

use super::pascal;
use crate::inbox::MEDIA_BUY_ENDED;

/// Where the schema of this name is.
pub(super) fn pointer(name: &str) -> Value {
    super::pointer("components/schemas", name)
}

/// All schemas, by name. The payload of an event has the name of its type, what is in its `data` that and `Data`.
pub(super) fn schemas() -> Map<String, Value> {
    let mut schemas = terms();
    for &of in EventType::ALL {
        let name = pascal(of.as_str());
        schemas.insert(format!("{name}Data"), data(of));
        schemas.insert(name, envelope(of));
    }
    let name = pascal(MEDIA_BUY_ENDED);
    schemas.insert(format!("{name}Data"), media_buy_ended());
    schemas.insert(name, received(MEDIA_BUY_ENDED));
    schemas
}

/// An object that has these properties and no others, each of them unless it is among the optional ones.
fn exactly(properties: &Map<String, Value>, optional: &[&str]) -> Value {
    let required: Vec<&String> =
        properties.keys().filter(|name| !optional.contains(&name.as_str())).collect();
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties })
}

fn id(prefix: &str, noun: &str) -> Value {
    json!({
        "type": "string",
        "description": format!("The id of {noun}."),
        "pattern": format!("^{prefix}_[0-9a-f]{{32}}$"),
    })
}

fn one_of<T: Copy>(values: &[T], name: impl Fn(T) -> &'static str, description: &str) -> Value {
    let names: Vec<_> = values.iter().copied().map(name).collect();
    json!({ "type": "string", "description": description, "enum": names })
}

fn moved(of: &str, description: &str) -> Value {
    let ends = [("from", pointer(of)), ("to", pointer(of))];
    let mut schema = exactly(&ends.map(|(name, of)| (name.to_owned(), of)).into_iter().collect(), &[]);
    schema["description"] = format!("{description}, before and after; the same when it stayed.").into();
    schema
}

fn or_null(of: &str, description: &str) -> Value {
    json!({ "description": description, "anyOf": [pointer(of), { "type": "null" }] })
}

/// A text of digits that begins with 1.
fn number_as_text(description: impl Display) -> Value {
    json!({ "type": "string", "description": description.to_string(), "pattern": "^[1-9][0-9]*$" })
}

/// What several payloads hold.
fn terms() -> Map<String, Value> {
    let (account, user, key) = (AccountId::PREFIX, UserId::PREFIX, ApiKeyId::PREFIX);
    let terms = json!({
        "EventId": id(EventId::PREFIX, "an event, by which repeats are known"),
        "AccountId": id(account, "an account"),
        "CreativeId": id(CreativeId::PREFIX, "a creative"),
        "AssignmentId": id(AssignmentId::PREFIX, "an assignment"),
        "Source": {
            "type": "string",
            "format": "uri-reference",
            "description": "The account, as a path of this service.",
            "pattern": format!("^/v1/accounts/{account}_[0-9a-f]{{32}}$"),
        },
        "Actor": {
            "type": "string",
            "description": "Who did it: a user, an API key, or this service itself.",
            "pattern": format!("^(system|({user}|{key})_[0-9a-f]{{32}})$"),
        },
        "Moment": {
            "type": "string",
            "format": "date-time",
            "description": "A moment in UTC, with microseconds.",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$",
        },
        "Sequence": {
            "type": "string",
            "description": "The number of the event in its creative: 1, 2, 3, … without gaps, as 20 digits.",
            "pattern": "^[0-9]{20}$",
        },
        "Position": number_as_text(
            "The place of the event among all: what `Last-Event-ID` names. It grows; later never means smaller."
        ),
        "TraceParent": {
            "type": "string",
            "description": "`traceparent` of W3C Trace Context, as the request that caused the event had it.",
            "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
        },
        "Sha256": {
            "type": "string",
            "description": "The hash of a revision's manifest in its canonical form.",
            "pattern": "^[0-9a-f]{64}$",
        },
        "RevisionNumber": {
            "type": "integer",
            "description": "The number of a revision in its creative: 1, 2, 3, …",
            "minimum": 1,
            "maximum": u32::MAX,
        },
        "Status": one_of(&Status::ALL, Status::as_str, "Where a creative stands."),
        "RevisionState": one_of(&RevisionState::ALL, RevisionState::as_str, "Where a revision stands."),
        "Step": one_of(&Step::ALL, Step::as_str, "A step of the state table."),
        "Reason": one_of(Reason::ALL, Reason::as_str, "A `creative-event-reason-code` of AdCP 3.2."),
        "StatusMove": moved("Status", "Where the creative stood"),
        "RevisionStateMove": moved("RevisionState", "Where the revision stood"),
    });
    object(terms)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn envelope(of: EventType) -> Value {
    let properties = json!({
        "specversion": { "type": "string", "const": "1.0" },
        "id": pointer("EventId"),
        "source": pointer("Source"),
        "type": { "type": "string", "const": of.as_str() },
        "subject": pointer("CreativeId"),
        "time": pointer("Moment"),
        "datacontenttype": { "type": "string", "const": "application/json" },
        "sequence": pointer("Sequence"),
        "position": pointer("Position"),
        "traceparent": pointer("TraceParent"),
        "data": pointer(&format!("{}Data", pascal(of.as_str()))),
    });
    let mut schema = exactly(&object(properties), &["traceparent"]);
    schema["description"] =
        "A CloudEvent. `subject` is the creative; `traceparent` is there when the request had one.".into();
    schema
}

fn data(of: EventType) -> Value {
    let own = match of {
        EventType::Created => json!({
            "revision": { "type": "integer", "description": "The first one.", "const": 1 },
            "sha256": pointer("Sha256"),
        }),
        EventType::RevisionAdded => json!({
            "revision": pointer("RevisionNumber"),
            "sha256": pointer("Sha256"),
            "superseded": or_null("RevisionNumber", "The undecided revision that it replaced."),
            "status": pointer("StatusMove"),
        }),
        EventType::MetadataChanged => json!({
            "fields": {
                "type": "array",
                "description": "The fields that changed.",
                "items": { "type": "string", "enum": Metadata::FIELDS },
                "minItems": 1,
                "uniqueItems": true,
            },
            "version": {
                "type": "integer",
                "description": "The metadata version afterwards: what `If-Match` names.",
                "minimum": 1,
                "maximum": u32::MAX,
            },
        }),
        EventType::StatusChanged => json!({
            "step": pointer("Step"),
            "revision": pointer("RevisionNumber"),
            "revision_state": pointer("RevisionStateMove"),
            "status": pointer("StatusMove"),
            "reason_code": or_null("Reason", "Why, where there is a reason."),
            "note": {
                "type": ["string", "null"],
                "description": format!("What was said about it: at most {} {CHARACTERS}.", Note::MAX),
                "minLength": 1,
            },
        }),
        EventType::AssignmentChanged => json!({
            "assignment": pointer("AssignmentId"),
            "package": {
                "type": "string",
                "description": format!(
                    "The id that the buying service gave the package: at most {} {CHARACTERS}.", ExternalRef::MAX
                ),
                "minLength": 1,
            },
            "in_use": { "type": "boolean", "description": "Whether it is in use now; otherwise it ended." },
        }),
    };
    let mut properties = object(own);
    let common = [("account", "AccountId"), ("creative", "CreativeId"), ("by", "Actor")];
    properties.extend(common.map(|(name, of)| (name.to_owned(), pointer(of))));
    exactly(&properties, &[])
}

/// How texts of people are counted.
const CHARACTERS: &str = "characters as a person counts them (extended grapheme clusters)";

/// A message of this type, as `inbox::message` reads it.
fn received(type_name: &str) -> Value {
    json!({
        "type": "object",
        "description": "A CloudEvent from another service. Other attributes may be there, and are not read.",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": { "type": "string", "const": "1.0" },
            "id": { "type": "string", "minLength": 1 },
            "source": { "type": "string", "minLength": 1 },
            "type": { "type": "string", "const": type_name },
            "datacontenttype": {
                "type": "string",
                "description": "`application/json`, with any parameters; may be left out.",
                "pattern": "^[aA][pP][pP][lL][iI][cC][aA][tT][iI][oO][nN]/[jJ][sS][oO][nN][ \\t]*(;|$)",
            },
            "data": pointer(&format!("{}Data", pascal(type_name))),
        },
    })
}

fn media_buy_ended() -> Value {
    json!({
        "type": "object",
        "required": ["account", "media_buy"],
        "properties": {
            "account": pointer("AccountId"),
            "media_buy": {
                "type": "string",
                "description": format!(
                    "The id that the buying service gave the media buy. White space around it is cut off, and it \
                     is brought into Unicode's normalization form C; then it has 1 to {} {CHARACTERS}, none of \
                     them a control character or one that changes the direction of text.",
                    ExternalRef::MAX
                ),
                "pattern": "\\S",
            },
        },
    })
}
