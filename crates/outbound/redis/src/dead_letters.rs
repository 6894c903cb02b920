//! Messages that were put aside, for somebody to look at, try again or drop. Knows nothing of what they say.

use std::sync::Arc;

use creativestore_domain::time::Timestamp;
use creativestore_ports::bus::BusError;
use creativestore_wire::{parse_rfc3339, rfc3339};
use deadpool_redis::redis::cmd;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::database::Database;
use crate::lua::Lua;

/// How many are read at once.
const PAGE: usize = 100;

/// Puts what a letter says into the inbox and takes that very letter off the list, both or neither.
const REPLAY: &str = "
if not redis.call('LPOS', KEYS[2], ARGV[1]) then return 0 end
redis.call('XADD', KEYS[1], '*', 'event', ARGV[2])
redis.call('LREM', KEYS[2], 1, ARGV[1])
return 1
";

/// A message that was put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// What it was known by in the inbox; `damaged-…` for what on the list is no dead letter of ours.
    pub id: String,
    /// What it said, as it came; nothing when it said nothing.
    pub event: Option<String>,
    /// Why it was put aside.
    pub reason: String,
    /// How many times it was tried.
    pub tries: u32,
    /// When it came, where that is known.
    pub first_at: Option<Timestamp>,
    /// When it was put aside, where that is known.
    pub last_at: Option<Timestamp>,
}

impl DeadLetter {
    /// The form that is on the list.
    pub(crate) fn write(&self) -> String {
        let Self { id, event, reason, tries, first_at, last_at } = self;
        json!({
            "id": id,
            "event": event,
            "reason": reason,
            "tries": tries,
            "first_at": first_at.map(rfc3339),
            "last_at": last_at.map(rfc3339),
        })
        .to_string()
    }

    fn read(element: &[u8]) -> Self {
        Self::strictly(element).unwrap_or_else(|| Self {
            // Its own words, so that it is the same one however the list moves.
            id: format!("damaged-{}", &hex::encode(Sha256::digest(element))[..12]),
            event: Some(String::from_utf8_lossy(element).into_owned()),
            reason: "this is no dead letter of ours, or it was damaged".into(),
            tries: 0,
            first_at: None,
            last_at: None,
        })
    }

    fn strictly(element: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(element).ok()?;
        let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
        let moment = |name: &str| match value.get(name)? {
            Value::Null => Some(None),
            at => parse_rfc3339(at.as_str()?).map(Some),
        };
        Some(Self {
            id: text("id").filter(|id| !id.starts_with("damaged-"))?,
            event: match value.get("event")? {
                Value::Null => None,
                event => Some(event.as_str()?.to_owned()),
            },
            reason: text("reason")?,
            tries: value.get("tries")?.as_u64()?.try_into().ok()?,
            first_at: moment("first_at")?,
            last_at: moment("last_at")?,
        })
    }
}

/// The list of messages that were put aside.
pub struct DeadLetters {
    database: Arc<Database>,
    replay: Lua,
    list: String,
    inbox: String,
}

impl DeadLetters {
    pub(crate) fn new(database: Arc<Database>, list: &str, inbox: String) -> Self {
        Self { database, replay: Lua::new(REPLAY), list: list.to_owned(), inbox }
    }

    /// The oldest of them, so many at most.
    pub async fn list(&self, limit: usize) -> Result<Vec<DeadLetter>, BusError> {
        let mut all = Vec::new();
        while all.len() < limit {
            let page = self.page(all.len(), PAGE.min(limit - all.len())).await?;
            if page.is_empty() {
                break;
            }
            all.extend(page.iter().map(|element| DeadLetter::read(element)));
        }
        Ok(all)
    }

    /// The one of this id.
    pub async fn get(&self, id: &str) -> Result<Option<DeadLetter>, BusError> {
        Ok(self.find(id).await?.map(|(_, letter)| letter))
    }

    /// Sends one again; false when there is none of this id, or it says nothing that could be sent.
    pub async fn replay(&self, id: &str) -> Result<bool, BusError> {
        let Some((element, letter)) = self.find(id).await? else { return Ok(false) };
        let Some(event) = letter.event.filter(|_| !letter.id.starts_with("damaged-")) else {
            return Ok(false);
        };
        let mut call = self.replay.call(&[&self.inbox, &self.list]);
        call.arg(element).arg(event);
        self.database.write(&call).await.map_err(error)
    }

    /// Drops one for good; false when there is none of this id.
    pub async fn drop(&self, id: &str) -> Result<bool, BusError> {
        let Some((element, _)) = self.find(id).await? else { return Ok(false) };
        let dropped: u64 =
            self.database.write(cmd("LREM").arg(&self.list).arg(1).arg(element)).await.map_err(error)?;
        Ok(dropped > 0)
    }

    /// How many there are.
    pub async fn count(&self) -> Result<u64, BusError> {
        self.database.read(cmd("LLEN").arg(&self.list)).await.map_err(error)
    }

    async fn page(&self, from: usize, many: usize) -> Result<Vec<Vec<u8>>, BusError> {
        let mut range = cmd("LRANGE");
        range.arg(&self.list).arg(from).arg(from + many - 1);
        self.database.read(&range).await.map_err(error)
    }

    async fn find(&self, id: &str) -> Result<Option<(Vec<u8>, DeadLetter)>, BusError> {
        let mut seen = 0;
        loop {
            let page = self.page(seen, PAGE).await?;
            if page.is_empty() {
                return Ok(None);
            }
            seen += page.len();
            let letters = page.into_iter().map(|element| (DeadLetter::read(&element), element));
            if let Some((letter, element)) = letters.into_iter().find(|(letter, _)| letter.id == id) {
                return Ok(Some((element, letter)));
            }
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what becomes of one")]
fn error(fault: crate::database::Fault) -> BusError {
    BusError(fault.to_string())
}
