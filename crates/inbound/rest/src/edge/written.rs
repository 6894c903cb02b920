//! Creatives that were written as JSON before: one that is asked for again and again is written once. Knows nothing of how
//! it is written. What changed stays until something else takes its place, and is given to nobody.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use creativestore_domain::creative::Creative;
use creativestore_domain::id::CreativeId;
use quick_cache::sync::Cache;

/// How many are kept, half a kilobyte or so each: what is asked for again and again, and a few pages of lists.
const ROOM: usize = 256;

/// What was written of which creative.
pub struct Written {
    kept: Cache<CreativeId, (Arc<Creative>, Bytes)>,
    /// Who was written last, of those that share a place: a hash of its id.
    last: [AtomicU64; ROOM],
}

impl Written {
    pub fn new() -> Self {
        Self { kept: Cache::new(ROOM), last: [const { AtomicU64::new(0) }; ROOM] }
    }

    /// What was written of this very creative, as it is remembered: what it became since is another one, however alike.
    pub fn known(&self, creative: &Arc<Creative>) -> Option<Bytes> {
        let (of, written) = self.kept.get(&creative.id)?;
        Arc::ptr_eq(&of, creative).then_some(written)
    }

    /// Keeps what was written of a creative that is likely to come again.
    pub fn keep(&self, creative: &Arc<Creative>, written: &[u8]) {
        // One that nobody else holds is not remembered, and will not come again.
        if Arc::strong_count(creative) > 1 && self.again(creative.id) {
            self.kept.insert(creative.id, (Arc::clone(creative), Bytes::copy_from_slice(written)));
        }
    }

    /// Whether it was written just before: of creatives that are asked for in turn none is, and keeping each would cost
    /// more than writing it.
    fn again(&self, id: CreativeId) -> bool {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let bits = hasher.finish();
        let place = usize::try_from(bits % ROOM as u64).unwrap_or_default();
        self.last.get(place).is_some_and(|last| last.swap(bits, Ordering::Relaxed) == bits)
    }
}
