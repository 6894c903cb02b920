//! What can be wrong with data files, and how it reads to whoever edits them. Knows no file.

use creativestore_domain::catalogue::Unsound;
use creativestore_domain::format::{FormatId, NotAFormatId};
use creativestore_domain::text::TextError;

/// One thing that is wrong, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}{}: {problem}", named("format", .format.as_deref()), named("rule", .rule.as_deref()))]
pub struct Fault {
    /// The data file; several, when they contradict each other.
    pub file: String,
    /// The format, as its id is written; `None` when it is the file as a whole.
    pub format: Option<String>,
    /// The rule; `None` when it is the format or the file as a whole.
    pub rule: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

fn named(what: &str, name: Option<&str>) -> String {
    name.map(|name| format!(", {what} `{name}`")).unwrap_or_default()
}

/// Everything that is wrong, one line each. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Faults(pub Vec<Fault>);

/// The ways in which a data file can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is no TOML, or has a key that is missing, unknown or of another type; with line and column.
    #[error("{0}")]
    Unreadable(String),
    /// The id of a format is none.
    #[error("`{0}` is no id: {1}")]
    Id(String, NotAFormatId),
    /// The name of a format is refused.
    #[error("`{0}` is no name: {1}")]
    Name(String, TextError),
    /// No kind of creative is called that.
    #[error("`{0}` is no kind of creative")]
    Kind(String),
    /// The version is not one: the first is 1.
    #[error("a version is 1 or more")]
    Version,
    /// Nobody is named as the owner of the format.
    #[error("it names no owner")]
    Owner,
    /// Not a size in pixels.
    #[error("`{0}` is no size: write the width and the height in pixels, as in `300x250`")]
    Size(String),
    /// Not a ratio.
    #[error("`{0}` is no ratio: write two whole numbers, as in `4:3`")]
    Ratio(String),
    /// A list that asks for nothing.
    #[error("the list is empty")]
    Empty,
    /// A range of which nothing is part.
    #[error("the least is more than the most")]
    Range,
    /// A limit that nothing can keep.
    #[error("the limit is 0")]
    Zero,
    /// A slot that no creative of the format's kind has, so that the rule could never be broken.
    #[error("creatives of this kind have no slot `{0}`")]
    Slot(String),
    /// A format lists a rule that neither it nor its file has.
    #[error("neither the format nor the file has a rule of this name")]
    NoSuchRule,
    /// A rule that no format lists.
    #[error("no format lists this rule")]
    UnusedRule,
    /// A format asks for a number that its unit does not have.
    #[error("the unit `{unit}` has no number `{number}`")]
    NoSuchNumber {
        /// The unit's id, or `none` where there is no unit.
        unit: String,
        /// The number's name.
        number: String,
    },
    /// A number of a unit that no rule asks for.
    #[error("no rule asks for the number `{number}` of the unit `{unit}`")]
    UnusedNumber {
        /// The unit's id.
        unit: String,
        /// The number's name.
        number: String,
    },
    /// A unit from which nothing is made.
    #[error("no format is made of the unit `{0}`")]
    UnusedUnit(String),
    /// The catalogue as a whole refuses it.
    #[error("{0}")]
    Unsound(&'static str),
}

/// A refusal of the catalogue, with the files that the format is in.
pub(crate) fn unsound(unsound: Unsound, origins: &[(&str, FormatId)]) -> Fault {
    let Unsound { format, rule, problem } = unsound;
    let mut files: Vec<&str> =
        origins.iter().filter(|(_, id)| *id == format).map(|(file, _)| *file).collect();
    files.dedup();
    Fault {
        file: files.join(" and "),
        format: Some(format.to_string()),
        rule,
        problem: Problem::Unsound(problem),
    }
}
