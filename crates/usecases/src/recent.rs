//! Creatives that were looked at a moment ago: spares the store the commonest look of all. What is remembered here was
//! committed and has not changed since by this process; what another process changed is noticed within `fresh`, one
//! way or the other: the look at it was not longer ago, or else the last look at what changed (`notice`) was not.
//!
//! A change forgets its creative when its commit is over, in a task that nobody can cancel (`write`). A look that
//! began before that remembers nothing: it may have read what was there before. A cache that could not be told of the
//! change in time may still have what was there before: how late a creative must be is remembered, too.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use creativestore_domain::creative::Creative;
use creativestore_domain::id::{AccountId, CreativeId};
use creativestore_domain::time::Timestamp;
use creativestore_ports::creatives::Listed;
use creativestore_ports::journal::Changed;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// How many creatives are remembered; each takes about half a kilobyte.
const ROOM: usize = 12_288;

/// The same where several processes share a store: each is small.
const ROOM_OF_EACH: usize = 4_096;

/// Of how many creatives it is remembered how late they are: many more than change within a second, after which a cache
/// has forgotten them.
const CHANGED: usize = 2_048;

/// For how long one is remembered at most, where other processes change creatives: what changed without an event, as
/// when a backup was restored, is noticed by then.
const LONGEST: Duration = Duration::from_mins(1);

/// How many pages after a list's first make sure what is guessed of the next.
const SURE: u8 = 8;

/// Creatives by their id.
pub struct Recent {
    creatives: Cache<CreativeId, Look>,
    /// The last sequence that each is known to have got.
    sequences: Cache<CreativeId, u64>,
    /// Raised by every change.
    changes: AtomicU64,
    /// When the last look began at what other processes changed.
    noticed: AtomicI64,
    /// How much of late pages after a list's first was remembered: raised by a page that was for the most part, up to
    /// `SURE`, and lowered by one that was not.
    has_pages: AtomicU8,
    fresh: Option<Duration>,
}

/// What a look found.
#[derive(Clone)]
pub(crate) struct Look {
    /// When it began.
    pub(crate) at: Timestamp,
    /// Whether it was the store that was looked at: what a cache has may be from before a change that was noticed since.
    pub(crate) stored: bool,
    pub(crate) creative: Arc<Creative>,
}

/// When a look began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Before(u64);

impl Recent {
    /// Remembers creatives for so long; `None` where no other process changes creatives: until they change.
    pub fn new(fresh: Option<Duration>) -> Self {
        Self {
            creatives: Cache::new(if fresh.is_some() { ROOM_OF_EACH } else { ROOM }),
            sequences: Cache::new(CHANGED),
            changes: AtomicU64::new(0),
            noticed: AtomicI64::new(i64::MIN),
            has_pages: AtomicU8::new(0),
            fresh,
        }
    }

    /// How long what another process changed may go unnoticed; `None` where none does.
    pub const fn fresh(&self) -> Option<Duration> {
        self.fresh
    }

    /// The creative, if it is remembered and the account's.
    pub(crate) fn recall(&self, account: AccountId, id: CreativeId, now: Timestamp) -> Option<Arc<Creative>> {
        let Look { at, stored, creative } = self.creatives.get(&id)?;
        let fresh = self.fresh.is_none_or(|fresh| {
            let noticed = || Timestamp::from_micros(self.noticed.load(Ordering::SeqCst));
            now.since(at) < fresh || stored && now.since(at) < LONGEST && now.since(noticed()) < fresh
        });
        (fresh && creative.account == account).then_some(creative)
    }

    /// The creative, if it is remembered as a list found it.
    pub(crate) fn recall_listed(
        &self,
        account: AccountId,
        listed: Listed,
        now: Timestamp,
    ) -> Option<Arc<Creative>> {
        let Look { at, creative, .. } = self.creatives.get(&listed.id)?;
        // The same sequence is the same creative, but for a backup that was restored.
        let same = self.fresh.is_none() || now.since(at) < LONGEST;
        (same && creative.sequence == listed.sequence && creative.account == account).then_some(creative)
    }

    /// Whether a page after a list's first is likely to be remembered, as the last ones were.
    pub(crate) fn has_pages(&self) -> bool {
        2 * self.has_pages.load(Ordering::Relaxed) > SURE
    }

