//! What of an event that another process told has to be known: whose it is, and its place. Knows nothing else of it.

use creativestore_domain::id::AccountId;
use serde_json::Value;

/// An event's account and place, where it can be read.
pub(super) fn read(json: &[u8]) -> Option<(AccountId, u64)> {
    let event: Value = serde_json::from_slice(json).ok()?;
    let account = AccountId::parse(event.get("data")?.get("account")?.as_str()?).ok()?;
    let position = event.get("position")?.as_str()?.parse().ok()?;
    Some((account, position))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_event_of_ours_is_nothing() {
        let account = format!("acc_{}", "0".repeat(32));
        let good = format!(r#"{{"position":"7","data":{{"account":"{account}"}}}}"#);
        assert_eq!(read(good.as_bytes()).map(|(_, position)| position), Some(7));
        let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for bad in ["", "7", "[]", "{}", &good.replace("\"7\"", "7"), &good.replace("acc_", "usr_"), &nested]
        {
            assert_eq!(read(bad.as_bytes()), None, "{bad:.80}");
        }
        assert_eq!(read(b"\xff\xfe"), None);
    }
}
