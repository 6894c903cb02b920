//! Keeping creatives.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use creativestore_domain::account::ChangePolicy;
use creativestore_domain::creative::{Creative, RevisionRef, Standing};
use creativestore_domain::id::{ConceptId, CreativeId};
use creativestore_domain::manifest::Kind;
use creativestore_domain::review::Decision;
use creativestore_domain::revision::RevisionState;
use creativestore_domain::time::Window;
use creativestore_ports::store::{Store, StoreError};

use crate::given::{
    Made, accounts, acme, applied, at, commit, concept, creative, creatives, decides, external_id, hash,
    keep, labels, made, made_with, name, native, no, other, passes, peeking, renames, uuid, writing,
};

pub async fn a_creative_reads_back_as_it_was_written(store: &dyn Store) {
    accounts(store).await;
    let bare = made(100, acme());
    let full = made_with(101, acme(), |draft| {
        draft.external_id = Some(external_id("ext 'é' %_ 🎄"));
        draft.metadata.name = name("Größe \"L\" – 大きい");
        draft.metadata.concept = Some(ConceptId::new(uuid(50)));
        draft.metadata.labels = labels(["winter", "Été", "双十一", "a, b", "[\"c\"]"]);
        draft.metadata.rights = Window::new(Some(at(-100)), Some(at(100))).expect("a window");
        draft.change_policy = ChangePolicy::Strict;
    });
    let text = crate::given::made_of(102, acme(), native(102, "A title"), |_| {});
    let mut work = writing(store).await;
    work.tenancy().insert_concept(&concept(50, acme())).await.expect("a concept");
    for made in [&bare, &full, &text] {
        keep(work.as_mut(), made).await;
    }
    commit(work).await;
    for made in [bare, full, text] {
        assert_eq!(creative(store, made.creative.id).await, made.creative);
    }
    let unknown = peeking(store).await.creatives().get(acme(), CreativeId::new(uuid(1))).await;
    assert_eq!(unknown.expect("read"), None);
}

pub async fn every_state_of_a_creative_reads_back(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, std::slice::from_ref(&first)).await;
    let mut now = first.creative;
    let mut states = Vec::new();
    for change_policy in ChangePolicy::ALL {
        for standing in Standing::ALL {
            for newest_state in RevisionState::ALL {
                for active in [None, Some(RevisionRef { no: no(1), hash: hash(1) })] {
                    states.push((change_policy, standing, newest_state, active));
                }
            }
        }
    }
    for (change_policy, standing, newest_state, active) in states {
        let sequence = now.sequence + 1;
        now = Creative { change_policy, standing, newest_state, active, sequence, ..now };
        let mut work = writing(store).await;
        work.creatives().save(&now, None).await.expect("saved");
        commit(work).await;
        assert_eq!(creative(store, now.id).await, now);
    }
}

pub async fn a_save_keeps_everything_that_may_change(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, std::slice::from_ref(&first)).await;
    let mut work = writing(store).await;
    work.tenancy().insert_concept(&concept(50, acme())).await.expect("a concept");
    commit(work).await;
    let mut next = first.creative.clone();
    next.metadata.name = name("Another");
    next.metadata.concept = Some(ConceptId::new(uuid(50)));
    next.metadata.labels = labels(["new"]);
    next.metadata.rights = Window::new(None, Some(at(9))).expect("a window");
    next.change_policy = ChangePolicy::Strict;
    next.newest = RevisionRef { no: no(2), hash: hash(2) };
    next.active = Some(RevisionRef { no: no(1), hash: hash(1) });
    (next.version, next.sequence, next.updated_at) = (2, 2, at(500));
    let mut work = writing(store).await;
    work.creatives().save(&next, Some(&first.revision)).await.expect("saved");
    commit(work).await;
    assert_eq!(creative(store, next.id).await, next);
    // And back to nothing.
    let back = Creative { sequence: 3, version: 3, ..first.creative };
    let mut work = writing(store).await;
    work.creatives().save(&back, Some(&first.revision)).await.expect("saved");
    commit(work).await;
    assert_eq!(creative(store, back.id).await, back);
}

