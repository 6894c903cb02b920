//! What an event bus promises.

pub mod listening;

/// How far a listener may fall behind on the bus that a promise is given, at most.
pub const MOST_ROOM: usize = 100;
