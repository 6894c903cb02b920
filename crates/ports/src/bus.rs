//! Telling published events: to whoever listens now, and to what keeps them for consumers elsewhere.

use std::pin::Pin;

use async_trait::async_trait;
use creativestore_domain::id::AccountId;
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
    /// An event of this account was told at this place by another process: the store has it.
    Elsewhere {
        /// Whose event.
        account: AccountId,
        /// Its place.
        position: u64,
    },
    /// Events may have been missed: read them from the store, from the last place that was seen.
    Missed,
}

/// Tells events.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Tells events, in order of their places. After an error some of them may have been told; telling an event again
    /// does no harm, because it has its place and its id.
    async fn publish(&self, events: &[Published]) -> Result<(), BusError>;
    /// Listens from now on; a listener that is too slow is told that it missed some.
    fn listen(&self) -> Pin<Box<dyn Stream<Item = Signal> + Send>>;
}
