//! Events to whoever listens in this process now.

use std::pin::Pin;

use async_trait::async_trait;
use creativestore_ports::bus::{Bus, BusError, Signal};
use creativestore_ports::journal::Published;
use futures_util::{Stream, StreamExt};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

/// A bus that holds the newest events for its slowest listener, and no more than `room` of them.
#[derive(Debug)]
pub struct MemoryBus {
    sender: broadcast::Sender<Published>,
}

impl MemoryBus {
    /// A bus that lets a listener fall behind by `room` events before it misses some.
    pub fn new(room: usize) -> Self {
        Self { sender: broadcast::Sender::new(room.max(1)) }
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, event: &Published) -> Result<(), BusError> {
        // Nobody listening is no fault: events are kept by the store.
        let _ = self.sender.send(event.clone());
        Ok(())
    }

    fn listen(&self) -> Pin<Box<dyn Stream<Item = Signal> + Send>> {
        let heard = BroadcastStream::new(self.sender.subscribe());
        Box::pin(heard.map(|heard| heard.map_or(Signal::Missed, |event| Signal::Event(Box::new(event)))))
    }
}
