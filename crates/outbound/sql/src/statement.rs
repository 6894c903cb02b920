//! A statement with the values for its `$1`, `$2`, …: text and 64-bit numbers only, so that both databases can bind
//! them. Knows no connection.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A value to bind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// Text.
    Text(String),
    /// Text that may not be there.
    MaybeText(Option<String>),
    /// A number.
    Number(i64),
    /// A number that may not be there.
    MaybeNumber(Option<i64>),
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Option<String>> for Arg {
    fn from(text: Option<String>) -> Self {
        Self::MaybeText(text)
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Option<i64>> for Arg {
    fn from(number: Option<i64>) -> Self {
        Self::MaybeNumber(number)
    }
}

/// A statement and its values. Its text is fixed, or put together from fixed fragments; no value is ever part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The statement.
    pub sql: Cow<'static, str>,
    /// The values.
    pub args: Vec<Arg>,
    /// Whether values stand where a plan cannot depend on them.
    aside: bool,
}

impl Statement {
    /// A statement without values yet.
    pub fn new(sql: &'static str) -> Self {
        Self { sql: Cow::Borrowed(sql), args: Vec::new(), aside: false }
    }

    /// A statement, for Postgres, whose plan is as good whatever its values are. Each stands in a `SELECT` of its own, where
    /// making a plan anew would tell the planner nothing; so it keeps the one that it has.
    pub const fn planned_once() -> Self {
        Self { sql: Cow::Borrowed(""), args: Vec::new(), aside: true }
    }

    /// The same with the value for the next number.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Arg>) -> Self {
        self.args.push(value.into());
        self
    }

    /// Adds a fragment; each `?` in it stands for the next value.
    pub fn and(&mut self, fragment: &str, values: impl IntoIterator<Item = Arg>) {
        let sql = self.sql.to_mut();
        let mut values = values.into_iter();
        for (n, piece) in fragment.split('?').enumerate() {
            if n > 0 {
                let value = values.next();
                let kind = match value {
                    Some(Arg::Number(_) | Arg::MaybeNumber(_)) => "bigint",
                    Some(Arg::Text(_) | Arg::MaybeText(_)) | None => "text",
                };
                self.args.extend(value);
                let number = self.args.len();
                let written = if self.aside {
                    write!(sql, "(SELECT ${number}::{kind})")
                } else {
                    write!(sql, "${number}")
                };
                written.expect("a text takes more text");
            }
            sql.push_str(piece);
        }
    }
}