pub async fn a_stale_creative_is_refused_and_nothing_is_written(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, std::slice::from_ref(&first)).await;
    let seen = first.creative.clone();
    let now = applied(store, renames(first.creative, "First", 200), Some(&first.revision)).await;
    let late = renames(seen, "Second", 201).state;
    let mut work = writing(store).await;
    let refused = work.creatives().save(&late, Some(&first.revision)).await;
    assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    drop(work);
    let gap = Creative { sequence: now.sequence + 2, ..now.clone() };
    let refused = writing(store).await.creatives().save(&gap, None).await;
    assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    let unknown = Creative { sequence: 2, ..made(101, acme()).creative };
    let refused = writing(store).await.creatives().save(&unknown, None).await;
    assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    assert_eq!(creative(store, now.id).await, now);
}

pub async fn several_creatives_are_read_at_once_as_they_are(store: &dyn Store) {
    let all: Vec<Made> = (100..103).map(|number| made(number, acme())).collect();
    creatives(store, &all).await;
    let changed = applied(store, renames(all[1].creative.clone(), "Changed", 300), None).await;
    let mut work = peeking(store).await;
    let asked = [102, 999, 101].map(|number| CreativeId::new(uuid(number)));
    let mut read = work.creatives().several(acme(), &asked).await.expect("read");
    read.sort_by_key(|creative| creative.id);
    assert_eq!(read, [changed, all[2].creative.clone()], "and none that is not there");
    assert_eq!(work.creatives().several(acme(), &[]).await.expect("read"), []);
}

pub async fn a_creative_is_found_by_its_external_id(store: &dyn Store) {
    let theirs = |number, id| made_with(number, acme(), |draft| draft.external_id = Some(external_id(id)));
    let all = [theirs(100, "A-1"), theirs(101, "a-1"), made(102, acme())];
    creatives(store, &all).await;
    let find = async |id| {
        let found = peeking(store).await.creatives().by_external_id(acme(), &external_id(id)).await;
        found.expect("read").map(|creative| creative.id)
    };
    assert_eq!(find("A-1").await, Some(all[0].creative.id), "case tells ids apart");
    assert_eq!(find("a-1").await, Some(all[1].creative.id));
    assert_eq!(find("A-").await, None);
    assert_eq!(find("A_1").await, None);
}

pub async fn an_external_id_is_unique_in_its_account_and_free_in_another(store: &dyn Store) {
    let with_id =
        |number, account| made_with(number, account, |draft| draft.external_id = Some(external_id("theirs")));
    creatives(store, &[with_id(100, acme())]).await;
    let second = with_id(101, acme());
    let twice = writing(store).await.creatives().insert(&second.creative, &second.revision).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))), "{twice:?}");
    let mut work = writing(store).await;
    keep(work.as_mut(), &with_id(102, other())).await;
    // Those without one are no duplicates of each other.
    keep(work.as_mut(), &made(103, acme())).await;
    keep(work.as_mut(), &made(104, acme())).await;
    commit(work).await;
    let mine = peeking(store).await.creatives().by_external_id(acme(), &external_id("theirs")).await;
    assert_eq!(mine.expect("read").expect("there").id, CreativeId::new(uuid(100)));
    let theirs = peeking(store).await.creatives().by_external_id(other(), &external_id("theirs")).await;
    assert_eq!(theirs.expect("read").expect("there").id, CreativeId::new(uuid(102)));
}

pub async fn two_that_put_in_the_same_external_id_at_once_make_one(store: &dyn Store) {
    accounts(store).await;
    let upsert = async |number| {
        let mut work = writing(store).await;
        let id = external_id("theirs");
        if work.creatives().by_external_id(acme(), &id).await.expect("read").is_some() {
            return false;
        }
        let made = made_with(number, acme(), |draft| draft.external_id = Some(id));
        match work.creatives().insert(&made.creative, &made.revision).await {
            Ok(()) => work.commit().await.is_ok(),
            Err(StoreError::Duplicate(_) | StoreError::Stale) => false,
            Err(error) => panic!("{error}"),
        }
    };
    let made = futures_util::future::join_all((100..108).map(upsert)).await;
    assert_eq!(made.into_iter().filter(|made| *made).count(), 1);
}

pub async fn a_kind_never_changes_and_an_approval_stays_with_its_revision(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, std::slice::from_ref(&first)).await;
    let hash = first.revision.hash;
    let now = applied(store, passes(first.creative, 200), None).await;
    let now = applied(store, decides(now, Decision::Approve, 201), None).await;
    let (after, _) = crate::given::revised(store, now, crate::given::manifest(7), 202).await;
    let read = creative(store, after.id).await;
    assert_eq!(
        (read.kind, read.newest.no, read.active),
        (Kind::Image, no(2), Some(RevisionRef { no: no(1), hash }))
    );
}
