//! That no account sees or changes another one's things: every method that takes an account is asked, for the other
//! account, for things that are there in the first.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use creativestore_domain::concept::Concept;
use creativestore_domain::creative::Creative;
use creativestore_domain::facts::Recipe;
use creativestore_domain::revision::RevisionState;
use creativestore_domain::search::query_terms;
use creativestore_domain::text::Label;
use creativestore_ports::assets::BlobRecord;
use creativestore_ports::creatives::{AssignmentFilter, CreativeFilter, Sort, SortBy};
use creativestore_ports::store::{Store, StoreError};

use super::assets::{rendition, text};
use super::journal::line;
use super::people::{ann, api_key, keep_users, person};
use super::revisions::{review, run};
use crate::given::{
    Made, acme, applied, assignment, at, commit, concept, creatives, external_id, first, format, found, hash,
    labels, made_of, manifest_for, no, other, package, page_of, passes, peeking, writing,
};

/// A creative of the first account that every filter finds.
fn theirs() -> Made {
    made_of(100, acme(), manifest_for(100, ["box"]), |draft| {
        draft.external_id = Some(external_id("theirs"));
        draft.metadata.labels = labels(["sale"]);
        draft.metadata.concept = Some(concept(50, acme()).id);
    })
}

/// Both accounts, and that creative with its concept, waiting for a decision.
async fn given(store: &dyn Store) -> Creative {
    let mut made = theirs();
    made.creative.metadata.concept = None;
    creatives(store, &[made.clone()]).await;
    let mut work = writing(store).await;
    work.tenancy().insert_concept(&concept(50, acme())).await.expect("a concept");
    commit(work).await;
    let mut metadata = made.creative.metadata.clone();
    metadata.concept = Some(concept(50, acme()).id);
    let stamp = crate::given::stamp(&made.creative, 150);
    let change = made.creative.amend(metadata, stamp).expect("it differs");
    let creative = applied(store, change, Some(&made.revision)).await;
    applied(store, passes(creative, 200), None).await
}

pub async fn a_concept_of_another_account_is_not_found(store: &dyn Store) {
    given(store).await;
    let theirs = concept(50, acme());
    let mut work = writing(store).await;
    assert_eq!(work.tenancy().concept(other(), theirs.id).await.expect("read"), None);
    assert!(work.tenancy().concepts(other(), &first(9)).await.expect("read").items.is_empty());
    let taken = Concept { account: other(), version: 2, ..theirs.clone() };
    let saved = work.tenancy().save_concept(&taken).await;
    assert!(matches!(saved, Err(StoreError::Stale)), "{saved:?}");
    drop(work);
    let kept = peeking(store).await.tenancy().concept(acme(), theirs.id).await.expect("read");
    assert_eq!(kept, Some(theirs));
}

pub async fn a_creative_of_another_account_is_not_found(store: &dyn Store) {
    let theirs = given(store).await;
    let mut work = writing(store).await;
    assert_eq!(work.creatives().get(other(), theirs.id).await.expect("read"), None);
    let by_id = work.creatives().by_external_id(other(), &external_id("theirs")).await;
    assert_eq!(by_id.expect("read"), None);
    let taken = Creative { account: other(), sequence: theirs.sequence + 1, ..theirs.clone() };
    let saved = work.creatives().save(&taken, None).await;
    assert!(matches!(saved, Err(StoreError::Stale)), "{saved:?}");
    drop(work);
    assert_eq!(crate::given::creative(store, theirs.id).await, theirs);
}

