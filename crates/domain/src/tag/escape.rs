//! Escaping, one function for each context that a value can land in. Every one of them takes any text at all
//! and gives text that cannot end the context. Knows nothing of what the text means.

use std::fmt::Write as _;

use super::macros;

/// One component of a URL: everything but `A-Z a-z 0-9 - . _ ~` is percent-encoded. A macro that is still in
/// place stays, so that the next one can fill it.
pub(super) fn percent(text: &str) -> String {
    macros::replace(text, |_, name| format!("{{{name}}}"), component)
}

/// The same, macros or not.
pub(super) fn component(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A whole URL, made inert: what is no character of a URL (RFC 3986), or ends a string or an attribute, is
/// percent-encoded; what gives a URL its structure stays.
pub(super) fn address(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&*+,;=%".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Text of HTML, or the value of a quoted attribute.
pub(super) fn html(text: &str) -> String {
    map(text, |c| match c {
        '&' => Some("&amp;".into()),
        '<' => Some("&lt;".into()),
        '>' => Some("&gt;".into()),
        '"' => Some("&quot;".into()),
        '\'' => Some("&#39;".into()),
        '\0' => Some('\u{FFFD}'.into()),
        _ => None,
    })
}

/// The inside of a string of JavaScript or JSON, in either sort of quotes, also within `<script>`.
pub(super) fn script(text: &str) -> String {
    map(text, |c| match c {
        '"' => Some("\\\"".into()),
        '\\' => Some("\\\\".into()),
        '\n' => Some("\\n".into()),
        '<' | '>' | '&' | '\'' | '`' | '\u{2028}' | '\u{2029}' => Some(format!("\\u{:04x}", u32::from(c))),
        c if c.is_control() => Some(format!("\\u{:04x}", u32::from(c))),
        _ => None,
    })
}

/// Text of XML, or the value of a quoted attribute. Characters that XML 1.0 does not have become U+FFFD.
pub(super) fn xml(text: &str) -> String {
    map(text, |c| match c {
        '&' => Some("&amp;".into()),
        '<' => Some("&lt;".into()),
        '>' => Some("&gt;".into()),
        '"' => Some("&quot;".into()),
        '\'' => Some("&apos;".into()),
        c if !is_xml(c) => Some('\u{FFFD}'.into()),
        _ => None,
    })
}

/// Text of XML as a CDATA section: what VAST players expect around URLs.
pub(super) fn cdata(text: &str) -> String {
    let text = map(text, |c| (!is_xml(c)).then(|| '\u{FFFD}'.into()));
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

fn map(text: &str, escaped: impl Fn(char) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match escaped(c) {
            Some(instead) => out.push_str(&instead),
            None => out.push(c),
        }
    }
    out
}
