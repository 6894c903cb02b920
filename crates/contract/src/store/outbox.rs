//! Events on their way out.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use std::collections::BTreeMap;

use creativestore_domain::event::Event;
use creativestore_domain::id::CreativeId;
use creativestore_ports::journal::{Changed, Origin, Published, Relay};
use creativestore_ports::store::{Store, StoreError};
use futures_util::future::join_all;

use crate::given::{
    accounts, acme, applied, at, audit_id, commit, creatives, made, other, peeking, renames, writing,
};

/// One creative in each account and one more, each renamed so many times, by turns.
async fn written(store: &dyn Store, renamed: u32) -> Vec<CreativeId> {
    let all = [made(100, acme()), made(101, acme()), made(102, other())];
    creatives(store, &all).await;
    let mut now = all.clone().map(|made| made.creative);
    for round in 0..renamed {
        for (creative, made) in now.iter_mut().zip(&all) {
            let change = renames(creative.clone(), &format!("Round {round}"), 200 + i64::from(round));
            *creative = applied(store, change, Some(&made.revision)).await;
        }
    }
    all.map(|made| made.creative.id).to_vec()
}

async fn publish(store: &dyn Store, limit: u16) -> Vec<Published> {
    let mut work = writing(store).await;
    let published = work.outbox().publish_next(limit).await.expect("published");
    commit(work).await;
    published
}

pub async fn places_grow_and_keep_the_order_of_each_creative(store: &dyn Store) {
    written(store, 5).await;
    let mut all = Vec::new();
    loop {
        let published = publish(store, 4).await;
        assert!(published.len() <= 4);
        if published.is_empty() {
            break;
        }
        all.extend(published);
        assert!(all.len() <= 18, "more than there are");
    }
    assert_eq!(all.len(), 18);
    let positions: Vec<u64> = all.iter().map(|published| published.position).collect();
    assert!(positions[0] > 0 && positions.is_sorted_by(|a, b| a < b), "{positions:?}");
    let mut sequences: BTreeMap<CreativeId, Vec<u64>> = BTreeMap::new();
    for Published { event, .. } in all {
        sequences.entry(event.creative).or_default().push(event.sequence);
    }
    assert!(sequences.into_values().all(|it| it == [1, 2, 3, 4, 5, 6]));
}

pub async fn an_event_gets_one_place_for_ever(store: &dyn Store) {
    written(store, 1).await;
    let first = publish(store, 3).await;
    let second = publish(store, 200).await;
    assert_eq!((first.len(), second.len()), (3, 3));
    assert!(second[0].position > first[2].position);
    assert!(publish(store, 200).await.is_empty());
    let after = async |position| {
        peeking(store).await.outbox().published_after(acme(), position, 200).await.expect("read")
    };
    let of_acme: Vec<_> =
        first.into_iter().chain(second).filter(|published| published.event.account == acme()).collect();
    assert_eq!(after(0).await, of_acme, "as they were published");
}

pub async fn published_events_are_read_from_a_place_on(store: &dyn Store) {
    written(store, 2).await;
    let mut work = peeking(store).await;
    let before = work.outbox().published_after(acme(), 0, 200).await.expect("read");
    assert!(before.is_empty(), "what has no place yet is not told");
    let all = publish(store, 200).await;
    let of_acme: Vec<_> = all.iter().filter(|it| it.event.account == acme()).cloned().collect();
    let mut work = peeking(store).await;
    for (n, published) in (1..).zip(&of_acme) {
        let after = work.outbox().published_after(acme(), published.position, 2).await.expect("read");
        let until = (n + 2).min(of_acme.len());
        assert_eq!(after, of_acme[n..until]);
    }
}

pub async fn the_newest_place_and_the_oldest_that_waits_are_told(store: &dyn Store) {
    accounts(store).await;
    let newest = async || peeking(store).await.outbox().newest_position().await.expect("read");
    let waits = async || peeking(store).await.outbox().oldest_untold().await.expect("read");
    assert_eq!((newest().await, waits().await), (0, None));
    let mut work = writing(store).await;
    for made in [made(101, acme()), made(100, acme()), made(102, other())] {
        crate::given::keep(work.as_mut(), &made).await;
    }
    commit(work).await;
    assert_eq!((newest().await, waits().await), (0, Some(at(100))));
    let first = publish(store, 2).await;
    tell(store, first[1].position).await;
    assert_eq!((newest().await, waits().await), (first[1].position, Some(at(102))));
    let second = publish(store, 2).await;
    assert_eq!((newest().await, waits().await), (second[0].position, Some(at(102))), "placed, not told");
    tell(store, second[0].position).await;
    assert_eq!((newest().await, waits().await), (second[0].position, None));
}

fn relay(name: &str) -> Relay {
    Relay(name.into())
}

/// Takes the telling at a time, until another.
async fn take(store: &dyn Store, who: &Relay, now: i64, until: i64) -> Option<u64> {
    let mut work = writing(store).await;
    let told = work.outbox().take(who, at(now), at(until)).await.expect("asked");
    commit(work).await;
    told
}

async fn told(store: &dyn Store, who: &Relay, position: u64) -> Result<(), StoreError> {
    let mut work = writing(store).await;
    work.outbox().told(who, position).await?;
    work.commit().await
}

async fn tell(store: &dyn Store, position: u64) {
    take(store, &relay("a"), 0, 1).await.expect("nobody else is at it");
    told(store, &relay("a"), position).await.expect("kept");
}