pub async fn creatives_of_another_account_are_not_listed_whatever_is_asked(store: &dyn Store) {
    let theirs = given(store).await;
    let any = CreativeFilter::default;
    let filters = [
        any(),
        CreativeFilter { concept: theirs.metadata.concept, ..any() },
        CreativeFilter { kind: Some(theirs.kind), ..any() },
        CreativeFilter { format: Some(format("box")), ..any() },
        CreativeFilter { statuses: vec![theirs.status()], ..any() },
        CreativeFilter { label: Label::parse("sale").ok(), ..any() },
        CreativeFilter { terms: query_terms("sale").expect("a query"), ..any() },
        CreativeFilter { terms: query_terms("creative theirs 100").expect("a query"), ..any() },
    ];
    let mut work = peeking(store).await;
    for filter in filters {
        for by in [SortBy::Created, SortBy::Updated, SortBy::Name] {
            let sort = Sort { by, descending: false };
            let mine = page_of(store, acme(), &filter, sort, &first(9)).await;
            assert_eq!(mine.items, std::slice::from_ref(&theirs), "{filter:?}");
            let others = work.creatives().list(other(), &filter, sort, &first(9)).await.expect("read");
            assert_eq!(others.items, [], "{filter:?}");
            let others = work.creatives().list_whole(other(), &filter, sort, &first(9)).await.expect("read");
            assert_eq!(others.items, [], "{filter:?}");
        }
    }
}

pub async fn the_queue_of_an_account_holds_its_own_creatives_only(store: &dyn Store) {
    let theirs = given(store).await;
    let mut work = peeking(store).await;
    let queue = work.creatives().review_queue(acme(), &first(9)).await;
    assert_eq!(found(work.as_mut(), acme(), queue).await.items, std::slice::from_ref(&theirs));
    assert_eq!(work.creatives().several(other(), &[theirs.id]).await.expect("read"), []);
    assert_eq!(work.creatives().review_queue(other(), &first(9)).await.expect("read").items, []);
}

pub async fn revisions_check_runs_and_reviews_of_another_account_are_not_found_and_do_not_move(
    store: &dyn Store,
) {
    let id = given(store).await.id;
    let mut work = writing(store).await;
    work.revisions().insert_run(acme(), id, no(1), &run(1, 1)).await.expect("kept");
    work.reviews().insert(&review(1, &theirs().revision)).await.expect("kept");
    commit(work).await;
    let mut work = writing(store).await;
    let moved = work.revisions().set_state(other(), id, no(1), RevisionState::Approved).await;
    assert!(matches!(moved, Err(StoreError::Stale)), "{moved:?}");
    assert_eq!(work.revisions().get(other(), id, no(1)).await.expect("read"), None);
    assert_eq!(work.revisions().list(other(), id, &first(9)).await.expect("read").items, []);
    assert_eq!(work.revisions().newest_run(other(), id, no(1)).await.expect("read"), None);
    assert_eq!(work.reviews().of(other(), id, no(1)).await.expect("read"), []);
    let mine = work.revisions().get(acme(), id, no(1)).await.expect("read").expect("there");
    assert_eq!(mine.state, RevisionState::PendingReview);
}

pub async fn a_check_run_under_another_account_does_not_become_the_newest(store: &dyn Store) {
    let id = given(store).await.id;
    let mut work = writing(store).await;
    work.revisions().insert_run(acme(), id, no(1), &run(1, 1)).await.expect("kept");
    commit(work).await;
    let mut work = writing(store).await;
    // A store may refuse it or keep it apart; what it must not do is show it to the owner.
    if work.revisions().insert_run(other(), id, no(1), &run(2, 2)).await.is_ok() {
        commit(work).await;
    } else {
        drop(work);
    }
    let newest = peeking(store).await.revisions().newest_run(acme(), id, no(1)).await.expect("read");
    assert_eq!(newest, Some(run(1, 1)));
}

pub async fn assignments_of_another_account_are_not_found_and_do_not_end(store: &dyn Store) {
    let theirs = given(store).await;
    let one = assignment(1, &theirs, "package");
    let mut work = writing(store).await;
    work.assignments().insert(&one).await.expect("kept");
    commit(work).await;
    let mut work = writing(store).await;
    assert_eq!(work.assignments().get(other(), one.id).await.expect("read"), None);
    let ended = work.assignments().end(other(), one.id, at(9)).await;
    assert!(matches!(ended, Err(StoreError::Stale)), "{ended:?}");
    assert!(!work.assignments().any_in_use(other(), theirs.id).await.expect("read"));
    let (creative, package) = (Some(theirs.id), Some(package("package")));
    for filter in [
        AssignmentFilter::default(),
        AssignmentFilter { creative, ..AssignmentFilter::default() },
        AssignmentFilter { package, in_use: true, ..AssignmentFilter::default() },
    ] {
        assert_eq!(work.assignments().list(acme(), &filter, &first(9)).await.expect("read").items.len(), 1);
        assert_eq!(work.assignments().list(other(), &filter, &first(9)).await.expect("read").items, []);
    }
    assert_eq!(work.assignments().get(acme(), one.id).await.expect("read"), Some(one));
}

