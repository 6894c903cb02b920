//! Units of work: everything or nothing, and what each intent sees.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use creativestore_domain::check::CheckRun;
use creativestore_domain::facts::{Facts, Recipe, Rendition, TextFacts};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{ApiKeyId, CheckRunId};
use creativestore_ports::assets::BlobRecord;
use creativestore_ports::idempotency::{Kept, Outcome};
use creativestore_ports::store::{Store, StoreError, UnitOfWork};
use futures_util::future::join_all;

use super::people::{ann, api_key, token};
use super::revisions::review;
use crate::given::{
    accounts, acme, applied, assignment, at, commit, concept, creative, creatives, hash, job, keep, lease,
    made, name, no, peeking, reading, renames, user, uuid, writing,
};

pub async fn a_store_with_its_schema_answers(store: &dyn Store) {
    store.ping().await.expect("it answers");
}

pub async fn what_was_committed_is_there(store: &dyn Store) {
    accounts(store).await;
    for mut work in [peeking(store).await, reading(store).await, writing(store).await] {
        assert!(work.tenancy().account(acme()).await.expect("it is read").is_some());
    }
}

/// Puts one of everything in.
async fn one_of_everything(work: &mut dyn UnitOfWork) {
    let made = made(100, acme());
    work.tenancy().insert_concept(&concept(50, acme())).await.expect("a concept");
    keep(work, &made).await;
    let run = CheckRun { id: CheckRunId::new(uuid(1)), at: at(1), checker: 1, reports: Vec::new() };
    work.revisions().insert_run(acme(), made.creative.id, no(1), &run).await.expect("a check run");
    work.reviews().insert(&review(1, &made.revision)).await.expect("a review");
    work.assignments().insert(&assignment(1, &made.creative, "package")).await.expect("an assignment");
    let blob = BlobRecord { account: acme(), sha256: hash(1), bytes: 1, created_at: at(1) };
    work.assets().record_blob(&blob).await.expect("a blob");
    let facts = Facts::Text(TextFacts { bytes: 1, characters: 1 });
    work.assets().keep_facts(acme(), hash(1), None, 1, &facts).await.expect("facts");
    work.assets().keep_rendition(acme(), hash(1), &thumbnail()).await.expect("a rendition");
    work.jobs().enqueue(&job(1, 1)).await.expect("a job");
    work.people().insert_user(&ann()).await.expect("a user");
    work.people().insert_api_key(&api_key(1, acme())).await.expect("a key");
    work.people().insert_refresh_token(&token(1, 1)).await.expect("a token");
    work.idempotency().keep(user(900), "key", &kept()).await.expect("an outcome");
}

fn thumbnail() -> Rendition {
    let (recipe, media_type) = (Recipe::Thumbnail(64), "image/png".to_owned());
    Rendition { recipe, sha256: hash(2), bytes: 1, media_type, size: Some((1, 1)) }
}

fn kept() -> Kept {
    Kept { fingerprint: hash(3), outcome: Outcome::ApiKey(ApiKeyId::new(uuid(1))), at: at(1) }
}

/// Which of everything is there, by name.
async fn what_is_there(work: &mut dyn UnitOfWork) -> Vec<&'static str> {
    let made = made(100, acme());
    let id = made.creative.id;
    let sha256: Sha256 = hash(1);
    let there = [
        ("concept", work.tenancy().concept(acme(), concept(50, acme()).id).await.expect("read").is_some()),
        ("creative", work.creatives().get(acme(), id).await.expect("read").is_some()),
        ("revision", work.revisions().get(acme(), id, no(1)).await.expect("read").is_some()),
        ("run", work.revisions().newest_run(acme(), id, no(1)).await.expect("read").is_some()),
        ("review", !work.reviews().of(acme(), id, no(1)).await.expect("read").is_empty()),
        ("assignment", work.assignments().any_in_use(acme(), id).await.expect("read")),
        ("blob", work.assets().blob(acme(), sha256).await.expect("read").is_some()),
        ("facts", work.assets().facts(acme(), sha256, None, 1).await.expect("read").is_some()),
        ("rendition", !work.assets().renditions(acme(), sha256).await.expect("read").is_empty()),
        ("event", !work.journal().history(acme(), id, 0, 9).await.expect("read").is_empty()),
        (
            "audit line",
            !work.journal().audit(Some(acme()), &super::first(9)).await.expect("read").items.is_empty(),
        ),
        ("outbox row", work.outbox().oldest_untold().await.expect("read").is_some()),
        ("job", work.jobs().backlog().await.expect("read").0 > 0),
        ("user", work.people().user(ann().id).await.expect("read").is_some()),
        ("key", work.people().api_key(api_key(1, acme()).id).await.expect("read").is_some()),
        ("token", work.people().refresh_token(token(1, 1).token).await.expect("read").is_some()),
        ("outcome", work.idempotency().find(user(900), "key").await.expect("read").is_some()),
    ];
    there.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
}

