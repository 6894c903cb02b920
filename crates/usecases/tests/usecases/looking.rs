//! Looking at a creative where several processes share a store: the cache, and many that look at once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use creativestore_domain::access::Actor;
use creativestore_domain::creative::Creative;
use creativestore_domain::event::{Change, Stamp};
use creativestore_domain::id::{AccountId, AuditId, CreativeId, EventId};
use creativestore_domain::review::Decision;
use creativestore_ports::cache::Cache;
use creativestore_ports::journal::Origin;
use creativestore_ports::store::Intent;
use creativestore_usecases::creatives::Noticed;
use creativestore_usecases::{Recent, creatives, relay};
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::world::{World, metadata};

/// A cache that is there, that remembers what it was asked and told, and answers when it is let.
struct Shared {
    kept: Mutex<BTreeMap<CreativeId, Arc<Creative>>>,
    asked: AtomicUsize,
    let_through: Semaphore,
    /// It takes nothing any more.
    full: AtomicBool,
}

#[async_trait]
impl Cache for Shared {
    async fn creative(&self, account: AccountId, id: CreativeId) -> Option<Creative> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.let_through.acquire().await.expect("open").forget();
        let kept = self.kept.lock().expect("not poisoned").get(&id).cloned()?;
        (kept.account == account).then(|| kept.as_ref().clone())
    }

    async fn keep(&self, creatives: &[Arc<Creative>]) {
        if self.full.load(Ordering::SeqCst) {
            return;
        }
        let mut kept = self.kept.lock().expect("not poisoned");
        kept.extend(creatives.iter().map(|creative| (creative.id, Arc::clone(creative))));
    }
}

impl Shared {
    fn has(&self, id: CreativeId) -> Option<u64> {
        self.kept.lock().expect("not poisoned").get(&id).map(|creative| creative.sequence)
    }
}

/// A world with a cache that lets so many through.
async fn with_cache(let_through: usize) -> (World, Arc<Shared>) {
    let mut world = World::new().await;
    let shared = Arc::new(Shared {
        kept: Mutex::default(),
        asked: AtomicUsize::new(0),
        let_through: Semaphore::new(let_through),
        full: AtomicBool::new(false),
    });
    let inside = Arc::get_mut(&mut world.inside).expect("nobody else looks");
    inside.cache = Some(shared.clone());
    inside.recent = Arc::new(Recent::new(Some(Duration::from_secs(1))));
    (world, shared)
}

#[tokio::test]
async fn a_change_is_in_the_cache_before_anybody_is_told_that_it_is_done() {
    let (world, shared) = with_cache(100).await;
    let acme = world.acme();
    let creative = world.creative(&acme, "image 300x250").await;
    world.work_all().await;
    let approved = world.decide(&acme, creative.id, 1, Decision::Approve).await;
    assert_eq!(shared.has(creative.id), Some(approved.sequence));
    let seen = creatives::get(&world.inside, &acme, creative.id).await.expect("found");
    assert_eq!(*seen, approved);
}

#[tokio::test]
async fn who_changed_a_creative_sees_it_changed_though_the_cache_was_not_told() {
    let (world, shared) = with_cache(100).await;
    let acme = world.acme();
    let creative = world.creative(&acme, "image 300x250").await;
    world.work_all().await;
    let before = creatives::get(&world.inside, &acme, creative.id).await.expect("found");
    assert_eq!(shared.has(creative.id), Some(before.sequence));
    // As when it does not answer in time.
    shared.full.store(true, Ordering::SeqCst);
    let approved = world.decide(&acme, creative.id, 1, Decision::Approve).await;
    assert_eq!(shared.has(creative.id), Some(before.sequence), "it has what was before");
    let seen = creatives::get(&world.inside, &acme, creative.id).await.expect("found");
    assert_eq!(*seen, approved);
}

