//! Giving events their places and telling them.

use crate::failure::Failure;
use crate::inside::Inside;

/// How many events get their places in one unit of work.
const BATCH: u16 = 100;

/// Publishes the events that wait, oldest first; how many there were. Places are durable before anybody is told,
/// so that whoever missed an event finds it by its place.
pub async fn publish(inside: &Inside) -> Result<usize, Failure> {
    let waiting = inside.peek().await?.outbox().oldest_unpublished().await?;
    if waiting.is_none() {
        return Ok(0);
    }
    let mut work = inside.write().await?;
    let published = work.outbox().publish_next(BATCH).await?;
    work.commit().await?;
    for event in &published {
        if let Err(error) = inside.bus.publish(event).await {
            tracing::warn!(%error, event = %event.event.id, "the bus did not take an event; listeners read it from the store");
        }
    }
    Ok(published.len())
}