    /// So many of a page after a list's first were remembered, of so many.
    pub(crate) fn had(&self, known: usize, all: usize) {
        let had = self.has_pages.load(Ordering::Relaxed);
        // Two that come at once may count as one: it is a guess.
        let next = if 2 * known > all { SURE.min(had + 1) } else { had.saturating_sub(1) };
        self.has_pages.store(next, Ordering::Relaxed);
    }

    /// Called before a look at the store.
    pub(crate) fn before(&self) -> Before {
        Before(self.changes.load(Ordering::SeqCst))
    }

    /// Remembers what a look found, unless something changed since it began.
    pub(crate) fn remember(&self, Before(changes): Before, look: &Look) {
        if self.fresh == Some(Duration::ZERO) || self.changes.load(Ordering::SeqCst) != changes {
            return;
        }
        let id = look.creative.id;
        self.creatives.insert(id, look.clone());
        // A change that came between the look at the count and the insertion has found nothing to forget.
        if self.changes.load(Ordering::SeqCst) != changes {
            self.creatives.remove(&id);
        }
    }

    /// Whether a cache's creative is at least as late as what is known to have become of it.
    pub(crate) fn allows(&self, cached: &Creative) -> bool {
        self.sequences.get(&cached.id).is_none_or(|least| cached.sequence >= least)
    }

    /// These changed, or may have. Where it is not certain, their sequences are not known either: another process may
    /// give the same ones to changes of its own.
    pub(crate) fn forget(&self, changed: &[Arc<Creative>], certain: bool) {
        for creative in changed.iter().filter(|_| certain) {
            self.sequences.insert(creative.id, creative.sequence);
        }
        self.changes.fetch_add(1, Ordering::SeqCst);
        for creative in changed {
            self.creatives.remove(&creative.id);
        }
    }

    /// Everything that changed until a moment is among these.
    pub(crate) fn notice(&self, changed: &[Changed], at: Timestamp) {
        // Most of them were seen before, or are of this process's own making.
        let unknown =
            |it: &&Changed| self.sequences.get(&it.creative).is_none_or(|known| known < it.sequence);
        let news: Vec<&Changed> = changed.iter().filter(unknown).collect();
        for change in &news {
            // They come in any order.
            if unknown(change) {
                self.sequences.insert(change.creative, change.sequence);
            }
        }
        if !news.is_empty() {
            self.changes.fetch_add(1, Ordering::SeqCst);
        }
        for change in news {
            let late = |look: Look| look.creative.sequence < change.sequence;
            if self.creatives.get(&change.creative).is_some_and(late) {
                self.creatives.remove(&change.creative);
            }
        }
        self.noticed.store(at.micros(), Ordering::SeqCst);
    }

    /// Anything may have changed until a moment.
    pub(crate) fn forget_all(&self, at: Timestamp) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.creatives.clear();
        self.noticed.store(at.micros(), Ordering::SeqCst);
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
    use creativestore_domain::creative::{Draft, Labels, Metadata};
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
        let metadata = Metadata { name, concept: None, labels: Labels::default(), rights: Window::default() };
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

    fn look(creative: &Arc<Creative>) -> Look {
        Look { at: NOW, stored: true, creative: Arc::clone(creative) }
    }

    #[test]
    fn a_creative_is_remembered_for_its_account_until_it_changes() {
        let (recent, creative) = (Recent::default(), creative());
        recent.remember(recent.before(), &look(&creative));
        let much_later = NOW.plus(Duration::from_hours(24));
        assert_eq!(recent.recall(account(1), creative.id, much_later), Some(Arc::clone(&creative)));
        assert_eq!(recent.recall(account(2), creative.id, NOW), None);
        recent.forget(std::slice::from_ref(&creative), true);
        assert_eq!(recent.recall(account(1), creative.id, NOW), None);
    }

    #[test]
    fn what_another_process_changes_is_noticed_in_time() {
        let (recent, creative) = (Recent::new(Some(Duration::from_secs(1))), creative());
        recent.remember(recent.before(), &look(&creative));
        let just_before = NOW.plus(Duration::from_millis(999));
        assert!(recent.recall(account(1), creative.id, just_before).is_some());
        assert_eq!(recent.recall(account(1), creative.id, NOW.plus(Duration::from_secs(1))), None);
    }

    #[test]
    fn a_look_that_began_before_a_change_remembers_nothing() {
        let (recent, creative) = (Recent::default(), creative());
        let before = recent.before();
        recent.forget(&[], true);
        recent.remember(before, &look(&creative));
        assert_eq!(recent.recall(account(1), creative.id, NOW), None);
    }

