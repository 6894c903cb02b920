//! Entries of a stream as Redis gives them. Knows no message: whatever the fields hold is bytes.

use deadpool_redis::redis::{Value, from_redis_value};

/// An entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: String,
    /// What its field `event` holds.
    pub(super) event: Option<Vec<u8>>,
}

/// The entries of a list of them. What was deleted meanwhile is not among them.
pub(super) fn read(entries: Value) -> Vec<Entry> {
    let Value::Array(entries) = entries else { return Vec::new() };
    entries.into_iter().filter_map(entry).collect()
}

/// The entries of the only stream that was asked for.
pub(super) fn of_streams(streams: Value) -> Vec<Entry> {
    let Value::Array(streams) = streams else { return Vec::new() };
    let entries = streams.into_iter().filter_map(|stream| match stream {
        Value::Array(named) => named.into_iter().nth(1),
        _ => None,
    });
    entries.flat_map(read).collect()
}

fn entry(entry: Value) -> Option<Entry> {
    let Value::Array(parts) = entry else { return None };
    let mut parts = parts.into_iter();
    let id = from_redis_value(parts.next()?).ok()?;
    let mut fields = match parts.next() {
        Some(Value::Array(fields)) => fields.into_iter(),
        _ => Vec::new().into_iter(),
    };
    let mut event = None;
    while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
        if let (Value::BulkString(name), Value::BulkString(value)) = (name, value)
            && name == b"event"
        {
            event = Some(value);
        }
    }
    Some(Entry { id, event })
}
