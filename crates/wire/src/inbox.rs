//! What other services tell us, as CloudEvents 1.0 JSON, read strictly. Knows no transport.

use creativestore_domain::id::AccountId;
use creativestore_domain::text::ExternalRef;
use creativestore_ports::inbox::Message;
use serde_json::{Map, Value};

/// The most bytes a message may have.
pub const LARGEST: usize = 64 * 1024;

/// The type of [`Message::MediaBuyEnded`].
pub const MEDIA_BUY_ENDED: &str = "media_buy.ended";

/// Reads a message; an error says why nobody ever can.
pub fn message(bytes: &[u8]) -> Result<Message, String> {
    if bytes.len() > LARGEST {
        return Err(format!("it has {} bytes; at most {LARGEST} are read", bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| format!("it is not UTF-8: {error}"))?;
    // Nesting is bounded by the parser.
    let event: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    let Value::Object(event) = event else { return Err("it is not a JSON object".into()) };
    match word(&event, "specversion")? {
        "1.0" => {}
        other => return Err(format!("`specversion` is {}; CloudEvents 1.0 are read", short(other))),
    }
    word(&event, "id")?;
    word(&event, "source")?;
    if let Some(kind) = event.get("datacontenttype").filter(|kind| !kind.as_str().is_some_and(is_json)) {
        return Err(format!("`datacontenttype` is {}; application/json is read", short(&kind.to_string())));
    }
    match word(&event, "type")? {
        MEDIA_BUY_ENDED => media_buy_ended(&event),
        other => Err(format!("`type` is {}, which nobody here reads", short(other))),
    }
}

/// A media type may have parameters, and is written in any case (RFC 9110, section 8.3.1).
fn is_json(kind: &str) -> bool {
    let (essence, _) = kind.split_once(';').unwrap_or((kind, ""));
    essence.trim_end_matches([' ', '\t']).eq_ignore_ascii_case("application/json")
}

fn media_buy_ended(event: &Map<String, Value>) -> Result<Message, String> {
    let Some(Value::Object(data)) = event.get("data") else { return Err("`data` is not an object".into()) };
    let account =
        AccountId::parse(word(data, "account")?).map_err(|error| format!("`data.account`: {error}"))?;
    let media_buy =
        ExternalRef::parse(word(data, "media_buy")?).map_err(|error| format!("`data.media_buy`: {error}"))?;
    Ok(Message::MediaBuyEnded { account, media_buy })
}

/// A text that must be there and not be empty.
fn word<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    match object.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(format!("`{name}` is not a text, or empty")),
        None => Err(format!("`{name}` is missing")),
    }
}

/// As much of a text as belongs into an error.
fn short(text: &str) -> String {
    format!("{:?}", text.chars().take(80).collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ACCOUNT: &str = "acc_0192f0c1d2e37a4b8c5d6e7f8091a2b3";

    fn good() -> Value {
        json!({
            "specversion": "1.0", "id": "1", "source": "/buying", "type": "media_buy.ended",
            "data": { "account": ACCOUNT, "media_buy": "buy 7" },
        })
    }

    #[test]
    fn a_media_buy_that_ended_is_read() {
        let mut event = good();
        for more in
            [None, Some(("datacontenttype", json!("application/json"))), Some(("traceparent", json!("00")))]
        {
            if let Some((name, value)) = more {
                event[name] = value;
            }
            let expected = Message::MediaBuyEnded {
                account: AccountId::parse(ACCOUNT).expect("an id"),
                media_buy: ExternalRef::parse("buy 7").expect("a reference"),
            };
            assert_eq!(message(event.to_string().as_bytes()), Ok(expected));
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said() {
        let changed = |at: &str, value: Value| {
            let mut event = good();
            *event.pointer_mut(at).expect("it is there") = value;
            event.to_string().into_bytes()
        };
        let without = |name: &str| {
            let mut event = good();
            event.as_object_mut().expect("an object").remove(name);
            event.to_string().into_bytes()
        };
        let nested = [vec![b'['; 30_000], vec![b']'; 30_000]].concat();
        for (bytes, why) in [
            (changed("/specversion", json!("0.3")), "specversion"),
            (changed("/id", json!("")), "`id`"),
            (changed("/source", json!(7)), "`source`"),
            (changed("/type", json!("media_buy.begun")), "nobody here reads"),
            (changed("/data", json!([])), "`data`"),
            (changed("/data/account", json!("acc_1")), "`data.account`"),
            (changed("/data/media_buy", json!(" ")), "`data.media_buy`"),
            (changed("/data/media_buy", json!(null)), "`media_buy`"),
            (without("specversion"), "`specversion` is missing"),
            (without("type"), "`type` is missing"),
            (without("data"), "`data`"),
            (b"[1]".to_vec(), "object"),
            (b"{".to_vec(), "JSON"),
            (b"\xff\xfe".to_vec(), "UTF-8"),
            (Vec::new(), "JSON"),
            (nested, "recursion limit"),
            (vec![b' '; LARGEST + 1], "65537 bytes"),
        ] {
            let said = message(&bytes).expect_err("it is refused");
            assert!(said.contains(why) && said.len() < 500, "{said}: {why}");
        }
    }
}
