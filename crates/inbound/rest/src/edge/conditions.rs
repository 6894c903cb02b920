//! Versions as entity tags, and requests that depend on them.

use http::{HeaderMap, HeaderValue, header};

use super::problem::{Code, Problem};

/// A version as an entity tag: `"3"`.
pub fn etag(version: u32) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).expect("digits in quotes are a header value")
}

/// What `If-Match` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Whatever version it has, as long as it is there.
    Any,
    /// This version.
    Version(u32),
}

impl IfMatch {
    /// The version that the use case compares; `None` for any.
    pub const fn version(self) -> Option<u32> {
        match self {
            Self::Any => None,
            Self::Version(version) => Some(version),
        }
    }
}

/// `If-Match`, when it is there.
pub fn if_match(headers: &HeaderMap) -> Result<Option<IfMatch>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Some(IfMatch::Any));
    }
    let opaque = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let opaque = opaque.filter(|opaque| !opaque.contains('"'));
    // A tag that is none of ours names a version that there never was.
    let ours = |opaque: &str| opaque.parse().ok().filter(|version: &u32| version.to_string() == opaque);
    let version = opaque.map(|opaque| ours(opaque).unwrap_or(0));
    let wrong = || {
        Problem::field(Code::InvalidHeader, "If-Match", "one entity tag in quotes, as `ETag` gave it, or `*`")
    };
    version.map(|version| Some(IfMatch::Version(version))).ok_or_else(wrong)
}

/// `If-Match`, which must be there.
pub fn must_match(headers: &HeaderMap) -> Result<IfMatch, Problem> {
    if_match(headers)?.ok_or_else(|| Problem::new(Code::PreconditionRequired, "`If-Match` is missing"))
}

/// Whether `If-None-Match` names this tag.
pub fn none_match(headers: &HeaderMap, tag: &str) -> bool {
    let Some(value) = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    value.split(',').map(str::trim).any(|it| it == "*" || it.strip_prefix("W/").unwrap_or(it) == tag)
}
