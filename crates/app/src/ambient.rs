//! The time, ids and randomness of this machine: the only place that takes them from thin air.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use creativestore_domain::time::Timestamp;
use creativestore_ports::ambient::{Clock, Ids, Random};
use uuid::{ContextV7, Timestamp as Moment, Uuid};

/// The machine's clock, to the microsecond.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the port's implementation")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// `UUIDv7`s that grow, also within one millisecond and when the clock is set back a little.
pub struct TimeOrdered(Mutex<ContextV7>);

impl TimeOrdered {
    /// A source of ids.
    pub fn new() -> Self {
        Self(Mutex::new(ContextV7::new()))
    }
}

impl Ids for TimeOrdered {
    #[expect(clippy::disallowed_methods, reason = "this is the port's implementation")]
    fn next(&self) -> Uuid {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // The counter must move on in the order in which ids are given out.
        let context = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(Moment::from_unix(&*context, since.as_secs(), since.subsec_nanos()))
    }
}

/// The operating system's randomness.
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system gives random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_from_one_to_the_next() {
        let ids = TimeOrdered::new();
        let given: Vec<Uuid> = (0..10_000).map(|_| ids.next()).collect();
        assert!(given.is_sorted_by(|a, b| a < b));
    }
}
