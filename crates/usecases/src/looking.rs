//! Looking at a creative: what is remembered here, what the cache has, what the store has, in this order. Who looks for
//! the same while somebody is looking waits for that answer, unless something changed since that look began.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use creativestore_domain::creative::Creative;
use creativestore_domain::id::{AccountId, CreativeId};
use creativestore_domain::time::Timestamp;
use creativestore_ports::store::{Intent, StoreError};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use crate::failure::Failure;
use crate::inside::Inside;
use crate::recent::Before;

/// A look at the store that took longer than this is not kept in the cache: it may be older than the cache promises.
const PROMPT: Duration = Duration::from_millis(200);

/// The creative, and when the look at it began.
type Found = Result<Option<(Timestamp, Arc<Creative>)>, Arc<StoreError>>;
type Look = BoxFuture<'static, Found>;
type Key = (AccountId, CreativeId, Before);

/// Looks that are under way.
#[derive(Default)]
pub struct Looks(Mutex<HashMap<Key, WeakShared<Look>>>);

impl Looks {
    /// The look that is under way, or this one.
    fn join(&self, key: Key, look: impl FnOnce() -> Look) -> Shared<Look> {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(look) = looks.get(&key).and_then(WeakShared::upgrade) {
            return look;
        }
        // Looks whose askers all went away leave their places behind.
        if looks.len() == looks.capacity() {
            looks.retain(|_, look| look.upgrade().is_some());
        }
        let look = look().shared();
        if let Some(weak) = look.downgrade() {
            looks.insert(key, weak);
        }
        look
    }

    fn over(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// A creative of the account.
pub(crate) async fn creative(
    inside: &Inside,
    account: AccountId,
    id: CreativeId,
) -> Result<Arc<Creative>, Failure> {
    let now = inside.clock.now();
    if let Some(creative) = inside.recent.recall(account, id, now) {
        return Ok(creative);
    }
    let before = inside.recent.before();
    let key = (account, id, before);
    let found = inside.looks.join(key, || look(inside, account, id)).await;
    inside.looks.over(&key);
    match found {
        Ok(Some((begun, creative))) => {
            inside.recent.remember(before, begun, &creative);
            Ok(creative)
        }
        Ok(None) => Err(Failure::NotFound("creative")),
        Err(error) => Err(again(&error).into()),
    }
}

fn look(inside: &Inside, account: AccountId, id: CreativeId) -> Look {
    let (store, cache, clock) = (Arc::clone(&inside.store), inside.cache.clone(), Arc::clone(&inside.clock));
    let recent = Arc::clone(&inside.recent);
    async move {
        let begun = clock.now();
        if let Some(cache) = &cache
            && let Some(creative) = cache.creative(account, id).await
            && recent.allows(&creative)
        {
            return Ok(Some((begun, Arc::new(creative))));
        }
        let begun = clock.now();
        let read = async { store.begin(Intent::Peek).await?.creatives().get(account, id).await };
        let found = read.await.map_err(Arc::new)?.map(Arc::new);
        if let (Some(cache), Some(creative)) = (&cache, &found)
            && clock.now().since(begun) < PROMPT
        {
            cache.keep(std::slice::from_ref(creative)).await;
        }
        Ok(found.map(|creative| (begun, creative)))
    }
    .boxed()
}

/// The same error for everybody who waited.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Duplicate(what) => StoreError::Duplicate(what),
        StoreError::Stale => StoreError::Stale,
        StoreError::Unavailable(why) => StoreError::Unavailable(why.clone()),
        StoreError::Indeterminate(why) => StoreError::Indeterminate(why.clone()),
        StoreError::Corrupt(why) => StoreError::Corrupt(why.clone()),
    }
}
