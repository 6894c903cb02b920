//! Rows as both databases give them: text and 64-bit numbers only. Each is made from a domain value and back.

mod creatives;
mod people;
mod records;

pub use creatives::{
    AssignmentRow, CREATIVE_COLUMNS, CreativeRow, ListedRow, ListedWholeRow, ReviewRow, RevisionRow,
    StoredCreative,
};
pub use people::{ApiKeyRow, GrantRow, RefreshTokenRow, UserRow, grants};
pub use records::{AccountRow, AuditRow, BlobRow, ChangedRow, ConceptRow, EventRow, JobRow, RenditionRow};

use creativestore_domain::access::Actor;
use creativestore_domain::hash::Sha256;
use creativestore_domain::time::{Timestamp, Window};
use creativestore_ports::store::StoreError;

use crate::corrupt;

fn sha256(text: &str) -> Result<Sha256, StoreError> {
    Sha256::parse(text).map_err(|_| corrupt("hash", text))
}

fn actor(text: &str) -> Result<Actor, StoreError> {
    Actor::parse(text).ok_or_else(|| corrupt("actor", text))
}

fn moment(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn window(from: Option<i64>, until: Option<i64>) -> Result<Window, StoreError> {
    Window::new(from.map(moment), until.map(moment)).map_err(|_| corrupt("window", (from, until)))
}

/// A stored text as the value that it was.
macro_rules! parsed {
    ($type:ty, $text:expr) => {
        <$type>::parse(&$text).map_err(|_| $crate::corrupt(stringify!($type), &$text))
    };
}
use parsed;
