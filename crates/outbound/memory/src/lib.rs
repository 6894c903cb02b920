//! The event bus and the rate limits of one process, for the embedded default. Knows no store: what a slow
//! listener missed it reads from there.

mod bus;
mod limits;

pub use bus::MemoryBus;
pub use limits::MemoryRateLimit;
