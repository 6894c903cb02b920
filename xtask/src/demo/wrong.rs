//! What went otherwise than it must: at which stage, of which creative, what was due, what came. Knows how answers
//! are compared, and nothing of what they should be.

use serde::Serialize;
use serde_json::Value;

use crate::http::Answer;

/// The stages of the main job, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    SignIn,
    Account,
    Concept,
    Upload,
    Create,
    Inspect,
    Checks,
    Review,
    Assignment,
    Tag,
    Preview,
    ReadBack,
    Events,
    Audit,
}

/// Something that did not go as it must.
#[derive(Debug, Serialize)]
pub struct Mismatch {
    pub stage: Stage,
    /// The external id, when it is about one creative.
    pub creative: Option<String>,
    pub expected: String,
    pub found: String,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { stage, creative, expected, found } = self;
        let creative = creative.as_deref().unwrap_or("all of them");
        write!(to, "{creative}, {}: expected {expected}; found {found}", stage.words())
    }
}

impl Stage {
    pub const fn words(self) -> &'static str {
        match self {
            Self::SignIn => "signing in",
            Self::Account => "making an account",
            Self::Concept => "making concepts",
            Self::Upload => "taking bytes in",
            Self::Create => "putting in",
            Self::Inspect => "looking inside",
            Self::Checks => "checking",
            Self::Review => "reviewing",
            Self::Assignment => "assigning",
            Self::Tag => "taking the tag",
            Self::Preview => "previewing",
            Self::ReadBack => "reading back",
            Self::Events => "following events",
            Self::Audit => "reading the audit log",
        }
    }
}

/// What was due and what came, before it is known of what.
#[derive(Debug)]
pub struct Wrong {
    pub expected: String,
    pub found: String,
}

impl From<anyhow::Error> for Wrong {
    fn from(error: anyhow::Error) -> Self {
        Self { expected: "an answer".to_owned(), found: format!("{error:#}") }
    }
}

pub fn wrong<T>(expected: impl Into<String>, found: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { expected: expected.into(), found: found.into() })
}

/// The JSON of an answer with this status.
pub fn with_status(answer: &Answer, status: u16) -> Result<Value, Wrong> {
    if answer.status == status { Ok(answer.json()) } else { wrong(format!("status {status}"), answer.told()) }
}

/// That something is so.
pub fn must(
    so: bool,
    expected: impl FnOnce() -> String,
    found: impl FnOnce() -> String,
) -> Result<(), Wrong> {
    if so { Ok(()) } else { wrong(expected(), found()) }
}

/// That the value at a JSON pointer is this one.
pub fn equal(value: &Value, pointer: &str, expected: impl Into<Value>) -> Result<(), Wrong> {
    let expected = expected.into();
    let found = value.pointer(pointer).unwrap_or(&Value::Null);
    must(*found == expected, || format!("`{pointer}` to be {expected}"), || found.to_string())
}

/// The text at a JSON pointer, which must not be empty.
pub fn text(value: &Value, pointer: &str) -> Result<String, Wrong> {
    match value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty()) {
        Some(text) => Ok(text.to_owned()),
        None => wrong(
            format!("a text at `{pointer}`"),
            value.pointer(pointer).unwrap_or(&Value::Null).to_string(),
        ),
    }
}

/// The list at a JSON pointer.
pub fn list<'a>(value: &'a Value, pointer: &str) -> Result<&'a [Value], Wrong> {
    match value.pointer(pointer).and_then(Value::as_array) {
        Some(list) => Ok(list),
        None => wrong(
            format!("a list at `{pointer}`"),
            value.pointer(pointer).unwrap_or(&Value::Null).to_string(),
        ),
    }
}
