//! Fields of a partial update: left out, taken away with `null`, or given.

use creativestore_domain::patch::Patch;
use serde::{Deserialize, Deserializer};

use super::body::Errors;

/// Reads a field that can be left out or given, and that `null` does not take away. Goes with `default`.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a field that `null` takes away. Goes with `default`.
pub fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Patch<T>, D::Error> {
    let given = Option::deserialize(deserializer)?;
    Ok(given.map_or(Patch::Null, Patch::Value))
}

/// What is given, parsed; what cannot be parsed is one more error.
pub fn parsed<S, T>(given: Patch<S>, parse: impl FnOnce(S) -> Option<T>) -> Patch<T> {
    match given {
        Patch::Absent => Patch::Absent,
        Patch::Null => Patch::Null,
        Patch::Value(value) => parse(value).map_or(Patch::Absent, Patch::Value),
    }
}

/// A text that is given, parsed; what cannot be parsed is one more error.
pub fn text<T, E: std::fmt::Display>(
    errors: &mut Errors,
    pointer: &str,
    given: Patch<String>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Patch<T> {
    parsed(given, |text| errors.take(pointer, parse(&text)))
}
