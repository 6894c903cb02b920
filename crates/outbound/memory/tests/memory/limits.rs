//! The promises of a rate limit, kept in memory.

use std::num::NonZeroU32;

use creativestore_contract::Given;
use creativestore_contract::limits::BURST;
use creativestore_memory::MemoryRateLimit;
use creativestore_ports::limits::RateLimit;

#[expect(clippy::unused_async, reason = "other implementations have to wait for what they are made of")]
async fn fresh() -> Given<dyn RateLimit> {
    let burst = NonZeroU32::new(BURST).expect("not 0");
    Given::new(Box::new(MemoryRateLimit::new(NonZeroU32::MIN, burst)), ())
}

creativestore_contract::limits_promises!(crate::limits::fresh);
