//! The shape of a data file, as serde reads it: nothing unknown is let through. Knows no meaning.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::vocabulary::TestTwin;

/// A family of formats with one owner.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileTwin {
    /// Whose the formats are.
    pub(crate) owner: String,
    /// Rules that several formats list, by their id.
    #[serde(default)]
    pub(crate) rules: BTreeMap<String, RuleTwin>,
    /// The rows of a table that formats are made of, where a standard is such a table.
    #[serde(default)]
    pub(crate) units: Vec<UnitTwin>,
    /// The formats.
    pub(crate) formats: Vec<FormatTwin>,
}

/// One row of a table of sizes. `{unit}`, `{name}` and `{size}` in the texts of a format stand for what is here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitTwin {
    /// `{unit}`: a part of format ids.
    pub(crate) id: String,
    /// `{name}`: what people call it.
    pub(crate) name: String,
    /// `{size}`, one format each.
    pub(crate) sizes: Vec<String>,
    /// The kinds of creative that it takes.
    pub(crate) kinds: Vec<String>,
    /// The row's numbers, by the name that rules ask for them by.
    #[serde(default)]
    pub(crate) numbers: BTreeMap<String, u64>,
}

/// One format, or one for every unit and size.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormatTwin {
    pub(crate) id: String,
    /// Raised with every change of its rules.
    pub(crate) version: u32,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) size: Option<String>,
    /// Whether there is one for every unit that takes the kind.
    #[serde(default)]
    pub(crate) for_each_unit: bool,
    /// The names of its rules, in the order that they are reported: its own, or the file's.
    pub(crate) rules: Vec<String>,
    /// Rules of this format only, by their id.
    #[serde(default)]
    pub(crate) own: BTreeMap<String, RuleTwin>,
}

/// One rule.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleTwin {
    pub(crate) severity: SeverityTwin,
    pub(crate) test: TestTwin,
    pub(crate) source: String,
    pub(crate) fix: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SeverityTwin {
    Fail,
    Warn,
}
