//! What promises begin with: small, valid things, made from counted ids and moments. Knows no expectation.

use std::collections::BTreeSet;

use creativestore_domain::access::Actor;
use creativestore_domain::account::{Account, ChangePolicy};
use creativestore_domain::assignment::{Assignment, Weight};
use creativestore_domain::concept::Concept;
use creativestore_domain::creative::{Creative, Draft, Labels, Metadata};
use creativestore_domain::event::{Change, Event, Happening, Stamp};
use creativestore_domain::format::FormatId;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{
    AccountId, AssignmentId, AuditId, ConceptId, CreativeId, EventId, JobId, LeaseId, UserId,
};
use creativestore_domain::manifest::{Asset, AssetKind, Kind, Manifest, Source};
use creativestore_domain::review::Decision;
use creativestore_domain::revision::{Revision, RevisionNo, RevisionState};
use creativestore_domain::text::{ExternalId, ExternalRef, Label, Name, WebUrl};
use creativestore_domain::time::{Timestamp, Window};
use creativestore_ports::creatives::{CreativeFilter, Listed, Sort};
use creativestore_ports::jobs::Job;
use creativestore_ports::journal::{Origin, Published};
use creativestore_ports::page::{Page, PageRequest, Position};
use creativestore_ports::store::{Intent, Store, StoreError, UnitOfWork};
use uuid::Uuid;

/// A moment, so many seconds after the beginning of these tests.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + seconds * 1_000_000)
}

pub(crate) fn uuid(number: u32) -> Uuid {
    Uuid::from_u128(number.into())
}

