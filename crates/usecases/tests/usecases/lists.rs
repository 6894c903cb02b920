//! Lists of creatives: what is remembered as the list found it is not read again, and what changes between finding and
//! reading is found once more.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use creativestore_domain::access::Actor;
use creativestore_domain::creative::Creative;
use creativestore_domain::event::{Change, Stamp};
use creativestore_domain::id::{AccountId, AuditId, CreativeId, EventId};
use creativestore_domain::revision::Revision;
use creativestore_domain::text::ExternalId;
use creativestore_domain::time::Timestamp;
use creativestore_ports::assets::Assets;
use creativestore_ports::creatives::{
    Assignments, CreativeFilter, Creatives, Listed, Reviews, Revisions, Sort, SortBy,
};
use creativestore_ports::idempotency::Idempotency;
use creativestore_ports::jobs::Jobs;
use creativestore_ports::journal::{Journal, Origin, Outbox};
use creativestore_ports::page::{Page, PageRequest};
use creativestore_ports::people::People;
use creativestore_ports::store::{Intent, Store, StoreError, UnitOfWork};
use creativestore_ports::tenancy::Tenancy;
use creativestore_usecases::{Recent, creatives, reviews};
use uuid::Uuid;

use crate::world::{World, first_page, metadata};

const PICTURE: &str = "image 300x250";

/// A store in which somebody changes a creative just before it is read for a list, once; it counts such reads.
struct Busy {
    store: Arc<dyn Store>,
    change: Arc<Mutex<Option<Change<Creative>>>>,
    reads: Arc<AtomicUsize>,
}

struct BusyWork {
    work: Box<dyn UnitOfWork>,
    store: Arc<dyn Store>,
    change: Arc<Mutex<Option<Change<Creative>>>>,
    reads: Arc<AtomicUsize>,
}

#[async_trait]
impl Store for Busy {
    async fn begin(&self, intent: Intent) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let (store, change, reads) = (self.store.clone(), self.change.clone(), self.reads.clone());
        Ok(Box::new(BusyWork { work: self.store.begin(intent).await?, store, change, reads }))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }
}

/// As another process would.
async fn apply(store: &dyn Store, change: Change<Creative>) {
    let Change { state, event, .. } = change;
    let mut work = store.begin(Intent::Write).await.expect("a unit of work");
    work.creatives().save(&state, None).await.expect("saved");
    let audit = AuditId::new(Uuid::from_u128(9_002));
    work.journal().record(audit, &Origin::default(), &event).await.expect("recorded");
    work.commit().await.expect("committed");
}

#[async_trait]
impl Creatives for BusyWork {
    async fn insert(&mut self, creative: &Creative, revision: &Revision) -> Result<(), StoreError> {
        self.work.creatives().insert(creative, revision).await
    }

    async fn get(&mut self, account: AccountId, id: CreativeId) -> Result<Option<Creative>, StoreError> {
        self.work.creatives().get(account, id).await
    }

    async fn by_external_id(
        &mut self,
        account: AccountId,
        external_id: &ExternalId,
    ) -> Result<Option<Creative>, StoreError> {
        self.work.creatives().by_external_id(account, external_id).await
    }

    async fn save(&mut self, creative: &Creative, newest: Option<&Revision>) -> Result<(), StoreError> {
        self.work.creatives().save(creative, newest).await
    }

    async fn several(&mut self, account: AccountId, ids: &[CreativeId]) -> Result<Vec<Creative>, StoreError> {
        self.reads.fetch_add(ids.len(), Ordering::SeqCst);
        let change = self.change.lock().expect("not poisoned").take();
        if let Some(change) = change {
            apply(self.store.as_ref(), change).await;
        }
        self.work.creatives().several(account, ids).await
    }

    async fn list(
        &mut self,
        account: AccountId,
        filter: &CreativeFilter,
        sort: Sort,
        page: &PageRequest,
    ) -> Result<Page<Listed>, StoreError> {
        self.work.creatives().list(account, filter, sort, page).await
    }

    async fn list_whole(
        &mut self,
        account: AccountId,
        filter: &CreativeFilter,
        sort: Sort,
        page: &PageRequest,
    ) -> Result<Page<Creative>, StoreError> {
        let page = self.work.creatives().list_whole(account, filter, sort, page).await?;
        self.reads.fetch_add(page.items.len(), Ordering::SeqCst);
        Ok(page)
    }

    async fn review_queue(
        &mut self,
        account: AccountId,
        page: &PageRequest,
    ) -> Result<Page<Listed>, StoreError> {
        self.work.creatives().review_queue(account, page).await
    }

    async fn oldest_waiting(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.work.creatives().oldest_waiting().await
    }
}