#[tokio::test]
async fn what_was_read_is_kept_in_the_cache_and_what_is_there_is_not_read() {
    let (world, shared) = with_cache(100).await;
    let acme = world.acme();
    let creative = world.creative(&acme, "image 300x250").await;
    creatives::get(&world.inside, &acme, creative.id).await.expect("found");
    assert_eq!(shared.has(creative.id), Some(creative.sequence));
    // As another process changed it a moment ago.
    let later = Creative { sequence: 99, ..creative.clone() };
    shared.keep(&[Arc::new(later)]).await;
    world.pass(Duration::from_secs(1));
    let seen = creatives::get(&world.inside, &acme, creative.id).await.expect("found");
    assert_eq!(seen.sequence, 99);
    let theirs = creatives::get(&world.inside, &world.other(), creative.id).await;
    assert!(theirs.is_err(), "another account's");
}

#[tokio::test]
async fn what_others_did_not_change_is_remembered_and_what_they_changed_is_noticed() {
    let (world, shared) = with_cache(0).await;
    let (acme, inside) = (world.acme(), &world.inside);
    // The cache lets nobody through: whoever is answered at once did not ask it.
    let remembered = async |id| creatives::get(inside, &acme, id).now_or_never().map(|it| it.expect("found"));
    let [changes, stays] = [world.creative(&acme, "one").await, world.creative(&acme, "two").await];
    let noticed = creatives::notice(inside, Noticed::default()).await.expect("looked");
    for id in [changes.id, stays.id] {
        shared.kept.lock().expect("not poisoned").clear();
        shared.let_through.add_permits(1);
        creatives::get(inside, &acme, id).await.expect("found");
    }
    let stamp =
        Stamp { event: EventId::new(Uuid::from_u128(9_001)), at: inside.clock.now(), by: Actor::System };
    let Change { state, event, .. } = changes.clone().amend(metadata("Changed"), stamp).expect("it differs");
    let mut work = inside.store.begin(Intent::Write).await.expect("a unit of work");
    work.creatives().save(&state, None).await.expect("saved");
    work.journal()
        .record(AuditId::new(Uuid::from_u128(9_002)), &Origin::default(), &event)
        .await
        .expect("told");
    work.commit().await.expect("as another process would");

    world.pass(Duration::from_secs(5));
    assert_eq!(remembered(stays.id).await, None, "nobody looked for what changed for too long");
    let noticed = creatives::notice(inside, noticed).await.expect("looked");
    assert_eq!(remembered(stays.id).await.as_deref(), Some(&stays));
    assert_eq!(remembered(changes.id).await, None);
    // With its place it is no news.
    while relay::publish(inside).await.expect("told") != relay::Told::Nothing {}
    let noticed = creatives::notice(inside, noticed).await.expect("looked");
    assert_eq!(creatives::notice(inside, noticed).await.expect("looked"), noticed, "up to the last place");
    shared.let_through.add_permits(1);
    let seen = creatives::get(inside, &acme, changes.id).await.expect("found");
    assert_eq!(*seen, state);
}

#[tokio::test]
async fn many_that_look_for_the_same_at_once_are_one_look() {
    let (world, shared) = with_cache(0).await;
    let acme = world.acme();
    let creative = world.creative(&acme, "image 300x250").await;
    let looks = join_all((0..50).map(|_| creatives::get(&world.inside, &acme, creative.id)));
    let open = async {
        while shared.asked.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        shared.let_through.add_permits(1);
    };
    let (seen, ()) = tokio::join!(looks, open);
    assert!(seen.into_iter().all(|seen| *seen.expect("found") == creative));
    assert_eq!(shared.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn who_looks_after_a_change_does_not_wait_for_a_look_from_before_it() {
    let (world, shared) = with_cache(0).await;
    let acme = world.acme();
    let creative = world.creative(&acme, "image 300x250").await;
    world.work_all().await;
    let (inside, caller, id) = (world.inside.clone(), acme.clone(), creative.id);
    let before = tokio::spawn(async move { creatives::get(&inside, &caller, id).await });
    while shared.asked.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let approved = world.decide(&acme, creative.id, 1, Decision::Approve).await;
    // The first look is still under way.
    shared.let_through.add_permits(2);
    let after = creatives::get(&world.inside, &acme, creative.id).await.expect("found");
    assert_eq!(*after, approved);
    before.await.expect("it ends").expect("found");
    let again = creatives::get(&world.inside, &acme, creative.id).await.expect("found");
    assert_eq!(*again, approved, "the look from before remembered nothing");
}
