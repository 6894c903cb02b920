//! Bytes that somebody uploaded, on their way out: in ranges, with an entity tag, and harmless wherever they are
//! opened.

use std::ops::Range;

use axum::body::Body;
use axum::response::Response;
use creativestore_domain::hash::Sha256;
use creativestore_ports::blobs::ByteStream;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::conditions::none_match;
use super::problem::{Code, Problem};

/// For user content that is opened in a browser: an origin of its own, without ours.
pub const SANDBOX: &str = "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox";
/// For user content that is not meant to be opened.
pub const INERT: &str = "default-src 'none'; sandbox";

/// How a file is shown.
pub struct Showing<'a> {
    /// Its type.
    pub media_type: &'a str,
    /// The content security policy.
    pub policy: &'static str,
    /// How long and by whom it may be kept.
    pub cache: &'static str,
    /// The name that it is saved under; shown in place when `None`.
    pub save_as: Option<String>,
    /// Whether other sites may embed it.
    pub embeddable: bool,
}

/// A file of a known size, before its bytes are opened.
pub struct Whole {
    pub sha256: Sha256,
    pub bytes: u64,
}

impl Whole {
    /// The answer that needs no bytes: the client has them already.
    pub fn unchanged(&self, headers: &HeaderMap) -> Option<Response> {
        if !none_match(headers, &self.tag()) {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().insert(header::ETAG, value(&self.tag()));
        Some(response)
    }

    fn tag(&self) -> String {
        format!("\"{}\"", self.sha256)
    }

    /// The part that is asked for: one range of bytes (RFC 9110, section 14). Several ranges, and a condition that
    /// does not hold, get the whole.
    pub fn range(&self, headers: &HeaderMap) -> Result<Option<Range<u64>>, Problem> {
        let Some(text) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else {
            return Ok(None);
        };
        let condition = headers.get(header::IF_RANGE).and_then(|value| value.to_str().ok());
        if condition.is_some_and(|tag| tag != self.tag()) {
            return Ok(None);
        }
        let Some(spec) = text.strip_prefix("bytes=").filter(|spec| !spec.contains(',')) else {
            return Ok(None);
        };
        let Some((first, last)) = spec.trim().split_once('-') else { return Ok(None) };
        let range = match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(self.bytes),
            (Ok(first), Err(_)) if last.is_empty() => first..self.bytes,
            (Err(_), Ok(last)) if first.is_empty() => self.bytes.saturating_sub(last)..self.bytes,
            _ => return Ok(None),
        };
        if range.start >= range.end {
            let all = value(&format!("bytes */{}", self.bytes));
            let detail = format!("there are {} bytes", self.bytes);
            return Err(Problem::new(Code::RangeNotSatisfiable, detail).header(header::CONTENT_RANGE, all));
        }
        Ok(Some(range))
    }

    /// The answer with its bytes; `None` for a request that wants the head only.
    pub fn answer(
        &self,
        range: Option<&Range<u64>>,
        content: Option<ByteStream>,
        showing: &Showing<'_>,
    ) -> Response {
        let length = range.map_or(self.bytes, |range| range.end - range.start);
        let mut response = Response::new(content.map_or_else(Body::empty, Body::from_stream));
        if range.is_some() {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        let out = response.headers_mut();
        out.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        out.insert(header::ETAG, value(&self.tag()));
        out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if let Some(Range { start, end }) = range {
            out.insert(header::CONTENT_RANGE, value(&format!("bytes {start}-{}/{}", end - 1, self.bytes)));
        }
        safe(out, showing);
        response
    }
}

/// The headers that keep user content harmless.
pub fn safe(out: &mut HeaderMap, showing: &Showing<'_>) {
    let Showing { media_type, policy, cache, save_as, embeddable } = showing;
    out.insert(header::CONTENT_TYPE, value(media_type));
    out.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    out.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Some(name) = save_as {
        out.insert(header::CONTENT_DISPOSITION, value(&attachment(name)));
    }
    if *embeddable {
        out.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
        // A sandboxed frame has an opaque origin; its fonts and fetches need leave.
        out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
}

/// `Content-Disposition` of what is saved under this name.
pub fn attachment(name: &str) -> String {
    format!("attachment; filename=\"{name}\"")
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}