#[async_trait]
impl UnitOfWork for BusyWork {
    fn tenancy(&mut self) -> &mut dyn Tenancy {
        self.work.tenancy()
    }

    fn creatives(&mut self) -> &mut dyn Creatives {
        self
    }

    fn revisions(&mut self) -> &mut dyn Revisions {
        self.work.revisions()
    }

    fn reviews(&mut self) -> &mut dyn Reviews {
        self.work.reviews()
    }

    fn assignments(&mut self) -> &mut dyn Assignments {
        self.work.assignments()
    }

    fn assets(&mut self) -> &mut dyn Assets {
        self.work.assets()
    }

    fn journal(&mut self) -> &mut dyn Journal {
        self.work.journal()
    }

    fn outbox(&mut self) -> &mut dyn Outbox {
        self.work.outbox()
    }

    fn jobs(&mut self) -> &mut dyn Jobs {
        self.work.jobs()
    }

    fn people(&mut self) -> &mut dyn People {
        self.work.people()
    }

    fn idempotency(&mut self) -> &mut dyn Idempotency {
        self.work.idempotency()
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.work.commit().await
    }
}

/// A world with two creatives that wait for a decision, in which another process will give the first this name: what it
/// will be, the second, and how many creatives were read for lists.
async fn busy(title: &str) -> (World, Creative, Creative, Arc<AtomicUsize>) {
    let mut world = World::new().await;
    let acme = world.acme();
    let ids = [world.creative(&acme, PICTURE).await.id, world.creative(&acme, PICTURE).await.id];
    world.work_all().await;
    let mut both = Vec::new();
    for id in ids {
        both.push(creatives::get(&world.inside, &acme, id).await.expect("found").as_ref().clone());
    }
    let now = world.inside.clock.now();
    let stamp = Stamp { event: EventId::new(Uuid::from_u128(9_001)), at: now, by: Actor::System };
    let change = both[0].clone().amend(metadata(title), stamp).expect("it differs");
    let (changed, reads) = (change.state.clone(), Arc::new(AtomicUsize::new(0)));
    let inside = Arc::get_mut(&mut world.inside).expect("nobody else looks");
    inside.recent = Arc::new(Recent::new(Some(Duration::from_secs(1))));
    let change = Arc::new(Mutex::new(Some(change)));
    inside.store = Arc::new(Busy { store: inside.store.clone(), change, reads: reads.clone() });
    let second = both.remove(1);
    (world, changed, second, reads)
}

fn seen(page: Page<Arc<Creative>>) -> Vec<Creative> {
    page.items.into_iter().map(|it| it.as_ref().clone()).collect()
}

#[tokio::test]
async fn a_page_shows_all_of_its_creatives_as_they_were_at_one_moment() {
    let (world, changed, second, reads) = busy("Changed").await;
    let acme = world.acme();
    let queue = async || reviews::queue(&world.inside, &acme, &first_page()).await.map(seen).expect("a page");
    assert_eq!(queue().await, [changed.clone(), second.clone()]);
    assert_eq!(reads.load(Ordering::SeqCst), 3, "what had not changed meanwhile was not read once more");
    assert_eq!(queue().await, [changed, second]);
    assert_eq!(reads.load(Ordering::SeqCst), 3, "nothing was read again");
}

#[tokio::test]
async fn a_page_does_not_show_what_the_filter_does_not_let_through_any_more() {
    let (world, _, second, _) = busy("Something else").await;
    let (acme, sort) = (world.acme(), Sort { by: SortBy::Name, descending: false });
    let page = creatives::list(&world.inside, &acme, &CreativeFilter::default(), sort, &first_page()).await;
    let names: Vec<String> =
        page.map(seen).expect("a page").into_iter().map(|it| it.metadata.name.to_string()).collect();
    assert_eq!(names, [second.metadata.name.as_str(), "Something else"], "in the order of what it shows");
}

#[tokio::test]
async fn a_page_after_the_first_is_read_as_it_is_found_until_such_pages_are_remembered() {
    let (world, _, second, reads) = busy("Changed").await;
    let (acme, sort) = (world.acme(), Sort { by: SortBy::Created, descending: false });
    let page = async |after| {
        let page = PageRequest { limit: 1, after };
        creatives::list(&world.inside, &acme, &CreativeFilter::default(), sort, &page).await.expect("a page")
    };
    let next = page(None).await.next;
    let before = reads.load(Ordering::SeqCst);
    let found = page(next.clone()).await.items;
    assert_eq!(found[0].as_ref(), &second);
    for asked in 2..20 {
        let again = page(next.clone()).await.items;
        assert!(Arc::ptr_eq(&found[0], &again[0]), "what is remembered is not made anew");
        let read = reads.load(Ordering::SeqCst) - before;
        assert_eq!(read, asked.min(6), "one at a time, until five of them were remembered");
    }
}
