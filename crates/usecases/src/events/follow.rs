//! Following events: first what is kept, then what comes, without a gap and without a repeat.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use creativestore_domain::access::Permission;
use creativestore_domain::id::AccountId;
use creativestore_ports::bus::Signal;
use creativestore_ports::journal::Published;
use futures_util::{Stream, StreamExt};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// How many kept events are read at once.
const BATCH: u16 = 100;

struct Follower {
    inside: Arc<Inside>,
    account: AccountId,
    /// The place of the last event that was handed out.
    position: u64,
    ready: VecDeque<Published>,
    /// The place, over all accounts, up to which nothing is missing; `None` until the store was read to its end.
    complete: Option<u64>,
    heard: Pin<Box<dyn Stream<Item = Signal> + Send>>,
}

/// The account's events after a place, and then every one that comes. Ends after a failure.
pub fn follow(
    inside: Arc<Inside>,
    caller: &Caller,
    after: u64,
) -> Result<impl Stream<Item = Result<Published, Failure>> + Send + use<>, Failure> {
    let account = caller.account(Permission::Read)?;
    // Listening begins before reading, so that nothing falls between the two.
    let heard = inside.bus.listen();
    let follower =
        Follower { inside, account, position: after, ready: VecDeque::new(), complete: None, heard };
    Ok(futures_util::stream::unfold(Some(follower), |follower| async {
        let mut follower = follower?;
        match follower.next().await {
            Ok(Some(published)) => Some((Ok(published), Some(follower))),
            Ok(None) => None,
            Err(failure) => Some((Err(failure), None)),
        }
    }))
}

impl Follower {
    async fn next(&mut self) -> Result<Option<Published>, Failure> {
        loop {
            if let Some(published) = self.ready.pop_front() {
                self.position = published.position;
                return Ok(Some(published));
            }
            let Some(complete) = self.complete else {
                let mut work = self.inside.read().await?;
                let kept = work.outbox().published_after(self.account, self.position, BATCH).await?;
                if kept.len() < usize::from(BATCH) {
                    self.complete = Some(work.outbox().newest_position().await?);
                }
                self.ready = kept.into();
                continue;
            };
            match self.heard.next().await {
                Some(Signal::Event(published)) if published.position <= complete => {}
                // The very next place: nothing can lie between.
                Some(Signal::Event(published)) if published.position == complete + 1 => {
                    self.complete = Some(published.position);
                    if published.event.account == self.account && published.position > self.position {
                        self.ready.push_back(*published);
                    }
                }
                Some(Signal::Elsewhere { position, .. }) if position <= complete => {}
                Some(Signal::Elsewhere { account, position })
                    if position == complete + 1 && account != self.account =>
                {
                    self.complete = Some(position);
                }
                // Another place, told by a relay that was faster than the one before it; or some were missed; or the
                // store has what was told elsewhere.
                Some(Signal::Event(_) | Signal::Elsewhere { .. } | Signal::Missed) => self.complete = None,
                None => return Ok(None),
            }
        }
    }
}
