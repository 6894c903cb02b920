//! Giving events their places and telling them: one relay at a time, of all processes that share a store.

use std::time::Duration;

use creativestore_ports::bus::BusError;
use creativestore_ports::journal::Relay;
use creativestore_ports::store::StoreError;

use crate::inside::Inside;

/// How many events are told at once.
const BATCH: u16 = 100;

/// How long a relay that is never heard of again keeps others from telling. Much longer than telling one batch takes.
const HELD: Duration = Duration::from_secs(10);

/// Why events were not told; they wait.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// The store did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bus did not do its part.
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// What came of looking for events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// So many were told; more may wait.
    Some(usize),
    /// Nothing waits.
    Nothing,
    /// Another relay is at it.
    Elsewhere,
}

/// Tells the events that wait, oldest first. They get their places, which is durable before anybody is told, so that
/// whoever missed an event finds it by its place; what was told is kept afterwards, so that a crash between the two
/// tells some again and never leaves one out.
pub async fn publish(inside: &Inside) -> Result<Told, NotTold> {
    if inside.peek().await?.outbox().oldest_untold().await?.is_none() {
        return Ok(Told::Nothing);
    }
    let relay = &inside.relay;
    let mut work = inside.write().await?;
    let now = inside.clock.now();
    let Some(told) = work.outbox().take(relay, now, now.plus(HELD)).await? else {
        return Ok(Told::Elsewhere);
    };
    work.outbox().publish_next(BATCH).await?;
    let events = work.outbox().untold(told, BATCH).await?;
    work.commit().await?;
    let heard = inside.bus.publish(&events).await;
    let reached = match heard {
        Ok(()) => events.last().map_or(told, |last| last.position),
        // Given back as it was: another replica may reach the bus.
        Err(_) => told,
    };
    keep(inside, relay, reached).await?;
    heard?;
    Ok(Told::Some(events.len()))
}

async fn keep(inside: &Inside, relay: &Relay, position: u64) -> Result<(), StoreError> {
    let mut work = inside.write().await?;
    match work.outbox().told(relay, position).await {
        Ok(()) => work.commit().await,
        // It took so long that another one has begun; that one tells the same events again.
        Err(StoreError::Stale) => Ok(()),
        Err(error) => Err(error),
    }
}
