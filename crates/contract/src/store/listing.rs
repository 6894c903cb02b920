//! Lists of creatives: filters and orders.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use creativestore_domain::id::ConceptId;
use creativestore_domain::manifest::Kind;
use creativestore_domain::review::Decision;
use creativestore_domain::search::query_terms;
use creativestore_domain::states::Status;
use creativestore_domain::time::Window;
use creativestore_ports::creatives::{CreativeFilter, Sort, SortBy};
use creativestore_ports::store::Store;

use crate::given::{
    Made, accounts, acme, all_pages, applied, at, commit, concept, creatives, decides, first, format, keep,
    labels, made, made_of, made_with, manifest_for, name, native, other, page_of, passes, renames, revised,
    stamp, uuid, writing,
};

/// The numbers of the creatives of an account in this order, read in pages of two.
pub(super) async fn listed_in(store: &dyn Store, filter: &CreativeFilter, sort: Sort) -> Vec<u32> {
    let listed = all_pages(2, async |page| page_of(store, acme(), filter, sort, &page).await);
    listed.await.into_iter().map(|creative| super::number(creative.id)).collect()
}

/// The same, oldest first.
pub(super) async fn listed(store: &dyn Store, filter: &CreativeFilter) -> Vec<u32> {
    listed_in(store, filter, Sort { by: SortBy::Created, descending: false }).await
}

fn any() -> CreativeFilter {
    CreativeFilter::default()
}

pub async fn a_list_narrows_by_concept(store: &dyn Store) {
    accounts(store).await;
    let of = |number, concept: Option<u32>| {
        made_with(number, acme(), |draft| {
            draft.metadata.concept = concept.map(|concept| ConceptId::new(uuid(concept)));
        })
    };
    let mut work = writing(store).await;
    for number in [50, 51, 52] {
        work.tenancy().insert_concept(&concept(number, acme())).await.expect("a concept");
    }
    for made in [of(100, Some(50)), of(101, Some(51)), of(102, None), of(103, Some(50))] {
        keep(work.as_mut(), &made).await;
    }
    commit(work).await;
    let by = async |concept| {
        let concept = Some(ConceptId::new(uuid(concept)));
        listed(store, &CreativeFilter { concept, ..any() }).await
    };
    assert_eq!(by(50).await, [100, 103]);
    assert_eq!(by(51).await, [101]);
    assert_eq!(by(52).await, []);
    assert_eq!(listed(store, &any()).await, [100, 101, 102, 103]);
}

pub async fn a_list_narrows_by_kind(store: &dyn Store) {
    let text = |number| made_of(number, acme(), native(number, "A title"), |_| {});
    creatives(store, &[made(100, acme()), text(101), made(102, acme())]).await;
    let by = async |kind| listed(store, &CreativeFilter { kind: Some(kind), ..any() }).await;
    assert_eq!(by(Kind::Image).await, [100, 102]);
    assert_eq!(by(Kind::NativeInFeed).await, [101]);
    assert_eq!(by(Kind::Html5).await, []);
}

pub async fn a_list_narrows_by_a_format_of_the_newest_revision(store: &dyn Store) {
    let boxed = made_of(100, acme(), manifest_for(100, ["box", "banner"]), |_| {});
    let banner = made_of(101, acme(), manifest_for(101, ["banner"]), |_| {});
    creatives(store, &[boxed.clone(), banner, made(102, acme())]).await;
    let by = async |id| listed(store, &CreativeFilter { format: Some(format(id)), ..any() }).await;
    assert_eq!(by("banner").await, [100, 101]);
    assert_eq!(by("box").await, [100]);
    assert_eq!(by("bo").await, []);
    revised(store, boxed.creative, manifest_for(100, ["tower"]), 200).await;
    assert_eq!(by("banner").await, [101]);
    assert_eq!(by("tower").await, [100]);
}

