//! What several sides write and read in the same form: an event as CloudEvents 1.0 JSON, what other services tell us, a
//! creative for a shared cache. Knows no transport.

pub mod asyncapi;
pub mod creative;
pub mod inbox;

use std::fmt;

use creativestore_domain::event::{Event, Happening, Move};
use creativestore_domain::time::Timestamp;
use creativestore_ports::journal::Published;
use jiff::fmt::StdFmtWrite;
use jiff::fmt::temporal::DateTimePrinter;
use serde_json::{Map, Value, json};

/// A moment as text: in RFC 3339 with microseconds, in UTC: `2026-11-24T09:58:44.123456Z`.
#[derive(Clone, Copy, Debug)]
pub struct Rfc3339(pub Timestamp);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(6));
        match jiff::Timestamp::from_microsecond(self.0.micros()) {
            Ok(at) => PRINTER.print_timestamp(&at, StdFmtWrite(f)).map_err(|_| fmt::Error),
            Err(_) => write!(f, "{}", self.0.micros()),
        }
    }
}

/// The text of a moment.
pub fn rfc3339(at: Timestamp) -> String {
    Rfc3339(at).to_string()
}

/// Reads a moment in RFC 3339 with an offset; what is finer than a microsecond is cut off.
pub fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp::from_micros(at.as_microsecond()))
}

/// The event in the structured JSON form of CloudEvents 1.0 (section 3.1 of its JSON format). `subject` is the
/// creative, `sequence` the extension of that name: numbers without gaps per subject, of 20 digits, as that extension has
/// them compared as texts; `traceparent` is the extension for distributed tracing, where the request had one.
pub fn cloud_event(published: &Published) -> Value {
    let Published { position, event, trace } = published;
    let Event { id, account, creative, sequence, at, by, what } = event;
    let mut data = data(what);
    data.insert("creative".into(), creative.to_string().into());
    data.insert("account".into(), account.to_string().into());
    data.insert("by".into(), by.to_string().into());
    let mut sent = json!({
        "specversion": "1.0",
        "id": id.to_string(),
        "source": format!("/v1/accounts/{account}"),
        "type": what.type_name(),
        "subject": creative.to_string(),
        "time": rfc3339(*at),
        "datacontenttype": "application/json",
        "sequence": format!("{sequence:020}"),
        "position": position.to_string(),
        "data": data,
    });
    if let Some(trace) = trace {
        sent["traceparent"] = trace.as_str().into();
    }
    sent
}

/// What `asyncapi::payloads` describes.
fn data(what: &Happening) -> Map<String, Value> {
    let value = match what {
        Happening::Created { hash } => json!({ "revision": 1, "sha256": hash.to_string() }),
        Happening::RevisionAdded { revision, hash, superseded, status } => json!({
            "revision": revision.get(),
            "sha256": hash.to_string(),
            "superseded": superseded.map(creativestore_domain::revision::RevisionNo::get),
            "status": moved(status, |status| status.as_str()),
        }),
        Happening::MetadataChanged { fields, version } => json!({ "fields": fields, "version": version }),
        Happening::StatusChanged { step, revision, revision_state, status, reason, note } => json!({
            "step": step.as_str(),
            "revision": revision.get(),
            "revision_state": moved(revision_state, |state| state.as_str()),
            "status": moved(status, |status| status.as_str()),
            "reason_code": reason.map(creativestore_domain::states::Reason::as_str),
            "note": note.as_ref().map(creativestore_domain::text::Note::as_str),
        }),
        Happening::AssignmentChanged { assignment, package, in_use } => json!({
            "assignment": assignment.to_string(),
            "package": package.as_str(),
            "in_use": in_use,
        }),
    };
    match value {
        Value::Object(map) => map,
        other => Map::from_iter([("value".to_owned(), other)]),
    }
}

fn moved<T>(values: &Move<T>, name: impl Fn(&T) -> &'static str) -> Value {
    json!({ "from": name(&values.from), "to": name(&values.to) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use creativestore_domain::access::Actor;
    use creativestore_domain::id::{AccountId, CreativeId, EventId};
    use creativestore_domain::revision::{RevisionNo, RevisionState};
    use creativestore_domain::states::{Reason, Status, Step};

    const DIGITS: &str = "0192f0c1d2e37a4b8c5d6e7f8091a2b3";

    const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn an_event_is_a_cloud_event() {
        let event = Event {
            id: EventId::parse(&format!("evt_{DIGITS}")).expect("an id"),
            account: AccountId::parse(&format!("acc_{DIGITS}")).expect("an id"),
            creative: CreativeId::parse(&format!("cr_{DIGITS}")).expect("an id"),
            sequence: 3,
            at: Timestamp::from_micros(1_795_514_324_000_001),
            by: Actor::System,
            what: Happening::StatusChanged {
                step: Step::Approve,
                revision: RevisionNo::FIRST,
                revision_state: Move { from: RevisionState::PendingReview, to: RevisionState::Approved },
                status: Move { from: Status::PendingReview, to: Status::Approved },
                reason: Some(Reason::ReviewPassed),
                note: None,
            },
        };
        let expected = json!({
            "specversion": "1.0",
            "id": format!("evt_{DIGITS}"),
            "source": format!("/v1/accounts/acc_{DIGITS}"),
            "type": "creative.status_changed",
            "subject": format!("cr_{DIGITS}"),
            "time": "2026-11-24T09:58:44.000001Z",
            "datacontenttype": "application/json",
            "sequence": "00000000000000000003",
            "position": "7",
            "traceparent": TRACE,
            "data": {
                "account": format!("acc_{DIGITS}"),
                "creative": format!("cr_{DIGITS}"),
                "by": "system",
                "step": "approve",
                "revision": 1,
                "revision_state": { "from": "pending_review", "to": "approved" },
                "status": { "from": "pending_review", "to": "approved" },
                "reason_code": "review_passed",
                "note": null,
            },
        });
        let published = Published { position: 7, event, trace: Some(TRACE.into()) };
        assert_eq!(cloud_event(&published), expected);
    }

    #[test]
    fn a_moment_reads_back_as_it_was_written() {
        let at = Timestamp::from_micros(1_795_514_324_000_001);
        assert_eq!(parse_rfc3339(&rfc3339(at)), Some(at));
        assert_eq!(parse_rfc3339("2026-11-24T10:58:44.0000019+01:00"), Some(at));
        assert_eq!(parse_rfc3339("2026-11-24"), None);
    }
}
