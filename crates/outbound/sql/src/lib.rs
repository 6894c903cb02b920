//! What both databases share: portable statements, row types, and the JSON twins of what is kept as a document.
//! Knows no connection and no pool.
//!
//! Every twin is converted by hand with full destructuring, so that a new field of the domain is a compile error
//! here. What cannot be read back is `StoreError::Corrupt`.

pub mod document;
pub mod list;
pub mod rows;
pub mod schema;
pub mod statement;
pub mod statements;
pub mod work;

use creativestore_ports::store::StoreError;

/// A stored value that does not read back.
pub fn corrupt(what: &str, value: impl std::fmt::Debug) -> StoreError {
    StoreError::Corrupt(format!("{what}: {value:?}"))
}

/// A count or size as the databases keep it; what does not fit is larger than anything that is stored.
pub fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A stored number as it was before.
pub fn unsigned<T: TryFrom<i64>>(what: &str, value: i64) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| corrupt(what, value))
}
