//! Telling published events to whoever listens now. Nothing is kept here: the store keeps events.

use std::pin::Pin;

use async_trait::async_trait;
use futures_util::Stream;

use crate::journal::Published;

/// The bus does not take events now.
#[derive(Debug, thiserror::Error)]
#[error("the event bus is unavailable: {0}")]
pub struct BusError(pub String);

/// What a listener gets.
#[derive(Clone, Debug)]
pub enum Signal {
    /// An event.
    Event(Box<Published>),
    /// Events were missed: read them from the store, from the last place that was seen.
    Missed,
}

/// Tells events.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Tells one event to everybody who listens.
    async fn publish(&self, event: &Published) -> Result<(), BusError>;
    /// Listens from now on; a listener that is too slow is told that it missed some.
    fn listen(&self) -> Pin<Box<dyn Stream<Item = Signal> + Send>>;
}
