//! Requests per principal, counted in this process.

use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;
use creativestore_ports::limits::RateLimit;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Lets each principal make `per_second` requests a second, and `burst` at once.
pub struct MemoryRateLimit {
    limiter: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

/// Above this many principals, those that are idle are forgotten before the next one is counted.
const REMEMBERED: usize = 10_000;

impl MemoryRateLimit {
    /// A limit of `per_second` requests a second and `burst` at once.
    pub fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let quota = Quota::per_second(per_second).allow_burst(burst);
        Self { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default() }
    }
}

#[async_trait]
impl RateLimit for MemoryRateLimit {
    async fn admit(&self, principal: &str) -> Result<(), Duration> {
        if self.limiter.len() > REMEMBERED {
            self.limiter.retain_recent();
        }
        match self.limiter.check_key(&principal.to_owned()) {
            Ok(()) => Ok(()),
            Err(refused) => Err(refused.wait_time_from(self.clock.now())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn once_a_second() -> MemoryRateLimit {
        MemoryRateLimit::new(NonZeroU32::MIN, NonZeroU32::new(2).expect("2 is not 0"))
    }

    #[tokio::test]
    async fn a_principal_that_used_up_its_burst_is_told_how_long_to_wait() {
        let limit = once_a_second();
        assert!(limit.admit("key_a").await.is_ok());
        assert!(limit.admit("key_a").await.is_ok());
        let wait = limit.admit("key_a").await.expect_err("the third at once is too many");
        assert!(wait <= Duration::from_secs(1) && wait > Duration::ZERO, "{wait:?}");
    }

    #[tokio::test]
    async fn one_principal_does_not_use_up_another_ones_share() {
        let limit = once_a_second();
        for _ in 0..3 {
            let _ = limit.admit("key_a").await;
        }
        assert!(limit.admit("key_b").await.is_ok());
    }
}
