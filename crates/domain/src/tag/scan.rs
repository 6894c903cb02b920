//! A small, strict scanner of XML: where each piece of a document lies, so that it can be changed in places and
//! stay byte for byte the same elsewhere. Knows nothing of VAST; refuses document type declarations.

use std::ops::Range;

/// What a document breaks, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct Malformed {
    /// The byte offset.
    pub at: usize,
    /// What is wrong there.
    pub what: &'static str,
}

/// One piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    pub(super) what: What<'t>,
    /// The bytes it takes up, its own brackets included.
    pub(super) range: Range<usize>,
}

/// The sorts of piece. Names are as written, with their prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What<'t> {
    Text,
    Cdata,
    /// A comment, a processing instruction or the XML declaration.
    Aside,
    Start(&'t str),
    /// `<a/>`
    Empty(&'t str),
    End(&'t str),
}

/// The name without its prefix.
pub(super) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The pieces of a document, which cover it without gaps; every start has its end.
pub(super) fn scan(text: &str) -> Result<Vec<Piece<'_>>, Malformed> {
    let mut pieces = Vec::new();
    let mut open = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let (what, length) = if !rest.starts_with('<') {
            (What::Text, rest.find('<').unwrap_or(rest.len()))
        } else if rest.starts_with("<!--") {
            (What::Aside, until(rest, 4, "-->", at, "a comment without an end")?)
        } else if rest.starts_with("<![CDATA[") {
            (What::Cdata, until(rest, 9, "]]>", at, "a CDATA section without an end")?)
        } else if rest.starts_with("<?") {
            (What::Aside, until(rest, 2, "?>", at, "a processing instruction without an end")?)
        } else if rest.starts_with("<!") {
            return Err(Malformed { at, what: "a document type declaration, which is not allowed" });
        } else if let Some(end) = rest.strip_prefix("</") {
            let length = end.find('>').ok_or(Malformed { at, what: "an end tag without an end" })?;
            let name = end[..length].trim_end();
            if open.pop() != Some(name) {
                return Err(Malformed { at, what: "an end tag that does not match its start" });
            }
            (What::End(name), length + 3)
        } else {
            let (length, empty) =
                tag_length(rest).ok_or(Malformed { at, what: "a start tag without an end" })?;
            let name = &rest[1..length];
            let name =
                &name[..name.find(|c: char| c.is_ascii_whitespace() || "/>=\"'<".contains(c)).unwrap_or(0)];
            if name.is_empty() {
                return Err(Malformed { at, what: "a start tag without a name" });
            }
            if empty {
                (What::Empty(name), length)
            } else {
                open.push(name);
                (What::Start(name), length)
            }
        };
        pieces.push(Piece { what, range: at..at + length });
        at += length;
    }
    if open.is_empty() {
        Ok(pieces)
    } else {
        Err(Malformed { at, what: "the end, with elements still open" })
    }
}

fn until(rest: &str, from: usize, end: &str, at: usize, what: &'static str) -> Result<usize, Malformed> {
    rest[from..].find(end).map(|found| from + found + end.len()).ok_or(Malformed { at, what })
}

/// The length of a start tag and whether it is an empty element; `>` inside quotes does not end it.
fn tag_length(rest: &str) -> Option<(usize, bool)> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return Some((at + 1, rest.as_bytes()[at - 1] == b'/')),
            (_, b'<') => return None,
            _ => {}
        }
    }
    None
}

/// The value of an attribute in a start tag, as written.
pub(super) fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = tag;
    while let Some(equals) = rest.find('=') {
        let key = rest[..equals].trim_end().rsplit(|c: char| c.is_ascii_whitespace()).next()?;
        let value = rest[equals + 1..].trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = value[1..].split_once(quote)?;
        if key == name {
            return Some(value);
        }
        rest = after;
    }
    None
}
