//! Noticing what other processes changed, so that the rest may go on being remembered.

use creativestore_ports::store::StoreError;

use crate::inside::Inside;

/// How many changes are looked at one by one; when there are more, everything is forgotten.
const MOST: u16 = 1000;

/// Up to where changes were noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noticed(Option<u64>);

/// Forgets what changed since. Every event that is not among those looked at now comes later, or gets a later place.
pub async fn notice(inside: &Inside, Noticed(since): Noticed) -> Result<Noticed, StoreError> {
    let begun = inside.clock.now();
    let mut work = inside.peek().await?;
    if let Some(since) = since {
        let changed = work.outbox().changed_after(since, MOST).await?;
        if changed.len() < usize::from(MOST) {
            inside.recent.notice(&changed, begun);
            let last = changed.iter().filter_map(|it| it.position).max();
            return Ok(Noticed(Some(last.unwrap_or(since))));
        }
    }
    let begun = inside.clock.now();
    let newest = work.outbox().newest_position().await?;
    inside.recent.forget_all(begun);
    Ok(Noticed(Some(newest)))
}
