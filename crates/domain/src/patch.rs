//! Partial updates: a field that is left alone, taken away, or given a value.

/// What an update says of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Not mentioned: it stays as it is.
    #[default]
    Absent,
    /// Taken away.
    Null,
    /// Given this value.
    Value(T),
}

impl<T> Patch<T> {
    /// What the field is afterwards.
    pub fn apply(self, old: Option<T>) -> Option<T> {
        match self {
            Self::Absent => old,
            Self::Null => None,
            Self::Value(new) => Some(new),
        }
    }
}