pub async fn a_list_narrows_by_status_as_everybody_is_told_it(store: &dyn Store) {
    let all: Vec<Made> = (100..106).map(|number| made(number, acme())).collect();
    creatives(store, &all).await;
    let pass = async |number: usize| applied(store, passes(all[number].creative.clone(), 200), None).await;
    let decide = async |number, decision| {
        let waiting = pass(number).await;
        applied(store, decides(waiting, decision, 201), None).await
    };
    pass(1).await;
    let staged = decide(2, Decision::Approve).await;
    decide(3, Decision::Reject).await;
    let (away, stopped) = (decide(4, Decision::Approve).await, decide(5, Decision::Approve).await);
    let stamp_away = stamp(&away, 202);
    let party = creativestore_domain::states::Party::Owner;
    applied(store, away.archive(party, false, None, None, stamp_away).expect("legal"), None).await;
    let stamp_stopped = stamp(&stopped, 202);
    let party = creativestore_domain::states::Party::System;
    applied(store, stopped.suspend(party, None, None, stamp_stopped).expect("legal"), None).await;
    revised(store, staged, manifest_for(9, []), 203).await;
    let by = async |statuses: &[Status]| {
        listed(store, &CreativeFilter { statuses: statuses.to_vec(), ..any() }).await
    };
    assert_eq!(by(&[Status::Processing]).await, [100]);
    assert_eq!(by(&[Status::PendingReview]).await, [101]);
    assert_eq!(by(&[Status::Approved]).await, [102], "with a revision in processing");
    assert_eq!(by(&[Status::Rejected]).await, [103]);
    assert_eq!(by(&[Status::Archived]).await, [104]);
    assert_eq!(by(&[Status::Suspended]).await, [105]);
    assert_eq!(by(&[Status::Approved, Status::Rejected, Status::Suspended]).await, [102, 103, 105]);
    assert_eq!(by(&Status::ALL).await, [100, 101, 102, 103, 104, 105]);
}

pub async fn a_list_narrows_by_label(store: &dyn Store) {
    let with = |number, words: [&'static str; 2]| {
        made_with(number, acme(), |draft| draft.metadata.labels = labels(words))
    };
    let first = with(100, ["winter", "sale"]);
    creatives(store, &[first.clone(), with(101, ["summer", "sale"]), made(102, acme())]).await;
    let by = async |label| {
        let label = labels([label]).first().cloned();
        listed(store, &CreativeFilter { label, ..any() }).await
    };
    assert_eq!(by("sale").await, [100, 101]);
    assert_eq!(by("winter").await, [100]);
    assert_eq!(by("Winter").await, []);
    assert_eq!(by("win").await, []);
    let mut metadata = first.creative.metadata.clone();
    metadata.labels = labels(["summer"]);
    let stamp = stamp(&first.creative, 200);
    let change = first.creative.amend(metadata, stamp).expect("it differs");
    applied(store, change, Some(&first.revision)).await;
    assert_eq!(by("sale").await, [101]);
    assert_eq!(by("summer").await, [100, 101]);
}

pub async fn a_list_narrows_by_when_it_was_made_and_when_it_changed(store: &dyn Store) {
    let all: Vec<Made> = (100..104).map(|number| made(number, acme())).collect();
    creatives(store, &all).await;
    applied(store, renames(all[1].creative.clone(), "Later", 300), Some(&all[1].revision)).await;
    let window =
        |from: Option<i64>, until: Option<i64>| Window::new(from.map(at), until.map(at)).expect("a window");
    let made =
        async |from, until| listed(store, &CreativeFilter { created: window(from, until), ..any() }).await;
    assert_eq!(made(Some(101), Some(103)).await, [101, 102], "its beginning lies inside, its end does not");
    assert_eq!(made(Some(102), None).await, [102, 103]);
    assert_eq!(made(None, Some(101)).await, [100]);
    let changed =
        async |from, until| listed(store, &CreativeFilter { updated: window(from, until), ..any() }).await;
    assert_eq!(changed(Some(300), None).await, [101]);
    assert_eq!(changed(None, Some(300)).await, [100, 102, 103]);
    assert_eq!(changed(Some(301), None).await, []);
}