pub async fn a_unit_of_work_sees_what_it_wrote_and_nobody_else_does_before_its_commit(store: &dyn Store) {
    accounts(store).await;
    let mut work = writing(store).await;
    one_of_everything(work.as_mut()).await;
    assert_eq!(what_is_there(work.as_mut()).await.len(), 17);
    assert_eq!(what_is_there(peeking(store).await.as_mut()).await, [""; 0]);
    assert_eq!(what_is_there(reading(store).await.as_mut()).await, [""; 0]);
    commit(work).await;
    assert_eq!(what_is_there(peeking(store).await.as_mut()).await.len(), 17);
}

pub async fn invariant_7_dropping_a_unit_of_work_undoes_everything(store: &dyn Store) {
    accounts(store).await;
    let mut work = writing(store).await;
    one_of_everything(work.as_mut()).await;
    drop(work);
    assert_eq!(what_is_there(peeking(store).await.as_mut()).await, [""; 0]);
    let mut work = writing(store).await;
    one_of_everything(work.as_mut()).await;
    commit(work).await;
    assert_eq!(what_is_there(peeking(store).await.as_mut()).await.len(), 17, "and nothing stands in the way");
}

pub async fn a_refusal_in_the_middle_leaves_nothing_of_its_unit_of_work_behind(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, std::slice::from_ref(&first)).await;
    let mut work = writing(store).await;
    work.tenancy().insert_concept(&concept(50, acme())).await.expect("a concept");
    let twice = work.creatives().insert(&first.creative, &first.revision).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))), "{twice:?}");
    drop(work);
    let concepts = peeking(store).await.tenancy().concepts(acme(), &super::first(9)).await.expect("read");
    assert!(concepts.items.is_empty());
}

pub async fn a_look_shows_one_moment_and_a_peek_what_is_there_now(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, std::slice::from_ref(&first)).await;
    let (mut look, mut peek) = (reading(store).await, peeking(store).await);
    let id = first.creative.id;
    let name_in = async |work: &mut dyn UnitOfWork| {
        let creative = work.creatives().get(acme(), id).await.expect("read").expect("there");
        creative.metadata.name.to_string()
    };
    assert_eq!(name_in(look.as_mut()).await, "Creative 100");
    assert_eq!(name_in(peek.as_mut()).await, "Creative 100");
    applied(store, renames(first.creative, "Renamed", 200), Some(&first.revision)).await;
    assert_eq!(name_in(look.as_mut()).await, "Creative 100");
    assert_eq!(name_in(peek.as_mut()).await, "Renamed");
    let history = look.journal().history(acme(), id, 0, 9).await.expect("read");
    assert_eq!(history.len(), 1, "of that moment, in other tables as well");
    commit(look).await;
    assert_eq!(name_in(reading(store).await.as_mut()).await, "Renamed");
}

pub async fn a_unit_of_work_for_looking_writes_nothing(store: &dyn Store) {
    accounts(store).await;
    let mut work = reading(store).await;
    work.tenancy().insert_concept(&concept(50, acme())).await.expect_err("it is for looking");
    drop(work);
    assert_eq!(what_is_there(peeking(store).await.as_mut()).await, [""; 0]);
}

pub async fn what_a_unit_of_work_for_changing_got_stays_as_it_was_until_it_commits(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, std::slice::from_ref(&first)).await;
    let id = first.creative.id;
    let rename = async |number: i64| {
        let mut work = writing(store).await;
        let creative = work.creatives().get(acme(), id).await.expect("read").expect("there");
        let change = renames(creative, &format!("Name {number}"), 200 + number);
        crate::given::apply(work.as_mut(), change, Some(&first.revision)).await;
        commit(work).await;
    };
    join_all((1..=8).map(rename)).await;
    let after = creative(store, id).await;
    assert_eq!((after.sequence, after.version), (9, 9), "none was refused, none undid another");
}

pub async fn many_units_of_work_at_once_all_get_their_turn(store: &dyn Store) {
    accounts(store).await;
    let look = async |_| {
        let mut work = reading(store).await;
        assert!(work.tenancy().account(acme()).await.expect("read").is_some());
    };
    let change = async |number: u32| {
        let mut work = writing(store).await;
        let mut concept = concept(number, acme());
        concept.name = name("At once");
        work.tenancy().insert_concept(&concept).await.expect("a concept");
        commit(work).await;
    };
    futures_util::future::join(join_all((0..24).map(look)), join_all((100..112).map(change))).await;
    let concepts = peeking(store).await.tenancy().concepts(acme(), &super::first(50)).await.expect("read");
    assert_eq!(concepts.items.len(), 12);
}

pub async fn a_worker_that_is_dropped_gives_back_what_it_claimed(store: &dyn Store) {
    let mut work = writing(store).await;
    work.jobs().enqueue(&job(1, 1)).await.expect("a job");
    commit(work).await;
    let mut work = writing(store).await;
    assert!(work.jobs().claim(at(10), lease(1), at(100)).await.expect("claimed").is_some());
    drop(work);
    let mut work = writing(store).await;
    // Where a server must be told, that takes a moment.
    for _ in 0..1_000 {
        if work.jobs().claim(at(10), lease(2), at(100)).await.expect("claimed").is_some() {
            return;
        }
    }
    panic!("it is held for ever");
}
