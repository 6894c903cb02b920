//! Creatives that were looked at a moment ago: spares the store the commonest look of all. What is remembered here was
//! committed and has not changed since by this process; what another process changed is noticed within `fresh`.
//!
//! A change forgets its creative when its commit is over, in a task that nobody can cancel (`write`). A look that
//! began before that remembers nothing: it may have read what was there before. A cache that could not be told of the
//! change in time may still have what was there before: how late a creative must be is remembered, too.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use creativestore_domain::creative::Creative;
use creativestore_domain::id::{AccountId, CreativeId};
use creativestore_domain::time::Timestamp;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// How many creatives are remembered; each takes about half a kilobyte.
const ROOM: usize = 12_288;

/// Of how many creatives it is remembered what this process made of them: many more than change within a second, after
/// which a cache has forgotten them.
const CHANGED: usize = 2_048;

/// Creatives by their id.
pub struct Recent {
    creatives: Cache<CreativeId, (Timestamp, Arc<Creative>)>,
    /// The last sequence that this process gave each.
    sequences: Cache<CreativeId, u64>,
    /// Raised by every change.
    changes: AtomicU64,
    fresh: Option<Duration>,
}

/// When a look began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Before(u64);

impl Recent {
    /// Remembers creatives for so long; `None` where no other process changes creatives: until they change.
    pub fn new(fresh: Option<Duration>) -> Self {
        Self {
            creatives: Cache::new(ROOM),
            sequences: Cache::new(CHANGED),
            changes: AtomicU64::new(0),
            fresh,
        }
    }

    /// The creative, if it is remembered and the account's.
    pub(crate) fn recall(&self, account: AccountId, id: CreativeId, now: Timestamp) -> Option<Arc<Creative>> {
        let (at, creative) = self.creatives.get(&id)?;
        let fresh = self.fresh.is_none_or(|fresh| now.since(at) < fresh);
        (fresh && creative.account == account).then_some(creative)
    }

    /// Called before a look at the store.
    pub(crate) fn before(&self) -> Before {
        Before(self.changes.load(Ordering::SeqCst))
    }

    /// Remembers what a look found, unless something changed since it began.
    pub(crate) fn remember(&self, Before(changes): Before, now: Timestamp, creative: &Arc<Creative>) {
        if self.changes.load(Ordering::SeqCst) != changes {
            return;
        }
        self.creatives.insert(creative.id, (now, Arc::clone(creative)));
        // A change that came between the look at the count and the insertion has found nothing to forget.
        if self.changes.load(Ordering::SeqCst) != changes {
            self.creatives.remove(&creative.id);
        }
    }

    /// Whether a cache's creative is at least as late as what this process made of it.
    pub(crate) fn allows(&self, cached: &Creative) -> bool {
        self.sequences.get(&cached.id).is_none_or(|least| cached.sequence >= least)
    }

    /// These changed, or may have.
    pub(crate) fn forget(&self, changed: &[Arc<Creative>]) {
        for creative in changed {
            self.sequences.insert(creative.id, creative.sequence);
        }
        self.changes.fetch_add(1, Ordering::SeqCst);
        for creative in changed {
            self.creatives.remove(&creative.id);
        }
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self::new(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use creativestore_domain::access::Actor;
    use creativestore_domain::account::ChangePolicy;
    use creativestore_domain::creative::{Draft, Metadata};
    use creativestore_domain::event::Stamp;
    use creativestore_domain::hash::Sha256;
    use creativestore_domain::id::EventId;
    use creativestore_domain::manifest::Kind;
    use creativestore_domain::text::Name;
    use creativestore_domain::time::Window;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    fn account(number: u128) -> AccountId {
        AccountId::new(Uuid::from_u128(number))
    }

    fn creative() -> Arc<Creative> {
        let name = Name::parse("One").expect("a name");
        let metadata = Metadata { name, concept: None, labels: [].into(), rights: Window::default() };
        let draft = Draft {
            id: CreativeId::new(Uuid::from_u128(7)),
            account: account(1),
            external_id: None,
            kind: Kind::Image,
            metadata,
            change_policy: ChangePolicy::Staged,
            hash: Sha256::of(b"content"),
        };
        let stamp = Stamp { event: EventId::new(Uuid::from_u128(1)), at: NOW, by: Actor::System };
        Arc::new(Creative::create(draft, stamp).state)
    }

    #[test]
    fn a_creative_is_remembered_for_its_account_until_it_changes() {
        let (recent, creative) = (Recent::default(), creative());
        recent.remember(recent.before(), NOW, &creative);
        let much_later = NOW.plus(Duration::from_hours(24));
        assert_eq!(recent.recall(account(1), creative.id, much_later), Some(Arc::clone(&creative)));
        assert_eq!(recent.recall(account(2), creative.id, NOW), None);
        recent.forget(std::slice::from_ref(&creative));
        assert_eq!(recent.recall(account(1), creative.id, NOW), None);
    }

    #[test]
    fn what_another_process_changes_is_noticed_in_time() {
        let (recent, creative) = (Recent::new(Some(Duration::from_secs(1))), creative());
        recent.remember(recent.before(), NOW, &creative);
        let just_before = NOW.plus(Duration::from_millis(999));
        assert!(recent.recall(account(1), creative.id, just_before).is_some());
        assert_eq!(recent.recall(account(1), creative.id, NOW.plus(Duration::from_secs(1))), None);
    }

    #[test]
    fn a_look_that_began_before_a_change_remembers_nothing() {
        let (recent, creative) = (Recent::default(), creative());
        let before = recent.before();
        recent.forget(&[]);
        recent.remember(before, NOW, &creative);
        assert_eq!(recent.recall(account(1), creative.id, NOW), None);
    }
}
