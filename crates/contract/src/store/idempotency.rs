//! Outcomes of requests that may come twice.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use creativestore_domain::access::Actor;
use creativestore_domain::id::ApiKeyId;
use creativestore_ports::idempotency::{Kept, Outcome};
use creativestore_ports::store::{Store, StoreError};
use futures_util::future::join_all;

use super::revisions::review;
use crate::given::{
    account, accounts, acme, assignment, at, commit, concept, hash, made, made_of, native, peeking, reading,
    user, uuid, writing,
};

fn kept(number: u32, seconds: i64) -> Kept {
    let outcome = Outcome::ApiKey(ApiKeyId::new(uuid(number)));
    Kept { fingerprint: hash(number), outcome, at: at(seconds) }
}

async fn keep(store: &dyn Store, by: Actor, key: &str, kept: &Kept) -> Result<(), StoreError> {
    let mut work = writing(store).await;
    work.idempotency().keep(by, key, kept).await?;
    work.commit().await
}

async fn find(store: &dyn Store, by: Actor, key: &str) -> Option<Kept> {
    peeking(store).await.idempotency().find(by, key).await.expect("read")
}

pub async fn every_outcome_reads_back_as_it_was(store: &dyn Store) {
    let made = made_of(100, acme(), native(100, "Ein „Titel“"), |_| {});
    let (creative, revision) = (Box::new(made.creative.clone()), Box::new(made.revision.clone()));
    let outcomes = [
        Outcome::Account(account(acme(), "Acme")),
        Outcome::Concept(concept(50, acme())),
        Outcome::Creative { creative: creative.clone(), revision: revision.clone() },
        Outcome::Revision { revision: revision.clone(), added: true },
        Outcome::Revision { revision, added: false },
        Outcome::Review { review: review(1, &made.revision), creative },
        Outcome::Assignment(assignment(1, &made.creative, "package")),
        Outcome::ApiKey(ApiKeyId::new(uuid(1))),
    ];
    for (number, outcome) in (0..).zip(outcomes) {
        let (key, kept) = (format!("key-{number}"), Kept { outcome, ..kept(number, 5) });
        keep(store, user(900), &key, &kept).await.expect("kept");
        assert_eq!(find(store, user(900), &key).await, Some(kept));
    }
}

pub async fn invariant_5_a_key_is_taken_once_by_each_who_asks(store: &dyn Store) {
    let key = Actor::ApiKey(ApiKeyId::new(uuid(900)));
    let everybody = [user(900), user(901), key, Actor::System];
    for (number, by) in (0..).zip(everybody) {
        assert_eq!(find(store, by, "key").await, None);
        keep(store, by, "key", &kept(number, 5)).await.expect("kept");
    }
    for (number, by) in (0..).zip(everybody) {
        assert_eq!(find(store, by, "key").await, Some(kept(number, 5)));
    }
    let twice = keep(store, user(900), "key", &kept(9, 6)).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))), "{twice:?}");
    assert_eq!(find(store, user(900), "key").await, Some(kept(0, 5)));
    assert_eq!(find(store, user(900), "KEY").await, None);
}

pub async fn invariant_5_an_outcome_is_kept_with_its_change_or_not_at_all(store: &dyn Store) {
    accounts(store).await;
    let made = made(100, acme());
    let there = async || {
        let mut work = reading(store).await;
        let creative = work.creatives().get(acme(), made.creative.id).await.expect("read").is_some();
        (creative, work.idempotency().find(user(900), "key").await.expect("read").is_some())
    };
    let mut work = writing(store).await;
    crate::given::keep(work.as_mut(), &made).await;
    work.idempotency().keep(user(900), "key", &kept(1, 5)).await.expect("kept");
    drop(work);
    assert_eq!(there().await, (false, false));
    let mut work = writing(store).await;
    crate::given::keep(work.as_mut(), &made).await;
    work.idempotency().keep(user(900), "key", &kept(1, 5)).await.expect("kept");
    commit(work).await;
    assert_eq!(there().await, (true, true));
}

pub async fn invariant_5_a_request_that_comes_twice_at_once_is_done_once(store: &dyn Store) {
    accounts(store).await;
    let request = async |number: u32| {
        let mut work = writing(store).await;
        if let Some(before) = work.idempotency().find(user(900), "key").await.expect("read") {
            return before;
        }
        let mine = kept(number, 5);
        crate::given::keep(work.as_mut(), &made(100 + number, acme())).await;
        work.idempotency().keep(user(900), "key", &mine).await.expect("the others wait for its end");
        commit(work).await;
        mine
    };
    let outcomes = join_all((0..6).map(request)).await;
    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "{outcomes:?}");
    let filter = creativestore_ports::creatives::CreativeFilter::default();
    assert_eq!(super::listing::listed(store, &filter).await.len(), 1);
}

pub async fn outcomes_are_forgotten_when_they_are_old(store: &dyn Store) {
    for (key, seconds) in [("old", 1), ("older", 0), ("new", 2)] {
        keep(store, user(900), key, &kept(1, seconds)).await.expect("kept");
    }
    let forget = async |before| {
        let mut work = writing(store).await;
        let gone = work.idempotency().forget(at(before)).await.expect("swept");
        commit(work).await;
        gone
    };
    assert_eq!(forget(2).await, 2);
    assert_eq!(forget(2).await, 0);
    assert_eq!(find(store, user(900), "old").await, None);
    assert!(find(store, user(900), "new").await.is_some());
    keep(store, user(900), "old", &kept(2, 9)).await.expect("the key is free again");
}