pub async fn everything_that_is_asked_of_a_list_must_hold(store: &dyn Store) {
    accounts(store).await;
    let with = |number, label, concept: Option<u32>, formats: [&'static str; 1]| {
        made_of(number, acme(), manifest_for(number, formats), |draft| {
            draft.metadata.labels = labels([label]);
            draft.metadata.concept = concept.map(|concept| ConceptId::new(uuid(concept)));
            draft.metadata.name = name("Holiday sale");
        })
    };
    let mut work = writing(store).await;
    work.tenancy().insert_concept(&concept(50, acme())).await.expect("a concept");
    for made in [
        with(100, "winter", Some(50), ["box"]),
        with(101, "summer", Some(50), ["box"]),
        with(102, "winter", None, ["box"]),
        with(103, "winter", Some(50), ["tower"]),
        with(104, "winter", Some(50), ["box"]),
    ] {
        keep(work.as_mut(), &made).await;
    }
    commit(work).await;
    let asked = CreativeFilter {
        concept: Some(ConceptId::new(uuid(50))),
        kind: Some(Kind::Image),
        format: Some(format("box")),
        statuses: vec![Status::Processing, Status::Approved],
        label: labels(["winter"]).first().cloned(),
        created: Window::new(Some(at(100)), Some(at(200))).expect("a window"),
        updated: Window::new(Some(at(100)), Some(at(200))).expect("a window"),
        terms: query_terms("holi sale").expect("a query"),
    };
    for by in [SortBy::Created, SortBy::Updated, SortBy::Name] {
        assert_eq!(listed_in(store, &asked, Sort { by, descending: false }).await, [100, 104]);
        assert_eq!(listed_in(store, &asked, Sort { by, descending: true }).await, [104, 100]);
    }
    let late = CreativeFilter { created: Window::new(Some(at(104)), None).expect("a window"), ..asked };
    assert_eq!(listed(store, &late).await, [104]);
}

pub async fn a_list_is_in_the_order_asked_for(store: &dyn Store) {
    let named = |number, title| made_with(number, acme(), |draft| draft.metadata.name = name(title));
    let all = [
        named(100, "banana"),
        named(101, "Äpfel"),
        named(102, "apple"),
        named(103, "Banana"),
        named(104, "Zebra"),
        named(105, "中文"),
        named(106, "10"),
        named(107, "🎄"),
    ];
    creatives(store, &all).await;
    applied(store, renames(all[3].creative.clone(), "BANANA", 500), Some(&all[3].revision)).await;
    let by = async |by, descending| listed_in(store, &any(), Sort { by, descending }).await;
    assert_eq!(by(SortBy::Created, false).await, [100, 101, 102, 103, 104, 105, 106, 107]);
    assert_eq!(by(SortBy::Updated, false).await, [100, 101, 102, 104, 105, 106, 107, 103]);
    // By code point of the folded form, the id among equals: no database's own collation.
    let in_order = [106, 101, 102, 100, 103, 104, 105, 107];
    assert_eq!(by(SortBy::Name, false).await, in_order);
    for sort in [SortBy::Created, SortBy::Updated, SortBy::Name] {
        let mut upwards = by(sort, false).await;
        upwards.reverse();
        assert_eq!(by(sort, true).await, upwards);
    }
}

pub async fn an_empty_list_is_one_empty_page(store: &dyn Store) {
    accounts(store).await;
    for account in [acme(), other()] {
        let sort = Sort { by: SortBy::Updated, descending: true };
        let page = page_of(store, account, &any(), sort, &first(1)).await;
        assert!(page.items.is_empty() && page.next.is_none());
    }
}
