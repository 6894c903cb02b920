//! Saying no: the refusals of the inspectors and how they end an inspection. Knows no format.

use std::io;

use creativestore_domain::facts::{Facts, Refusal, RefusalCode};
use creativestore_ports::inspector::Derived;

/// Where derived files go as they are made; an error means that nobody listens any more.
pub type Emit<'a> = dyn FnMut(Derived) -> io::Result<()> + 'a;

/// What ends an inspection early.
#[derive(Debug)]
pub enum Stop {
    /// The bytes are refused.
    Refused(Vec<Refusal>),
    /// Nobody takes the answer any more.
    Gone(io::Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Gone(error)
    }
}

/// The facts that an inspection ends with, whichever way it ended.
pub fn facts_of(result: Result<Facts, Stop>) -> io::Result<Facts> {
    match result {
        Ok(facts) => Ok(facts),
        Err(Stop::Refused(refusals)) => Ok(Facts::Refused(refusals)),
        Err(Stop::Gone(error)) => Err(error),
    }
}

/// A refusal of the whole.
pub fn refusal(code: RefusalCode, found: impl Into<String>, allowed: impl Into<String>) -> Refusal {
    refusal_at(code, "", found, allowed)
}

/// A refusal of one place: a path, an offset, a line.
pub fn refusal_at(
    code: RefusalCode,
    at: impl Into<String>,
    found: impl Into<String>,
    allowed: impl Into<String>,
) -> Refusal {
    Refusal {
        code,
        at: shorten(&at.into(), 300),
        found: shorten(&found.into(), 500),
        allowed: shorten(&allowed.into(), 300),
    }
}

/// The text, cut to at most `bytes` bytes at a character, without control characters.
pub fn shorten(text: &str, bytes: usize) -> String {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Bytes in the unit that people use.
pub fn bytes_for_people(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{}.{} MiB", bytes >> 20, ((bytes % (1 << 20)) * 10) >> 20),
    }
}
