//! Events to whoever listens in this process now.

use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use creativestore_ports::bus::{Bus, BusError, Signal};
use creativestore_ports::journal::Published;
use futures_util::{Stream, StreamExt};
use tokio::sync::broadcast;
use tokio::time::{Instant, interval_at};
use tokio_stream::wrappers::{BroadcastStream, IntervalStream};

/// A bus that holds the newest events for its slowest listener, and no more than `room` of them.
#[derive(Debug)]
pub struct MemoryBus {
    sender: broadcast::Sender<Published>,
    look: Option<Duration>,
}

impl MemoryBus {
    /// A bus that lets a listener fall behind by `room` events before it misses some.
    pub fn new(room: usize) -> Self {
        Self { sender: broadcast::Sender::new(room.max(1)), look: None }
    }

    /// The same where other processes tell events, too, which are not heard here: a listener is told every so often that
    /// it may have missed some.
    #[must_use]
    pub fn among_others(self, look: Duration) -> Self {
        Self { look: Some(look), ..self }
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, events: &[Published]) -> Result<(), BusError> {
        for event in events {
            // Nobody listening is no fault: events are kept by the store.
            let _ = self.sender.send(event.clone());
        }
        Ok(())
    }

    fn listen(&self) -> Pin<Box<dyn Stream<Item = Signal> + Send>> {
        let heard = BroadcastStream::new(self.sender.subscribe());
        let heard = heard.map(|heard| heard.map_or(Signal::Missed, |event| Signal::Event(Box::new(event))));
        match self.look {
            None => Box::pin(heard),
            Some(look) => {
                let looks =
                    IntervalStream::new(interval_at(Instant::now() + look, look)).map(|_| Signal::Missed);
                Box::pin(futures_util::stream::select(heard, looks))
            }
        }
    }
}
