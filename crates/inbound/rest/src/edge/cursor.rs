//! Cursors: a place in one list of one account with one set of filters, sealed so that no other can be made up.

use creativestore_ports::page::{Key, Page, PageRequest, Position};
use serde::Serialize;
use utoipa::ToSchema;

use super::Edge;
use super::params;
use super::problem::{Code, Problem};

/// A list: what it is of, and everything that decides its content and order.
pub struct List<'a> {
    edge: &'a Edge,
    purpose: String,
}

/// A page on its way to the client.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageView<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next page; null when this was the last.
    pub next: Option<String>,
}

impl<'a> List<'a> {
    /// A list of this name for whoever asks, with these filters and this sort.
    pub fn new(edge: &'a Edge, name: &str, what: &impl std::fmt::Debug) -> Self {
        Self { edge, purpose: format!("cursor {name} {what:?}") }
    }

    /// The page that is asked for.
    pub fn page(&self, limit: Option<u16>, cursor: Option<&str>) -> Result<PageRequest, Problem> {
        let invalid = || Problem::field(Code::CursorInvalid, "cursor", "it was not given out for this list");
        let after = match cursor {
            None => None,
            Some(sealed) => {
                let text = self.edge.seal.open(&self.purpose, sealed).ok_or_else(invalid)?;
                Some(read(&text).ok_or_else(invalid)?)
            }
        };
        Ok(PageRequest { limit: params::limit(limit)?, after })
    }

    /// The page that is given, each item as it is shown.
    pub fn view<T, V>(&self, page: Page<T>, view: impl Fn(T) -> V) -> PageView<V> {
        let next = page.next.map(|position| self.edge.seal.close(&self.purpose, &write(&position)));
        PageView { items: page.items.into_iter().map(view).collect(), next }
    }
}

fn write(position: &Position) -> String {
    let Position { key, id } = position;
    match key {
        Key::Number(key) => format!("n{key}|{id}"),
        // The id has no bar, the text may.
        Key::Text(key) => format!("t{id}|{key}"),
    }
}

fn read(text: &str) -> Option<Position> {
    if let Some(rest) = text.strip_prefix('n') {
        let (key, id) = rest.split_once('|')?;
        return Some(Position { key: Key::Number(key.parse().ok()?), id: id.to_owned() });
    }
    let (id, key) = text.strip_prefix('t')?.split_once('|')?;
    Some(Position { key: Key::Text(key.to_owned()), id: id.to_owned() })
}
