//! The promises of an event bus, kept in memory.

use creativestore_contract::Given;
use creativestore_contract::bus::MOST_ROOM;
use creativestore_memory::MemoryBus;
use creativestore_ports::bus::Bus;

#[expect(clippy::unused_async, reason = "other implementations have to wait for what they are made of")]
async fn fresh() -> Given<dyn Bus> {
    Given::new(Box::new(MemoryBus::new(MOST_ROOM)), ())
}

creativestore_contract::bus_promises!(crate::bus::fresh);
