//! Creatives that were written as JSON before: one that is asked for again and again is written once. Knows nothing of how
//! it is written. What changed stays until something else takes its place, and is given to nobody.

use std::sync::Arc;

use bytes::Bytes;
use creativestore_domain::creative::Creative;
use creativestore_domain::id::CreativeId;
use quick_cache::sync::Cache;

/// How many are kept, half a kilobyte or so each: what is asked for again and again, and a few pages of lists.
const ROOM: usize = 256;

/// What was written of which creative.
pub struct Written(Cache<CreativeId, (Arc<Creative>, Bytes)>);

impl Written {
    pub fn new() -> Self {
        Self(Cache::new(ROOM))
    }

    /// What is written of this very creative, as it is remembered: what it became since is another one, however alike.
    pub fn of<E>(
        &self,
        creative: &Arc<Creative>,
        write: impl FnOnce(&Creative) -> Result<Vec<u8>, E>,
    ) -> Result<Bytes, E> {
        if let Some((of, written)) = self.0.get(&creative.id)
            && Arc::ptr_eq(&of, creative)
        {
            return Ok(written);
        }
        let written = Bytes::from(write(creative)?.into_boxed_slice());
        // One that nobody else holds is not remembered, and will not be asked for again.
        if Arc::strong_count(creative) > 1 {
            self.0.insert(creative.id, (Arc::clone(creative), written.clone()));
        }
        Ok(written)
    }
}
