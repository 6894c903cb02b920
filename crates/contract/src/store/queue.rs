//! What waits for a decision.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use creativestore_domain::creative::{Creative, RevisionRef};
use creativestore_domain::review::Decision;
use creativestore_domain::states::Party;
use creativestore_ports::store::Store;

use crate::given::{
    Made, acme, all_pages, applied, at, commit, creatives, decides, hash, keep, made, manifest, no, other,
    passes, peeking, renames, revised, stamp, writing,
};

async fn queue(store: &dyn Store) -> Vec<u32> {
    let listed = all_pages(2, async |page| {
        peeking(store).await.creatives().review_queue(acme(), &page).await.expect("a page")
    });
    listed.await.into_iter().map(|creative| super::number(creative.id)).collect()
}

/// Creatives from 100 on, of which each waits since the second given.
async fn waiting<const N: usize>(store: &dyn Store, since: [i64; N]) -> Vec<Creative> {
    let made: Vec<Made> = (100..).take(N).map(|number| made(number, acme())).collect();
    creatives(store, &made).await;
    let mut all = Vec::new();
    for (made, since) in made.into_iter().zip(since) {
        all.push(applied(store, passes(made.creative, since), None).await);
    }
    all
}

pub async fn the_longest_waiting_comes_first(store: &dyn Store) {
    waiting(store, [500, 300, 400, 300, 200]).await;
    assert_eq!(queue(store).await, [104, 101, 103, 102, 100]);
}

pub async fn only_what_can_be_decided_on_waits(store: &dyn Store) {
    let all = waiting(store, [300, 301, 302, 303]).await;
    applied(store, decides(all[0].clone(), Decision::Approve, 400), None).await;
    applied(store, decides(all[1].clone(), Decision::Reject, 401), None).await;
    assert_eq!(queue(store).await, [102, 103]);
    // An approved creative waits again with its next revision, and not while that is being looked at.
    let approved = applied(store, decides(all[2].clone(), Decision::Approve, 402), None).await;
    let (revised, _) = revised(store, approved, manifest(9), 403).await;
    assert_eq!(queue(store).await, [103]);
    let staged = applied(store, passes(revised, 404), None).await;
    assert_eq!(queue(store).await, [103, 102]);
    // What is put away waits for nobody.
    let stamp = stamp(&staged, 405);
    applied(store, staged.archive(Party::Owner, false, None, None, stamp).expect("legal"), None).await;
    assert_eq!(queue(store).await, [103]);
}

pub async fn a_change_of_metadata_loses_nobody_their_place(store: &dyn Store) {
    let all = waiting(store, [300, 301]).await;
    let revision = made(100, acme()).revision;
    applied(store, renames(all[0].clone(), "Renamed", 400), Some(&revision)).await;
    assert_eq!(queue(store).await, [100, 101]);
}

pub async fn a_newer_revision_waits_from_when_it_came(store: &dyn Store) {
    let all = waiting(store, [300, 301]).await;
    let third = made(102, acme());
    let mut work = writing(store).await;
    keep(work.as_mut(), &third).await;
    commit(work).await;
    let (revised, _) = revised(store, all[0].clone(), manifest(9), 400).await;
    assert_eq!(queue(store).await, [101]);
    let waits = applied(store, passes(revised, 401), None).await;
    assert_eq!(queue(store).await, [101, 100]);
    // Even one that waits as soon as it is there.
    let newest = RevisionRef { no: no(3), hash: hash(3) };
    let next = Creative { newest, sequence: waits.sequence + 1, updated_at: at(403), ..waits };
    let mut work = writing(store).await;
    work.creatives().save(&next, None).await.expect("saved");
    commit(work).await;
    let third = applied(store, passes(third.creative, 402), None).await;
    assert_eq!(queue(store).await, [101, super::number(third.id), 100]);
}

pub async fn the_oldest_waiting_of_all_accounts_is_told(store: &dyn Store) {
    let theirs = made(200, other());
    creatives(store, &[made(100, acme()), theirs.clone()]).await;
    let oldest = async || peeking(store).await.creatives().oldest_waiting().await.expect("read");
    assert_eq!(oldest().await, None);
    applied(store, passes(made(100, acme()).creative, 400), None).await;
    assert_eq!(oldest().await, Some(at(400)));
    let theirs = applied(store, passes(theirs.creative, 300), None).await;
    assert_eq!(oldest().await, Some(at(300)));
    applied(store, decides(theirs, Decision::Approve, 500), None).await;
    assert_eq!(oldest().await, Some(at(400)));
}