    const SECOND: Duration = Duration::from_secs(1);

    fn change(creative: &Creative, sequence: u64) -> Changed {
        Changed { creative: creative.id, sequence, position: None }
    }

    #[test]
    fn what_has_not_changed_is_remembered_while_changes_are_noticed() {
        let (recent, creative) = (Recent::new(Some(SECOND)), creative());
        recent.remember(recent.before(), &look(&creative));
        let later = NOW.plus(Duration::from_secs(30));
        assert_eq!(recent.recall(account(1), creative.id, later), None, "nobody noticed anything");
        recent.notice(&[change(&creative, creative.sequence)], later);
        let until = |after: Duration| recent.recall(account(1), creative.id, later.plus(after)).is_some();
        assert!(until(Duration::from_millis(999)));
        assert!(!until(SECOND), "the last look at what changed was too long ago");
        let too_late = NOW.plus(LONGEST);
        recent.notice(&[], too_late);
        assert_eq!(recent.recall(account(1), creative.id, too_late), None);
    }

    #[test]
    fn what_was_noticed_to_have_changed_is_forgotten_and_a_look_from_before_remembers_nothing() {
        let (recent, creative) = (Recent::new(Some(SECOND)), creative());
        let before = recent.before();
        recent.remember(before, &look(&creative));
        recent.notice(&[change(&creative, creative.sequence + 1)], NOW);
        assert_eq!(recent.recall(account(1), creative.id, NOW), None);
        recent.remember(before, &look(&creative));
        assert_eq!(recent.recall(account(1), creative.id, NOW), None);
        // Told again until it has its place, which is no news.
        let before = recent.before();
        recent.notice(&[change(&creative, creative.sequence + 1)], NOW);
        assert_eq!(recent.before(), before);
        assert!(!recent.allows(&creative), "a cache may have it as it was");
    }

    #[test]
    fn what_may_not_have_been_written_is_noticed_when_another_process_writes_it() {
        let (recent, creative) = (Recent::new(Some(SECOND)), creative());
        let next = creative.sequence + 1;
        let lost = Arc::new(Creative { sequence: next, ..creative.as_ref().clone() });
        recent.forget(std::slice::from_ref(&lost), false);
        let before = recent.before();
        recent.remember(before, &look(&creative));
        recent.notice(&[change(&creative, next)], NOW);
        assert_eq!(recent.recall(account(1), creative.id, NOW), None);
        recent.remember(before, &look(&creative));
        assert_eq!(recent.recall(account(1), creative.id, NOW), None, "a look from before");
    }

    #[test]
    fn what_a_cache_had_is_remembered_for_a_moment_only() {
        let (recent, creative) = (Recent::new(Some(SECOND)), creative());
        recent.remember(recent.before(), &Look { stored: false, ..look(&creative) });
        let later = NOW.plus(SECOND);
        recent.notice(&[], later);
        assert_eq!(recent.recall(account(1), creative.id, later), None);
    }

    #[test]
    fn what_a_list_found_is_remembered_as_it_is_or_not_at_all() {
        let (recent, creative) = (Recent::new(Some(SECOND)), creative());
        recent.remember(recent.before(), &look(&creative));
        let recall = |number, sequence, now| {
            recent.recall_listed(account(number), Listed { id: creative.id, sequence }, now)
        };
        let later = NOW.plus(Duration::from_secs(59));
        assert_eq!(recall(1, creative.sequence, later), Some(Arc::clone(&creative)));
        assert_eq!(recall(1, creative.sequence, NOW.plus(LONGEST)), None);
        assert_eq!(recall(1, creative.sequence + 1, NOW), None);
        assert_eq!(recall(2, creative.sequence, NOW), None);
    }

    #[test]
    fn where_nothing_may_be_late_nothing_is_remembered() {
        let (recent, creative) = (Recent::new(Some(Duration::ZERO)), creative());
        recent.remember(recent.before(), &look(&creative));
        let listed = Listed { id: creative.id, sequence: creative.sequence };
        assert_eq!(recent.recall_listed(account(1), listed, NOW), None);
    }

    #[test]
    fn when_anything_may_have_changed_nothing_is_remembered() {
        let (recent, creative) = (Recent::new(Some(SECOND)), creative());
        let before = recent.before();
        recent.remember(before, &look(&creative));
        recent.forget_all(NOW);
        recent.remember(before, &look(&creative));
        assert_eq!(recent.recall(account(1), creative.id, NOW), None);
    }
}
