//! What a rate limit promises. What is given lets each principal make one request a second, and `BURST` at
//! once.

pub mod admission;

/// How many requests a principal may make at once of the limit that a promise is given.
pub const BURST: u32 = 3;
