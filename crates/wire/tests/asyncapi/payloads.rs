//! Events and messages against the schemas that the document has for them.

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use creativestore_domain::access::Actor;
use creativestore_domain::creative::Metadata;
use creativestore_domain::event::Happening;
use creativestore_domain::revision::RevisionState;
use creativestore_domain::states::{Reason, Status, Step};
use creativestore_ports::inbox::Message;
use creativestore_wire::asyncapi::asyncapi;
use creativestore_wire::cloud_event;
use creativestore_wire::inbox::{MEDIA_BUY_ENDED, message};
use serde_json::{Value, json};

use crate::given;

/// The payload schema of one message.
struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    /// Of the messages of this type, found as a reader of the document finds it.
    fn of(name: &str) -> Self {
        const PLACE: &str = "file:///asyncapi.json";
        let document = asyncapi();
        let messages = document["components"]["messages"].as_object().expect("messages");
        let message = messages.values().find(|message| message["name"] == name).expect(name);
        let place = format!("{PLACE}{}", message["payload"]["$ref"].as_str().expect(name));
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V7);
        compiler.enable_format_assertions();
        compiler.add_resource(PLACE, document.clone()).expect("a document");
        let mut schemas = Schemas::new();
        let index = compiler.compile(&place, &mut schemas).expect("a schema");
        Self { schemas, index }
    }

    fn takes(&self, value: &Value) -> bool {
        self.schemas.validate(value, self.index).is_ok()
    }

    fn check(&self, value: &Value) {
        if let Err(why) = self.schemas.validate(value, self.index) {
            panic!("{why:#}\n{value:#}");
        }
    }
}

/// Pointers to everything in a value, itself first.
fn places(value: &Value) -> Vec<String> {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(values) => {
            values.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let deeper = inside
        .into_iter()
        .flat_map(|(name, value)| places(value).into_iter().map(move |place| format!("/{name}{place}")));
    [String::new()].into_iter().chain(deeper).collect()
}

fn with(value: &Value, place: &str, new: Value) -> Value {
    let mut value = value.clone();
    *value.pointer_mut(place).expect(place) = new;
    value
}

/// The value without what is there, when that is a property.
fn without(value: &Value, place: &str) -> Option<Value> {
    let (parent, name) = place.rsplit_once('/')?;
    let mut value = value.clone();
    value.pointer_mut(parent)?.as_object_mut()?.remove(name)?;
    Some(value)
}

/// The value with one property more there, when that is an object.
fn with_more(value: &Value, place: &str) -> Option<Value> {
    let mut value = value.clone();
    value.pointer_mut(place)?.as_object_mut()?.insert("more".into(), json!("more"));
    Some(value)
}

#[test]
fn every_event_is_what_its_schema_says() {
    for published in given::events() {
        Schema::of(published.event.what.type_name()).check(&cloud_event(&published));
    }
}

#[test]
fn an_event_with_anything_more_or_less_or_else_is_not_what_its_schema_says() {
    /// What somebody wrote, in which any text will do.
    const FREE: [&str; 2] = ["/data/note", "/data/package"];
    const MAY_BE_NULL: [&str; 3] = ["/data/note", "/data/reason_code", "/data/superseded"];
    for published in given::events() {
        let schema = Schema::of(published.event.what.type_name());
        let sent = cloud_event(&published);
        for place in places(&sent) {
            let mut changed = vec![json!(-1), json!(1.5), json!([]), json!({}), json!([[]]), json!("")];
            if !FREE.contains(&place.as_str()) {
                changed.push(json!("something else"));
            }
            if !MAY_BE_NULL.contains(&place.as_str()) {
                changed.push(json!(null));
            }
            let mut changed: Vec<_> = changed.into_iter().map(|new| with(&sent, &place, new)).collect();
            changed.extend(without(&sent, &place).filter(|_| place != "/traceparent"));
            changed.extend(with_more(&sent, &place));
            for changed in changed {
                assert!(!schema.takes(&changed), "{place} of {changed:#}");
            }
        }
    }
}

#[test]
fn an_event_is_not_what_the_schema_of_another_type_says() {
    for published in given::events() {
        let sent = cloud_event(&published);
        for other in given::events() {
            let other = other.event.what.type_name();
            let named = with(&sent, "/type", json!(other));
            assert_eq!(
                Schema::of(other).takes(&named),
                other == published.event.what.type_name(),
                "{named:#}"
            );
        }
    }
}

#[test]
fn every_step_state_status_reason_and_field_is_in_the_document() {
    let (state, status) = (RevisionState::Approved, Status::Approved);
    let mut happenings: Vec<Happening> = Vec::new();
    happenings.extend(Step::ALL.map(|step| given::step(step, state, status, None, None)));
    happenings.extend(RevisionState::ALL.map(|state| given::step(Step::Archive, state, status, None, None)));
    happenings.extend(Status::ALL.map(|status| given::step(Step::Archive, state, status, None, None)));
    for &reason in Reason::ALL {
        happenings.push(given::step(Step::Archive, state, status, Some(reason), None));
    }
    let fields = Metadata::FIELDS.map(str::to_owned).to_vec();
    happenings.push(Happening::MetadataChanged { fields, version: u32::MAX });
    for what in happenings {
        let schema = Schema::of(what.type_name());
        schema.check(&cloud_event(&given::published(what, Actor::System, false)));
    }
}

/// The type that a message has in the document.
fn type_of(message: &Message) -> &'static str {
    match message {
        Message::MediaBuyEnded { .. } => MEDIA_BUY_ENDED,
    }
}

#[test]
fn what_is_read_is_what_its_schema_says_and_nothing_else_is() {
    let good = json!({
        "specversion": "1.0", "id": "1", "source": "/buying", "type": "media_buy.ended",
        "datacontenttype": "application/json", "time": "2026-11-24T09:58:44Z",
        "data": { "account": "acc_0192f0c1d2e37a4b8c5d6e7f8091a2b3", "media_buy": " buy 7\u{a0}" },
    });
    let mut all = vec![good.clone()];
    for place in places(&good) {
        let news =
            [json!(null), json!(""), json!(" "), json!("something else"), json!(7), json!([]), json!({})];
        all.extend(news.into_iter().map(|new| with(&good, &place, new)));
        all.extend(without(&good, &place));
        all.extend(with_more(&good, &place));
    }
    for kind in
        ["application/json; charset=utf-8", "Application/JSON ;v=1", "application/jsonp", "text/json;"]
    {
        all.push(with(&good, "/datacontenttype", json!(kind)));
    }
    let schema = Schema::of(MEDIA_BUY_ENDED);
    let (mut read, mut refused) = (0, 0);
    for one in all {
        match message(one.to_string().as_bytes()) {
            Ok(message) => {
                assert_eq!(type_of(&message), MEDIA_BUY_ENDED);
                schema.check(&one);
                read += 1;
            }
            Err(why) => {
                assert!(!schema.takes(&one), "{why}: {one:#}");
                refused += 1;
            }
        }
    }
    assert!(read > 10 && refused > 10, "{read} read, {refused} refused");
}
