//! The AsyncAPI document: that it is the one that is kept, that its references lead somewhere, and that events and
//! messages are what it says, no more and no less.

mod given;
mod payloads;

use std::collections::BTreeSet;
use std::path::Path;

use creativestore_domain::event::EventType;
use creativestore_wire::asyncapi::asyncapi;
use serde_json::Value;

#[test]
fn the_asyncapi_document_is_the_one_that_is_kept() {
    let is = serde_json::to_string_pretty(&asyncapi()).expect("JSON") + "\n";
    let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("asyncapi.json");
    std::fs::write(&new, &is).expect("the target folder can be written");
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/asyncapi.json");
    let kept = std::fs::read_to_string(&docs).unwrap_or_default();
    assert!(
        kept == is,
        "docs/asyncapi.json is not what the code says. If the change is meant, look at the difference and keep it:\n\
         cp {} {}",
        new.display(),
        docs.display()
    );
}

/// Every `$ref` in a value.
fn references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(to)) = map.get("$ref") {
                into.insert(to.clone());
            }
            map.values().for_each(|value| references(value, into));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, into)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_everything_that_is_shared_is_used() {
    let document = asyncapi();
    let mut used = BTreeSet::new();
    references(&document, &mut used);
    for to in &used {
        let pointer = to.strip_prefix('#').expect("into the document");
        assert!(document.pointer(pointer).is_some_and(Value::is_object), "{to}");
    }
    let places =
        ["servers", "channels", "components/parameters", "components/messages", "components/schemas"];
    for place in places {
        for name in document.pointer(&format!("/{place}")).and_then(Value::as_object).expect(place).keys() {
            assert!(used.contains(&format!("#/{place}/{name}")), "nobody refers to {name} in {place}");
        }
    }
}

#[test]
fn every_event_has_a_channel_of_its_own_and_is_in_the_stream_and_on_the_web() {
    let document = asyncapi();
    let channels = document["channels"].as_object().expect("channels");
    let at = |address: &str| {
        let channel = channels.values().find(|channel| channel["address"] == address).expect(address);
        let mut messages: Vec<_> = channel["messages"].as_object().expect(address).keys().collect();
        messages.sort_unstable();
        messages.into_iter().map(|name| &document["components"]["messages"][name]["name"]).collect::<Vec<_>>()
    };
    let mut types: Vec<_> = EventType::ALL.iter().map(|of| of.as_str()).collect();
    for name in &types {
        assert_eq!(at(&format!("{{prefix}}:{name}")), [*name]);
    }
    types.sort_unstable();
    assert_eq!(at("{prefix}:events"), types);
    assert_eq!(at("/v1/events"), types);
    assert_eq!(channels.len(), types.len() + 3, "and the inbox");
}
