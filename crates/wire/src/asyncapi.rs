//! The events that we tell and the messages that we read, as an AsyncAPI 3.0.0 document: made of the same names and
//! lists as they are. Says which transports carry them; knows none.

mod payloads;

use creativestore_domain::event::EventType;
use serde_json::{Map, Value, json};

use crate::inbox::{LARGEST, MEDIA_BUY_ENDED};

const ABOUT: &str = "What the system of record for advertising creatives tells of them, and what it is told. \
Everything is CloudEvents 1.0 in the structured JSON form.

Events come at least once and in order per creative. Drop repeats by `id`; see gaps by `sequence`, which has none within \
a `subject`. `sequence` and `position` are numbers, as texts; the one is always as long, the other is not. The schemas of \
events say exactly what this version sends.";

const CHANNEL: &str = "A Redis channel (`SUBSCRIBE`). What is told while nobody listens is not told again here; it is in \
the stream and in the database.";

const STREAM: &str = "A Redis stream, to be read by consumer groups. The id of an entry is `<position>-0`, so that \
entries are in the order of positions; its field `event` holds the JSON. The newest are kept, about as many as the \
setting `pubsub.kept` says; older ones are in the database.";

const WATCHED: &str = "Server-sent events over HTTP, for a caller who may look at the account: asked for with \
`Accept: text/event-stream` and answered with that content type. `id` is the event's position, `event` its type, `data` \
the JSON. All events after the position that the header `Last-Event-ID` names, or else the parameter `after`, or else \
from the first one on; then each as it comes. Comments show that the connection is alive. When it ends, ask again with \
`Last-Event-ID`.";

/// The document. It is kept as `docs/asyncapi.json`.
pub fn asyncapi() -> Value {
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "creativestore",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": servers(),
        "channels": channels(),
        "operations": operations(),
        "components": {
            "parameters": {
                "prefix": {
                    "default": "creativestore",
                    "description": "What names of channels and streams begin with: the setting `pubsub.prefix`.",
                },
            },
            "messages": messages(),
            "schemas": payloads::schemas(),
        },
    })
}

fn servers() -> Value {
    json!({
        "redis": {
            "host": "{host}:{port}",
            "protocol": "redis",
            "description": "Where one is configured. Streams are in the database `pubsub.redis.db`.",
            "variables": {
                "host": { "description": "The setting `redis.host`." },
                "port": { "default": "6379", "description": "The setting `redis.port`." },
            },
        },
        "http": {
            "host": "{host}",
            "protocol": "https",
            "description": "The service itself.",
            "variables": { "host": { "description": "Where clients reach it." } },
        },
    })
}

/// `#/<place>/<name>`.
fn pointer(place: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/{place}/{name}") })
}

/// A type name as one word: `creative.status_changed` is `CreativeStatusChanged`.
fn pascal(type_name: &str) -> String {
    let words = type_name.split(['.', '_']).map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or_default();
        first.to_ascii_uppercase() + rest
    });
    words.collect()
}

/// The same, beginning with a small letter.
fn camel(type_name: &str) -> String {
    let word = pascal(type_name);
    let (first, rest) = word.split_at_checked(1).unwrap_or_default();
    first.to_ascii_lowercase() + rest
}

/// References to messages, by what they are called.
fn references<'a>(type_names: impl Iterator<Item = &'a str>) -> Value {
    type_names.map(camel).map(|name| (name.clone(), pointer("components/messages", &name))).collect()
}

fn every_event() -> impl Iterator<Item = &'static str> {
    EventType::ALL.iter().map(|of| of.as_str())
}

fn redis_channel(address: &str, title: &str, description: &str, messages: &Value) -> Value {
    json!({
        "address": format!("{{prefix}}:{address}"),
        "title": title,
        "description": description,
        "servers": [pointer("servers", "redis")],
        "parameters": { "prefix": pointer("components/parameters", "prefix") },
        "messages": messages,
    })
}