pub(crate) fn hash(number: u32) -> Sha256 {
    Sha256::of(&number.to_be_bytes())
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

pub(crate) fn no(number: u32) -> RevisionNo {
    RevisionNo::new(number).expect("from 1")
}

pub(crate) fn user(number: u32) -> Actor {
    Actor::User(UserId::new(uuid(number)))
}

pub(crate) fn external_id(text: &str) -> ExternalId {
    ExternalId::parse(text).expect("an id")
}

pub(crate) fn format(text: &str) -> FormatId {
    FormatId::parse(text).expect("a format id")
}

pub(crate) fn labels<const N: usize>(texts: [&str; N]) -> Labels {
    texts.into_iter().map(|text| Label::parse(text).expect("a label")).collect()
}

pub(crate) fn package(text: &str) -> ExternalRef {
    ExternalRef::parse(text).expect("a reference")
}

/// The account that most things are in.
pub(crate) fn acme() -> AccountId {
    AccountId::new(uuid(1))
}

/// Another account.
pub(crate) fn other() -> AccountId {
    AccountId::new(uuid(2))
}

pub(crate) fn account(id: AccountId, title: &str) -> Account {
    Account {
        id,
        name: name(title),
        brand_domain: None,
        operator: None,
        change_policy: ChangePolicy::Staged,
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

pub(crate) fn concept(number: u32, account: AccountId) -> Concept {
    Concept {
        id: ConceptId::new(uuid(number)),
        account,
        name: name(&format!("Idea {number}")),
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

/// A picture that leads somewhere, made for no format; another number is other content.
pub(crate) fn manifest(number: u32) -> Manifest {
    manifest_for(number, [])
}

pub(crate) fn manifest_for<const N: usize>(number: u32, formats: [&str; N]) -> Manifest {
    let image = Asset { kind: AssetKind::Image, source: Source::Blob(hash(number)) };
    let click = WebUrl::parse(&format!("https://acme.example/{number}")).expect("a URL");
    let formats = formats.into_iter().map(format).collect();
    let assets = [("image".to_owned(), image)].into();
    Manifest::new(Kind::Image, formats, assets, Some(click), BTreeSet::new()).expect("a manifest")
}

/// A native ad with these texts.
pub(crate) fn native(number: u32, title: &str) -> Manifest {
    let image = Asset { kind: AssetKind::Image, source: Source::Blob(hash(number)) };
    let title = Asset { kind: AssetKind::Text, source: Source::Inline(title.into()) };
    let assets = [("main_image".to_owned(), image), ("title".to_owned(), title)].into();
    Manifest::new(Kind::NativeInFeed, BTreeSet::new(), assets, None, BTreeSet::new()).expect("a manifest")
}

/// A new creative with its first revision and its first event.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) creative: Creative,
    pub(crate) revision: Revision,
    pub(crate) event: Event,
}

/// A new creative of this number, made in that second.
pub(crate) fn made(number: u32, account: AccountId) -> Made {
    made_with(number, account, |_| {})
}

/// The same, with something about it changed.
pub(crate) fn made_with(number: u32, account: AccountId, change: impl FnOnce(&mut Draft)) -> Made {
    made_of(number, account, manifest(number), change)
}

/// The same, of this content.
pub(crate) fn made_of(
    number: u32,
    account: AccountId,
    manifest: Manifest,
    change: impl FnOnce(&mut Draft),
) -> Made {
    let metadata = Metadata {
        name: name(&format!("Creative {number}")),
        concept: None,
        labels: Labels::default(),
        rights: Window::ALWAYS,
    };
    let mut draft = Draft {
        id: CreativeId::new(uuid(number)),
        account,
        external_id: None,
        kind: manifest.kind(),
        metadata,
        change_policy: ChangePolicy::Staged,
        hash: manifest.canonical_hash(),
    };
    change(&mut draft);
    let stamp = Stamp { event: event_id(draft.id, 1), at: at(number.into()), by: user(900) };
    let Change { state: creative, event, .. } = Creative::create(draft, stamp);
    let revision = revision_of(&creative, manifest, None);
    Made { creative, revision, event }
}

/// The newest revision of a creative, of this content.
pub(crate) fn revision_of(creative: &Creative, manifest: Manifest, parent: Option<u32>) -> Revision {
    Revision {
        account: creative.account,
        creative: creative.id,
        no: creative.newest.no,
        hash: manifest.canonical_hash(),
        manifest,
        author: user(900),
        parent: parent.map(no),
        state: RevisionState::Processing,
        created_at: creative.updated_at,
    }
}

fn event_id(creative: CreativeId, sequence: u64) -> EventId {
    let hash = Sha256::of(format!("{creative} {sequence}").as_bytes());
    let bytes = hash.as_bytes().first_chunk().expect("32 bytes");
    EventId::new(Uuid::from_bytes(*bytes))
}

/// The id of an event's audit line: sorts by time, as real ones do.
pub(crate) fn audit_id(event: &Event) -> AuditId {
    let micros = u128::try_from(event.at.micros()).expect("after 1970");
    let low = Sha256::of(event.id.to_string().as_bytes());
    let low = u64::from_be_bytes(*low.as_bytes().first_chunk().expect("32 bytes"));
    AuditId::new(Uuid::from_u128((micros << 64) | u128::from(low)))
}

/// Who does the creative's next step, and when.
pub(crate) fn stamp(creative: &Creative, seconds: i64) -> Stamp {
    Stamp { event: event_id(creative.id, creative.sequence + 1), at: at(seconds), by: user(900) }
}

/// Its newest revision passes inspection.
pub(crate) fn passes(creative: Creative, seconds: i64) -> Change<Creative> {
    let (no, stamp) = (creative.newest.no, stamp(&creative, seconds));
    creative.inspected(no, true, stamp).expect("it is in processing")
}

/// Its newest revision is decided on.
pub(crate) fn decides(creative: Creative, decision: Decision, seconds: i64) -> Change<Creative> {
    let (no, stamp) = (creative.newest.no, stamp(&creative, seconds));
    creative.review(no, decision, None, None, stamp).expect("it waits for a decision")
}

/// It gets another name.
pub(crate) fn renames(creative: Creative, title: &str, seconds: i64) -> Change<Creative> {
    let stamp = stamp(&creative, seconds);
    let metadata = Metadata { name: name(title), ..creative.metadata.clone() };
    creative.amend(metadata, stamp).expect("another name")
}

/// It gets new content.
pub(crate) fn revises(creative: Creative, manifest: Manifest, seconds: i64) -> (Change<Creative>, Revision) {
    let (parent, stamp) = (creative.newest.no.get(), stamp(&creative, seconds));
    let change = creative.revise(manifest.canonical_hash(), stamp).expect("live").expect("other content");
    let revision = revision_of(&change.state, manifest, Some(parent));
    (change, revision)
}

/// The assignment of a creative to a package.
pub(crate) fn assignment(number: u32, creative: &Creative, to: &str) -> Assignment {
    Assignment {
        id: AssignmentId::new(uuid(number)),
        account: creative.account,
        creative: creative.id,
        package: package(to),
        media_buy: None,
        weight: Weight::DEFAULT,
        flight: Window::ALWAYS,
        created_at: at(number.into()),
        ended_at: None,
    }
}

/// A job on the first revision of creative 100, due at that second.
pub(crate) fn job(number: u32, due: i64) -> Job {
    let (creative, revision) = (CreativeId::new(uuid(100)), RevisionNo::FIRST);
    Job { id: JobId::new(uuid(number)), account: acme(), creative, revision, tries: 0, due: at(due) }
}

pub(crate) fn lease(number: u32) -> LeaseId {
    LeaseId::new(uuid(number))
}

/// The event at a place.
pub(crate) fn published(position: u32) -> Published {
    let creative = CreativeId::new(uuid(100));
    let event = Event {
        id: event_id(creative, position.into()),
        account: acme(),
        creative,
        sequence: position.into(),
        at: at(position.into()),
        by: user(900),
        what: Happening::Created { hash: hash(position) },
    };
    Published { position: position.into(), event, trace: None }
}

/// The first page, of so many items.
pub(crate) fn first(limit: u16) -> PageRequest {
    PageRequest { limit, after: None }
}

/// The items of all pages of so many items; `get` reads one page. What a page must be is seen to.
pub(crate) async fn all_pages<T>(limit: u16, get: impl AsyncFn(PageRequest) -> Page<T>) -> Vec<T> {
    let mut items = Vec::new();
    let mut after: Option<Position> = None;
    // More pages than any promise has rows: a list that goes on for ever fails instead of hanging.
    for _ in 0..1_000 {
        let page = get(PageRequest { limit, after: after.clone() }).await;
        assert!(page.items.len() <= usize::from(limit), "a page holds at most {limit}");
        assert!(
            page.next.is_none() || page.items.len() == usize::from(limit),
            "a page before another is full"
        );
        items.extend(page.items);
        match page.next {
            None => return items,
            next => after = next,
        }
    }
    panic!("pages that go on for ever")
}

/// The creatives that a list found, as they are.
pub(crate) async fn found(
    work: &mut dyn UnitOfWork,
    account: AccountId,
    page: Result<Page<Listed>, StoreError>,
) -> Page<Creative> {
    let Page { items, next } = page.expect("a page");
    let ids: Vec<CreativeId> = items.iter().map(|it| it.id).collect();
    let mut read = work.creatives().several(account, &ids).await.expect("they are read");
    read.sort_by_key(|creative| ids.iter().position(|id| *id == creative.id));
    let read_as: Vec<Listed> = read.iter().map(|it| Listed { id: it.id, sequence: it.sequence }).collect();
    assert_eq!(read_as, items);
    Page { items: read, next }
}

/// A page of creatives: the same whether they are read as they are found or afterwards.
pub(crate) async fn page_of(
    store: &dyn Store,
    account: AccountId,
    filter: &CreativeFilter,
    sort: Sort,
    page: &PageRequest,
) -> Page<Creative> {
    let mut work = peeking(store).await;
    let whole = work.creatives().list_whole(account, filter, sort, page).await.expect("a page");
    let listed = work.creatives().list(account, filter, sort, page).await;
    assert_eq!(found(work.as_mut(), account, listed).await, whole, "{filter:?}, {sort:?}, {page:?}");
    whole
}

async fn begin(store: &dyn Store, intent: Intent) -> Box<dyn UnitOfWork> {
    store.begin(intent).await.expect("a unit of work begins")
}

pub(crate) async fn writing(store: &dyn Store) -> Box<dyn UnitOfWork> {
    begin(store, Intent::Write).await
}

pub(crate) async fn reading(store: &dyn Store) -> Box<dyn UnitOfWork> {
    begin(store, Intent::Read).await
}

pub(crate) async fn peeking(store: &dyn Store) -> Box<dyn UnitOfWork> {
    begin(store, Intent::Peek).await
}

pub(crate) async fn commit(work: Box<dyn UnitOfWork>) {
    work.commit().await.expect("it is committed");
}

/// Both accounts.
pub(crate) async fn accounts(store: &dyn Store) {
    let mut work = writing(store).await;
    for (id, title) in [(acme(), "Acme"), (other(), "Other")] {
        work.tenancy().insert_account(&account(id, title)).await.expect("a new account");
    }
    commit(work).await;
}

/// Both accounts, and these creatives.
pub(crate) async fn creatives(store: &dyn Store, all: &[Made]) {
    accounts(store).await;
    let mut work = writing(store).await;
    for made in all {
        keep(work.as_mut(), made).await;
    }
    commit(work).await;
}

/// A new creative, its revision, its event and its audit line.
pub(crate) async fn keep(work: &mut dyn UnitOfWork, made: &Made) {
    let Made { creative, revision, event } = made;
    work.creatives().insert(creative, revision).await.expect("a new creative");
    work.revisions().insert(revision).await.expect("a new revision");
    work.journal().record(audit_id(event), &Origin::default(), event).await.expect("it is recorded");
}

/// A change of a creative, written as the use cases write it.
pub(crate) async fn apply(
    work: &mut dyn UnitOfWork,
    change: Change<Creative>,
    newest: Option<&Revision>,
) -> Creative {
    let Change { state, event, revisions } = change;
    work.creatives().save(&state, newest).await.expect("it is saved");
    for (no, to) in revisions {
        work.revisions().set_state(state.account, state.id, no, to).await.expect("a revision moves");
    }
    work.journal().record(audit_id(&event), &Origin::default(), &event).await.expect("it is recorded");
    state
}

/// A change, in a unit of work of its own.
pub(crate) async fn applied(
    store: &dyn Store,
    change: Change<Creative>,
    newest: Option<&Revision>,
) -> Creative {
    let mut work = writing(store).await;
    let creative = apply(work.as_mut(), change, newest).await;
    commit(work).await;
    creative
}

/// New content: the revision is kept, and the creative saved over it.
pub(crate) async fn revised(
    store: &dyn Store,
    creative: Creative,
    content: Manifest,
    seconds: i64,
) -> (Creative, Revision) {
    let (change, revision) = revises(creative, content, seconds);
    let mut work = writing(store).await;
    work.revisions().insert(&revision).await.expect("a new revision");
    let creative = apply(work.as_mut(), change, Some(&revision)).await;
    commit(work).await;
    (creative, revision)
}

/// As it is kept now.
pub(crate) async fn creative(store: &dyn Store, id: CreativeId) -> Creative {
    let found = peeking(store).await.creatives().get(acme(), id).await.expect("it is read");
    found.expect("it is there")
}
