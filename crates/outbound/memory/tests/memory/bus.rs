//! The promises of an event bus, kept in memory.

use std::time::Duration;

use creativestore_contract::Given;
use creativestore_contract::bus::MOST_ROOM;
use creativestore_memory::MemoryBus;
use creativestore_ports::bus::{Bus, Signal};
use futures_util::StreamExt;

#[expect(clippy::unused_async, reason = "other implementations have to wait for what they are made of")]
async fn fresh() -> Given<dyn Bus> {
    Given::new(Box::new(MemoryBus::new(MOST_ROOM)), ())
}

creativestore_contract::bus_promises!(crate::bus::fresh);

#[tokio::test]
async fn among_other_processes_a_listener_is_told_now_and_then_that_it_may_have_missed_some() {
    let bus = MemoryBus::new(MOST_ROOM).among_others(Duration::from_millis(1));
    let mut listener = bus.listen();
    for _ in 0..3 {
        assert!(matches!(listener.next().await, Some(Signal::Missed)));
    }
}
