//! Text search: how texts become the terms that they are found by.

/// One term of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryTerm {
    /// Every term that begins so.
    Prefix(String),
    /// Just this term.
    Exact(String),
}
