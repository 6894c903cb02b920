//! Looking at creatives: what is remembered here, what the cache has, what the store has, in this order. Who looks for
//! the same while somebody is looking waits for that answer, unless something changed since that look began. Of a list,
//! what is remembered here just as the list found it is not read again; but whoever goes on through a list comes by most of
//! it once, so pages after the first are read as they are found while little of such pages is remembered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use creativestore_domain::creative::Creative;
use creativestore_domain::id::{AccountId, CreativeId};
use creativestore_ports::creatives::{CreativeFilter, Listed, Sort};
use creativestore_ports::page::{Page, PageRequest};
use creativestore_ports::store::{Intent, StoreError};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use crate::failure::Failure;
use crate::inside::Inside;
use crate::recent::{Before, Look};

/// A look at the store that took longer than this is not kept in the cache: it may be older than the cache promises.
const PROMPT: Duration = Duration::from_millis(200);

type Found = Result<Option<Look>, Arc<StoreError>>;
type Looking = BoxFuture<'static, Found>;
type Key = (AccountId, CreativeId, Before);

/// Looks that are under way.
#[derive(Default)]
pub struct Looks(Mutex<HashMap<Key, WeakShared<Looking>>>);

impl Looks {
    /// The look that is under way, or this one.
    fn join(&self, key: Key, look: impl FnOnce() -> Looking) -> Shared<Looking> {
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
    match inside.recent.recall(account, id, now) {
        Some(creative) => Ok(creative),
        // Boxed, so that whoever finds what is remembered does not carry the room for a look.
        None => Box::pin(looked_at(inside, account, id)).await,
    }
}

async fn looked_at(inside: &Inside, account: AccountId, id: CreativeId) -> Result<Arc<Creative>, Failure> {
    let before = inside.recent.before();
    let key = (account, id, before);
    let found = inside.looks.join(key, || look(inside, account, id)).await;
    inside.looks.over(&key);
    match found {
        Ok(Some(look)) => {
            inside.recent.remember(before, &look);
            Ok(look.creative)
        }
        Ok(None) => Err(Failure::NotFound("creative")),
        Err(error) => Err(again(&error).into()),
    }
}

fn look(inside: &Inside, account: AccountId, id: CreativeId) -> Looking {
    let (store, cache, clock) = (Arc::clone(&inside.store), inside.cache.clone(), Arc::clone(&inside.clock));
    let recent = Arc::clone(&inside.recent);
    async move {
        let begun = clock.now();
        if let Some(cache) = &cache
            && let Some(creative) = cache.creative(account, id).await
            && recent.allows(&creative)
        {
            return Ok(Some(Look { at: begun, stored: false, creative: Arc::new(creative) }));
        }
        let begun = clock.now();
        let read = async { store.begin(Intent::Peek).await?.creatives().get(account, id).await };
        let found = read.await.map_err(Arc::new)?.map(Arc::new);
        if let (Some(cache), Some(creative)) = (&cache, &found)
            && clock.now().since(begun) < PROMPT
        {
            cache.keep(std::slice::from_ref(creative)).await;
        }
        Ok(found.map(|creative| Look { at: begun, stored: true, creative }))
    }
    .boxed()
}

/// Which creatives of an account are on a list.
pub(crate) enum List<'a> {
    /// Those that the filter lets through.
    Filtered(&'a CreativeFilter, Sort),
    /// Those that wait for a decision.
    Queue,
}

/// A page of a list, all of its creatives as they were when they were found.
pub(crate) async fn page(
    inside: &Inside,
    account: AccountId,
    list: List<'_>,
    page: &PageRequest,
) -> Result<Page<Arc<Creative>>, StoreError> {
    let later = page.after.is_some();
    if let List::Filtered(filter, sort) = list
        && later
        && !inside.recent.has_pages()
    {
        return whole(inside, account, filter, sort, page).await;
    }
    // What changes between finding and reading is found and read once more, at one moment.
    for intent in [Intent::Peek, Intent::Read] {
        let (before, at) = (inside.recent.before(), inside.clock.now());
        let mut work = inside.store.begin(intent).await?;
        let Page { items, next } = match list {
            List::Filtered(filter, sort) => work.creatives().list(account, filter, sort, page).await?,
            List::Queue => work.creatives().review_queue(account, page).await?,
        };
        let mut found: Vec<_> =
            items.iter().map(|it| inside.recent.recall_listed(account, *it, at)).collect();
        let missing: Vec<_> =
            items.iter().zip(&found).filter(|(_, it)| it.is_none()).map(|(it, _)| it.id).collect();
        if later {
            inside.recent.had(items.len() - missing.len(), items.len());
        }
        if !missing.is_empty() {
            let read = work.creatives().several(account, &missing).await?;
            let mut read: HashMap<_, _> = read.into_iter().map(|it| (it.id, Arc::new(it))).collect();
            for (listed, place) in items.iter().zip(&mut found).filter(|(_, it)| it.is_none()) {
                *place = read.remove(&listed.id).filter(|it| it.sequence == listed.sequence);
                if let Some(creative) = place {
                    inside
                        .recent
                        .remember(before, &Look { at, stored: true, creative: Arc::clone(creative) });
                }
            }
        }
        if let Some(items) = found.into_iter().collect() {
            return Ok(Page { items, next });
        }
    }
    Err(StoreError::Corrupt("a list found creatives that are not there".into()))
}

/// A page of which little is thought to be remembered, read as it is found.
async fn whole(
    inside: &Inside,
    account: AccountId,
    filter: &CreativeFilter,
    sort: Sort,
    page: &PageRequest,
) -> Result<Page<Arc<Creative>>, StoreError> {
    let (before, at) = (inside.recent.before(), inside.clock.now());
    let mut work = inside.store.begin(Intent::Peek).await?;
    let Page { items, next } = work.creatives().list_whole(account, filter, sort, page).await?;
    let (all, mut known) = (items.len(), 0);
    let remembered = |creative: Creative| {
        let listed = Listed { id: creative.id, sequence: creative.sequence };
        if let Some(creative) = inside.recent.recall_listed(account, listed, at) {
            known += 1;
            return creative;
        }
        let creative = Arc::new(creative);
        inside.recent.remember(before, &Look { at, stored: true, creative: Arc::clone(&creative) });
        creative
    };
    let items = items.into_iter().map(remembered).collect();
    inside.recent.had(known, all);
    Ok(Page { items, next })
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