fn channels() -> Map<String, Value> {
    let mut channels = Map::new();
    for name in every_event() {
        let title = format!("`{name}`, for whoever listens now");
        let channel = redis_channel(name, &title, CHANNEL, &references([name].into_iter()));
        channels.insert(camel(name), channel);
    }
    let all = references(every_event());
    let stream = redis_channel("events", "All events, for consumers that must miss nothing", STREAM, &all);
    let received = format!(
        "A Redis stream that the consumer group `creativestore` reads. An entry's field `event` holds the JSON, in \
         UTF-8, of at most {LARGEST} bytes; other fields are not looked at. A message that fails comes again after \
         1 s, 2 s, 4 s, … at most a minute, `pubsub.dead_letter.tries` times, and then goes to the list of dead \
         letters; one that can never succeed, as when its type is unknown, goes there at once."
    );
    let inbox =
        redis_channel("inbox", "Messages for us", &received, &references([MEDIA_BUY_ENDED].into_iter()));
    let watched = json!({
        "address": "/v1/events",
        "title": "An account's events, as they come",
        "description": WATCHED,
        "servers": [pointer("servers", "http")],
        "messages": all,
    });
    channels.insert("events".into(), stream);
    channels.insert("inbox".into(), inbox);
    channels.insert("watchedEvents".into(), watched);
    channels
}

fn operations() -> Map<String, Value> {
    let mut operations = Map::new();
    for &of in EventType::ALL {
        let operation = json!({
            "action": "send",
            "channel": pointer("channels", &camel(of.as_str())),
            "summary": format!("{}, told to whoever listens now.", said(of).title),
        });
        operations.insert(format!("tell{}", pascal(of.as_str())), operation);
    }
    let keep = json!({
        "action": "send",
        "channel": pointer("channels", "events"),
        "summary": "Every event is kept in the stream, then told on the channel of its type.",
    });
    let show = json!({
        "action": "send",
        "channel": pointer("channels", "watchedEvents"),
        "summary": "Every event of the account is sent to who asked for them.",
        "bindings": {
            "http": {
                "method": "GET",
                "query": {
                    "type": "object",
                    "properties": {
                        "account": { "type": "string", "description": "The account, for who has several." },
                        "after": { "type": "integer", "minimum": 0, "description": "After this position." },
                    },
                },
                "bindingVersion": "0.3.0",
            },
        },
    });
    let read = json!({
        "action": "receive",
        "channel": pointer("channels", "inbox"),
        "summary": "A message is read and done, by one instance at a time.",
    });
    operations.insert("keepEvents".into(), keep);
    operations.insert("showEvents".into(), show);
    operations.insert("readMessages".into(), read);
    operations
}

/// What people read of a message.
struct Said {
    title: &'static str,
    summary: &'static str,
}

fn said(of: EventType) -> Said {
    let (title, summary) = match of {
        EventType::Created => ("A creative was created", "Its first revision will be inspected."),
        EventType::RevisionAdded => (
            "A revision was added",
            "The new content will be inspected; a revision before it that was undecided is superseded.",
        ),
        EventType::MetadataChanged => (
            "Metadata changed",
            "What can be changed without a review: the names of the fields, not what they hold.",
        ),
        EventType::StatusChanged => (
            "The status changed",
            "A step was taken on a revision: what became of it, and what it meant for its creative.",
        ),
        EventType::AssignmentChanged => (
            "An assignment changed",
            "A creative came into use in a package, or is not in use there any more.",
        ),
    };
    Said { title, summary }
}

fn messages() -> Map<String, Value> {
    let message = |name: &str, Said { title, summary }| {
        let message = json!({
            "name": name,
            "title": title,
            "summary": summary,
            "contentType": "application/json",
            "payload": payloads::pointer(&pascal(name)),
        });
        (camel(name), message)
    };
    let ended = Said {
        title: "A media buy ended",
        summary: "Told to us: whatever is in use in that media buy is so no longer.",
    };
    let events = EventType::ALL.iter().map(|&of| message(of.as_str(), said(of)));
    events.chain([message(MEDIA_BUY_ENDED, ended)]).collect()
}
