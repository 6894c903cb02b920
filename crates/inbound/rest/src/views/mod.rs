//! What goes over the wire, converted by hand from and to the domain's types, with full destructuring: a new field
//! is a compile error here.

pub mod checks;
pub mod creatives;
pub mod facts;
pub mod manifest;
pub mod people;

use std::fmt::Display;

use creativestore_domain::time::{Timestamp, Window};
use creativestore_wire::{parse_rfc3339, rfc3339};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

use crate::edge::body::Errors;

/// A value that is written as its text, without a copy of that in between.
#[derive(Clone, Copy, Debug)]
pub struct Text<T>(pub T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A span of time, open where nothing is said; `from` belongs to it, `until` does not.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowView {
    /// When it begins (RFC 3339).
    #[serde(default)]
    #[schema(example = "2026-11-01T00:00:00Z")]
    pub from: Option<String>,
    /// When it is over (RFC 3339).
    #[serde(default)]
    pub until: Option<String>,
}

impl From<Window> for WindowView {
    fn from(window: Window) -> Self {
        Self { from: window.from().map(rfc3339), until: window.until().map(rfc3339) }
    }
}

impl WindowView {
    /// The window, or what is wrong with it.
    pub fn parse(&self, errors: &mut Errors, pointer: &str) -> Option<Window> {
        let from = errors.maybe(&format!("{pointer}/from"), self.from.as_ref(), moment);
        let until = errors.maybe(&format!("{pointer}/until"), self.until.as_ref(), moment);
        errors.take(pointer, Window::new(from, until))
    }
}

/// A moment in RFC 3339.
pub fn moment(text: &str) -> Result<Timestamp, &'static str> {
    parse_rfc3339(text).ok_or("a moment in RFC 3339, with its offset: `2026-11-24T09:58:44Z`")
}
