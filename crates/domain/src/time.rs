//! Moments and lengths of time. Knows no clock and no calendar: the edges read and write RFC 3339.

/// A moment: microseconds since 1970-01-01T00:00:00Z, the precision both databases keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `micros` microseconds after the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This moment moved by a length of time; saturates at the ends of the range.
    #[must_use]
    pub fn plus(self, by: std::time::Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This moment moved back by a length of time; saturates at the ends of the range.
    #[must_use]
    pub fn minus(self, by: std::time::Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is before.
    pub fn since(self, earlier: Self) -> std::time::Duration {
        std::time::Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// A span of time that may be open at either end; it contains `from` and not `until`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// The window would end before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it ends before it begins: `until` must be later than `from`")]
pub struct Backwards;

impl Window {
    /// Open at both ends.
    pub const ALWAYS: Self = Self { from: None, until: None };

    /// A window from `from` (inclusive) to `until` (exclusive).
    pub fn new(from: Option<Timestamp>, until: Option<Timestamp>) -> Result<Self, Backwards> {
        match (from, until) {
            (Some(from), Some(until)) if until <= from => Err(Backwards),
            _ => Ok(Self { from, until }),
        }
    }

    /// When it begins, if it has a beginning.
    pub const fn from(self) -> Option<Timestamp> {
        self.from
    }

    /// When it is over, if it has an end.
    pub const fn until(self) -> Option<Timestamp> {
        self.until
    }

    /// Whether the moment lies inside.
    pub fn covers(self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}
