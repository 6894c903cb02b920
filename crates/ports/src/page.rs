//! Lists, a page at a time: keyset positions, never offsets.

/// The most items of a page.
pub const MAX_LIMIT: u16 = 200;

/// What the list was sorted by, at one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A text column.
    Text(String),
    /// A number or a moment.
    Number(i64),
}

/// A place in a sorted list: just after the row with this key and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// What the list is sorted by.
    pub key: Key,
    /// The row's id, which decides among equal keys.
    pub id: String,
}

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// How many items, 1 to `MAX_LIMIT`.
    pub limit: u16,
    /// After which row; the beginning when `None`.
    pub after: Option<Position>,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// Where the next page begins; `None` when this was the last.
    pub next: Option<Position>,
}