pub async fn invariant_6_a_record_of_bytes_tells_nothing_of_another_accounts(store: &dyn Store) {
    given(store).await;
    let recipe = Recipe::Thumbnail(64);
    let of = |account, bytes| BlobRecord { account, sha256: hash(1), bytes, created_at: at(1) };
    let mut work = writing(store).await;
    assert!(work.assets().record_blob(&of(acme(), 5)).await.expect("recorded"));
    work.assets().keep_facts(acme(), hash(1), None, 1, &text(1)).await.expect("kept");
    work.assets().keep_rendition(acme(), hash(1), &rendition(recipe.clone())).await.expect("kept");
    commit(work).await;
    let mut work = writing(store).await;
    assert_eq!(work.assets().blob(other(), hash(1)).await.expect("read"), None);
    assert_eq!(work.assets().facts(other(), hash(1), None, 1).await.expect("read"), None);
    assert_eq!(work.assets().rendition(other(), hash(1), &recipe).await.expect("read"), None);
    assert_eq!(work.assets().renditions(other(), hash(1)).await.expect("read"), []);
    // The same bytes are new to the other account, and leave the first one's records alone.
    assert!(work.assets().record_blob(&of(other(), 6)).await.expect("recorded"));
    work.assets().keep_facts(other(), hash(1), None, 1, &text(2)).await.expect("kept");
    let larger = creativestore_domain::facts::Rendition { bytes: 99, ..rendition(recipe.clone()) };
    work.assets().keep_rendition(other(), hash(1), &larger).await.expect("kept");
    commit(work).await;
    let mut work = peeking(store).await;
    for (account, bytes, facts, rendition) in
        [(acme(), 5, text(1), rendition(recipe.clone())), (other(), 6, text(2), larger)]
    {
        assert_eq!(work.assets().blob(account, hash(1)).await.expect("read"), Some(of(account, bytes)));
        assert_eq!(work.assets().facts(account, hash(1), None, 1).await.expect("read"), Some(facts));
        assert_eq!(work.assets().renditions(account, hash(1)).await.expect("read"), [rendition]);
    }
}

pub async fn events_and_audit_lines_of_another_account_are_not_read(store: &dyn Store) {
    let id = given(store).await.id;
    let mut work = writing(store).await;
    work.journal().note(&line(1, None)).await.expect("noted");
    assert!(!work.outbox().publish_next(200).await.expect("published").is_empty());
    commit(work).await;
    let mut work = peeking(store).await;
    assert_eq!(work.journal().history(acme(), id, 0, 9).await.expect("read").len(), 3);
    assert_eq!(work.journal().history(other(), id, 0, 9).await.expect("read"), []);
    assert_eq!(work.outbox().published_after(acme(), 0, 9).await.expect("read").len(), 3);
    assert_eq!(work.outbox().published_after(other(), 0, 9).await.expect("read"), []);
    assert_eq!(work.journal().audit(Some(other()), &first(9)).await.expect("read").items, []);
}

pub async fn keys_and_members_of_another_account_are_not_found(store: &dyn Store) {
    given(store).await;
    let mut only_acme = person(2, "bob");
    only_acme.grants.accounts = ann().grants.accounts;
    only_acme.grants.accounts.remove(&other());
    keep_users(store, &[only_acme]).await;
    let key = api_key(1, acme());
    let mut work = writing(store).await;
    work.people().insert_api_key(&key).await.expect("a new key");
    commit(work).await;
    let mut work = writing(store).await;
    assert_eq!(work.people().api_keys(other()).await.expect("read"), []);
    assert!(!work.people().revoke_api_key(other(), key.id, at(9)).await.expect("asked"));
    assert_eq!(work.people().api_key(key.id).await.expect("read"), Some(key));
    assert_eq!(work.people().members(acme()).await.expect("read").len(), 1);
    assert_eq!(work.people().members(other()).await.expect("read"), []);
}
