//! XML as a small tree, with every bound that makes it safe: no document type, no entities of its own, no deep
//! nesting, no endless lists. Names are local: a prefix says nothing here.

use creativestore_domain::facts::{Refusal, RefusalCode};
use quick_xml::XmlVersion;
use quick_xml::errors::Error;
use quick_xml::escape::EscapeError;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::bounds::{MAX_DEPTH, MAX_ELEMENTS};
use crate::refuse::{refusal_at, shorten};

/// The most bytes of the attributes of one element.
const MAX_TAG: usize = 64 * 1024;

/// An element.
#[derive(Debug, Default)]
pub struct Element {
    /// Its name without a prefix.
    pub name: String,
    /// Its namespace, as far as it is declared on the element itself.
    pub namespace: Option<String>,
    attributes: Vec<(String, String)>,
    /// Its own text, without that of the elements in it.
    pub text: String,
    /// The elements in it.
    pub children: Vec<Element>,
}

impl Element {
    /// The value of an attribute, by its local name.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The elements directly in it that have this name.
    pub fn children_named(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first element directly in it that has this name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children_named(name).next()
    }

    /// All elements below it that have this name, in document order.
    pub fn below<'a>(&'a self, name: &str) -> Vec<&'a Self> {
        let mut found = Vec::new();
        for child in &self.children {
            if child.name == name {
                found.push(child);
            }
            found.extend(child.below(name));
        }
        found
    }

    /// Its text, or that of the `<URL>` in it, as VAST 1 has it; `None` when there is none.
    pub fn value(&self) -> Option<&str> {
        let own = self.text.trim();
        let text = if own.is_empty() { self.child("URL").map_or("", |url| url.text.trim()) } else { own };
        (!text.is_empty()).then_some(text)
    }
}

/// The name of the root, if the text starts as XML does.
pub fn root_name(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) | Event::Empty(start) => {
                return Some(start.local_name().as_ref().to_owned());
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// Reads the whole document.
pub fn parse(text: &str) -> Result<Element, Refusal> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut count = 0;
    loop {
        let event = reader.read_event();
        let place = Place { text, at: reader.buffer_position() };
        let event =
            event.map_err(|error| Place { text, at: reader.error_position() }.refuse_error(&error))?;
        match event {
            Event::Start(_) | Event::Empty(_) if root.is_some() && open.is_empty() => {
                return Err(place.malformed("a second root element"));
            }
            Event::Start(start) => {
                count_one(&mut count, &place)?;
                if open.len() == MAX_DEPTH {
                    return Err(place.refuse(
                        RefusalCode::TooDeep,
                        format!("more than {MAX_DEPTH} elements inside one another"),
                        format!("at most {MAX_DEPTH}"),
                    ));
                }
                open.push(element(&start, &place)?);
            }
            Event::Empty(start) => {
                count_one(&mut count, &place)?;
                close(element(&start, &place)?, &mut open, &mut root);
            }
            Event::End(_) => {
                if let Some(done) = open.pop() {
                    close(done, &mut open, &mut root);
                }
            }
            Event::Text(text) => add_text(&text.xml10_content(), &mut open, &place)?,
            Event::CData(text) => add_text(&text.xml10_content(), &mut open, &place)?,
            Event::GeneralRef(reference) => {
                let name = reference.clone().into_inner();
                let resolved = match reference.resolve_char_ref() {
                    Ok(Some(c)) => c,
                    Ok(None) => predefined(&name).ok_or_else(|| place.entity(&name))?,
                    Err(error) => return Err(place.refuse_error(&error)),
                };
                add_text(resolved.encode_utf8(&mut [0; 4]), &mut open, &place)?;
            }
            Event::DocType(_) => {
                return Err(place.refuse(
                    RefusalCode::ForbiddenXml,
                    "a document type declaration",
                    "XML without <!DOCTYPE>",
                ));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    if let Some(unclosed) = open.last() {
        let at = Place { text, at: text.len() as u64 };
        return Err(at.refuse(
            RefusalCode::Truncated,
            format!("the document ends inside <{}>", unclosed.name),
            "a complete document",
        ));
    }
    root.ok_or_else(|| Place { text, at: 0 }.malformed("no element at all"))
}

fn count_one(count: &mut usize, place: &Place<'_>) -> Result<(), Refusal> {
    *count += 1;
    if *count > MAX_ELEMENTS {
        let found = format!("more than {MAX_ELEMENTS} elements");
        return Err(place.refuse(RefusalCode::TooLarge, found, format!("at most {MAX_ELEMENTS}")));
    }
    Ok(())
}

fn close(done: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(done),
        None => *root = Some(done),
    }
}

fn add_text(text: &str, open: &mut [Element], place: &Place<'_>) -> Result<(), Refusal> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(place.malformed("text outside the root element")),
    }
    Ok(())
}

fn element(start: &BytesStart<'_>, place: &Place<'_>) -> Result<Element, Refusal> {
    if start.attributes_raw().len() > MAX_TAG {
        let found = format!("a tag of {} bytes", start.attributes_raw().len());
        return Err(place.refuse(RefusalCode::TooLarge, found, format!("at most {MAX_TAG} bytes")));
    }
    let mut element = Element { name: start.local_name().as_ref().to_owned(), ..Element::default() };
    let prefix = start.name().prefix().map(|prefix| prefix.as_ref().to_owned());
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| place.malformed(error.to_string()))?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| place.refuse_error(&error))?;
        let name: &str = attribute.key.as_ref();
        let declares = match (&prefix, name.strip_prefix("xmlns")) {
            (None, Some("")) => true,
            (Some(prefix), Some(rest)) => rest.strip_prefix(':') == Some(prefix),
            _ => false,
        };
        if declares {
            element.namespace = Some(value.clone().into_owned());
        }
        element.attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    Ok(element)
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// A place in the document, to be named by its line.
struct Place<'a> {
    text: &'a str,
    at: u64,
}

impl Place<'_> {
    fn refuse(&self, code: RefusalCode, found: impl Into<String>, allowed: impl Into<String>) -> Refusal {
        let before = usize::try_from(self.at).unwrap_or(usize::MAX).min(self.text.len());
        let line = self.text.as_bytes()[..before].split(|byte| *byte == b'\n').count();
        refusal_at(code, format!("line {line}"), found, allowed)
    }

    fn malformed(&self, found: impl Into<String>) -> Refusal {
        self.refuse(RefusalCode::Malformed, found, "well-formed XML")
    }

    fn entity(&self, name: &str) -> Refusal {
        self.refuse(
            RefusalCode::ForbiddenXml,
            format!("the entity &{};", shorten(name, 60)),
            "only &amp; &lt; &gt; &quot; &apos; and character references",
        )
    }

    fn refuse_error(&self, error: &Error) -> Refusal {
        match error {
            Error::Escape(EscapeError::UnrecognizedEntity(_, name)) => self.entity(name),
            error => self.malformed(error.to_string()),
        }
    }
}
