//! What is kept as a JSON document inside a row: manifests, facts, check runs, happenings, outcomes. The names in
//! the documents are promises to the next version of this program.

mod facts;
mod happening;
mod manifest;
mod outcome;
mod run;
mod vast;

use creativestore_ports::store::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use facts::{facts_from, facts_text};
pub use happening::{happening_from, happening_text};
pub use manifest::{manifest_from, manifest_text};
pub use outcome::{outcome_from, outcome_text};
pub use run::{run_from, run_text};

use crate::corrupt;

fn write(twin: &impl Serialize) -> String {
    serde_json::to_string(twin).expect("a document of plain values can be written")
}

fn read<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(what, error.to_string()))
}

/// A stored word as the value that it names.
pub(crate) fn word<T>(what: &str, text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
    parse(text).ok_or_else(|| corrupt(what, text))
}
