//! What a program usually takes from thin air, passed in: the time, ids, randomness.

use creativestore_domain::time::Timestamp;
use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Makes ids.
pub trait Ids: Send + Sync {
    /// A `UUIDv7` that sorts after every one that this source gave before.
    fn next(&self) -> Uuid;
}

/// Makes secrets.
pub trait Random: Send + Sync {
    /// Fills the buffer with bytes that nobody can guess.
    fn fill(&self, buffer: &mut [u8]);
}