pub async fn one_relay_at_a_time_tells_until_it_gives_back_or_its_time_is_over(store: &dyn Store) {
    let (a, b) = (relay("a"), relay("b"));
    assert_eq!(take(store, &a, 100, 110).await, Some(0));
    assert_eq!(take(store, &b, 109, 119).await, None, "another one is at it");
    assert_eq!(take(store, &a, 109, 119).await, Some(0), "its own time may grow");
    assert_eq!(take(store, &b, 118, 128).await, None);
    told(store, &a, 7).await.expect("kept");
    assert_eq!(take(store, &b, 118, 128).await, Some(7), "it was given back");
    assert_eq!(take(store, &a, 128, 138).await, Some(7), "the other one was never heard of again");
}

pub async fn a_relay_that_is_late_is_fenced(store: &dyn Store) {
    let (late, next) = (relay("late"), relay("next"));
    take(store, &late, 100, 110).await.expect("free");
    take(store, &next, 110, 120).await.expect("its time is over");
    assert!(matches!(told(store, &late, 5).await, Err(StoreError::Stale)));
    told(store, &next, 9).await.expect("kept");
    assert!(matches!(told(store, &late, 5).await, Err(StoreError::Stale)), "and nothing went backwards");
    assert_eq!(take(store, &late, 120, 130).await, Some(9));
}

pub async fn what_was_not_told_is_read_over_all_accounts_with_its_trace(store: &dyn Store) {
    let ids = written(store, 1).await;
    let creative = crate::given::creative(store, ids[0]).await;
    let change = renames(creative, "Traced", 300);
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let origin = Origin { trace: Some(trace.into()), ..Origin::default() };
    let mut work = writing(store).await;
    work.journal().record(audit_id(&change.event), &origin, &change.event).await.expect("recorded");
    commit(work).await;
    let all = publish(store, 200).await;
    assert_eq!((all.len(), all[6].trace.as_deref(), all[5].trace.as_deref()), (7, Some(trace), None));
    let mut work = peeking(store).await;
    assert_eq!(work.outbox().untold(0, 200).await.expect("read"), all);
    assert_eq!(work.outbox().untold(all[2].position, 3).await.expect("read"), all[3..6]);
    assert_eq!(work.outbox().untold(all[6].position, 3).await.expect("read"), []);
}

pub async fn what_changed_is_told_before_it_has_a_place_and_after(store: &dyn Store) {
    let ids = written(store, 1).await;
    let changed = async |position, limit| {
        let mut changed = peeking(store).await.outbox().changed_after(position, limit).await.expect("read");
        changed.sort_by_key(|it| (it.position, it.creative, it.sequence));
        changed
    };
    let waiting = changed(0, 200).await;
    let all: Vec<Changed> = ids
        .iter()
        .flat_map(|id| [1, 2].map(|sequence| Changed { creative: *id, sequence, position: None }))
        .collect();
    assert_eq!(waiting, all, "of every account");
    assert_eq!(changed(0, 4).await.len(), 4);
    let placed: Vec<Changed> = publish(store, 4)
        .await
        .into_iter()
        .map(|Published { position, event, .. }| Changed {
            creative: event.creative,
            sequence: event.sequence,
            position: Some(position),
        })
        .collect();
    let seen = changed(0, 200).await;
    assert_eq!((seen.len(), &seen[2..]), (6, placed.as_slice()), "those without a place come, too");
    let last = placed[3].position.expect("placed");
    assert!(changed(last, 200).await.iter().all(|it| it.position.is_none()));
    publish(store, 200).await;
    let rest = changed(last, 200).await;
    assert!(rest.len() == 2 && rest.iter().all(|it| it.position > Some(last)), "{rest:?}");
}

pub async fn publishing_that_was_undone_leaves_the_events_waiting(store: &dyn Store) {
    written(store, 1).await;
    let mut work = writing(store).await;
    let undone: Vec<Event> =
        work.outbox().publish_next(4).await.expect("published").into_iter().map(|it| it.event).collect();
    drop(work);
    assert_eq!(peeking(store).await.outbox().newest_position().await.expect("read"), 0);
    let again: Vec<Event> = publish(store, 4).await.into_iter().map(|it| it.event).collect();
    assert_eq!(again, undone);
}

pub async fn relays_at_the_same_time_give_no_place_and_no_event_twice(store: &dyn Store) {
    written(store, 9).await;
    let relay = async |_| {
        let mut mine = Vec::new();
        loop {
            let published = publish(store, 3).await;
            if published.is_empty() {
                return mine;
            }
            mine.extend(published);
            assert!(mine.len() <= 30, "more than there are");
        }
    };
    let mut all: Vec<Published> = join_all((0..4).map(relay)).await.concat();
    all.sort_by_key(|published| published.position);
    assert!(all.is_sorted_by(|a, b| a.position < b.position), "no place is given twice");
    assert_eq!(all.len(), 30);
    for id in [100, 101, 102].map(|number| CreativeId::new(crate::given::uuid(number))) {
        let of: Vec<u64> =
            all.iter().filter(|it| it.event.creative == id).map(|it| it.event.sequence).collect();
        assert_eq!(of, (1..=10).collect::<Vec<_>>());
    }
}

pub async fn an_event_that_comes_while_others_are_published_waits_for_the_next_time(store: &dyn Store) {
    let ids = written(store, 0).await;
    publish(store, 200).await;
    let creative = crate::given::creative(store, ids[0]).await;
    let change = renames(creative, "Late", 300);
    let event = change.event.clone();
    let mut work = writing(store).await;
    work.journal().record(audit_id(&event), &Origin::default(), &event).await.expect("recorded");
    commit(work).await;
    let late = publish(store, 200).await;
    assert_eq!(late.into_iter().map(|published| published.event).collect::<Vec<_>>(), [event]);
}
