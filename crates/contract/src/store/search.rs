//! Finding creatives by words: the same ids in the same order on every store.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use creativestore_domain::search::query_terms;
use creativestore_ports::creatives::{CreativeFilter, Sort, SortBy};
use creativestore_ports::store::Store;

use super::listing::listed_in;
use crate::given::{
    acme, applied, creatives, external_id, labels, made_of, made_with, name, native, renames, revised, stamp,
};

/// What a query finds, by name.
async fn found(store: &dyn Store, query: &str) -> Vec<u32> {
    let terms = query_terms(query).expect("a query");
    let sort = Sort { by: SortBy::Name, descending: false };
    listed_in(store, &CreativeFilter { terms, ..CreativeFilter::default() }, sort).await
}

async fn named(store: &dyn Store, names: &[(u32, &str)]) {
    let made =
        |(number, title): &(u32, &str)| made_with(*number, acme(), |draft| draft.metadata.name = name(title));
    creatives(store, &names.iter().map(made).collect::<Vec<_>>()).await;
}

pub async fn words_are_found_by_their_beginning_whatever_their_case(store: &dyn Store) {
    let names =
        [(100, "Holiday Campaign 2026"), (101, "holidays"), (102, "The Holy Day"), (103, "Sale 2026")];
    named(store, &names).await;
    assert_eq!(found(store, "HOLIDAY").await, [100, 101]);
    assert_eq!(found(store, "hol").await, [100, 101, 102]);
    assert_eq!(found(store, "20").await, [100, 103]);
    assert_eq!(found(store, "day").await, [102], "the end of a word is not its beginning");
    assert_eq!(found(store, "camp 2026").await, [100], "all of them, in any order");
    assert_eq!(found(store, "2026 camp").await, [100]);
    assert_eq!(found(store, "holiday sale").await, []);
    assert_eq!(found(store, "holidayz").await, []);
}

pub async fn accents_and_width_do_not_matter(store: &dyn Store) {
    named(store, &[(100, "Café Größe"), (101, "CAFE"), (102, "ＣＡＦＥ"), (103, "Ångström"), (104, "Cafhé")])
        .await;
    for query in ["cafe", "CAFÉ", "ｃａｆｅ", "cafe\u{301}"] {
        assert_eq!(found(store, query).await, [101, 102, 100], "{query}");
    }
    assert_eq!(found(store, "grosse").await, [100]);
    assert_eq!(found(store, "angstrom").await, [103]);
}

pub async fn chinese_japanese_and_korean_are_found_by_any_run(store: &dyn Store) {
    let names = [
        (100, "双十一大促"),
        (101, "春のキャンペーン"),
        (102, "여름세일"),
        (103, "ナイキNike广告"),
        (104, "大双十"),
    ];
    named(store, &names).await;
    assert_eq!(found(store, "十一").await, [100]);
    assert_eq!(found(store, "双十").await, [100, 104]);
    assert_eq!(found(store, "促").await, [100]);
    assert_eq!(found(store, "大").await, [100, 104]);
    assert_eq!(found(store, "キャンペーン").await, [101]);
    assert_eq!(found(store, "세일").await, [102]);
    assert_eq!(found(store, "nike 广告").await, [103]);
    assert_eq!(found(store, "大十").await, [], "in another order it is another run");
}

pub async fn marks_that_a_database_reads_as_patterns_find_nothing_more(store: &dyn Store) {
    named(store, &[(100, "a_b 100%"), (101, "acb 1000"), (102, "a*b [c] 'd'")]).await;
    assert_eq!(found(store, "100%").await, [100, 101]);
    assert_eq!(found(store, "a_b").await, [102, 100]);
    assert_eq!(found(store, "'d'").await, [102]);
    assert_eq!(found(store, "a%").await, [102, 100, 101]);
}

pub async fn labels_external_ids_and_texts_are_found_as_well(store: &dyn Store) {
    let labelled = made_with(100, acme(), |draft| draft.metadata.labels = labels(["Autumn sale"]));
    let theirs = made_with(101, acme(), |draft| draft.external_id = Some(external_id("ACME-77/x")));
    let text = made_of(102, acme(), native(102, "Komm in den Garten"), |_| {});
    creatives(store, &[labelled, theirs, text]).await;
    assert_eq!(found(store, "autumn").await, [100]);
    assert_eq!(found(store, "acme 77").await, [101]);
    assert_eq!(found(store, "garten").await, [102]);
    assert_eq!(found(store, "creative autumn").await, [100], "its words may stand in different texts");
}

pub async fn a_creative_is_found_by_what_it_says_now(store: &dyn Store) {
    let text = made_of(100, acme(), native(100, "Old words"), |_| {});
    creatives(store, std::slice::from_ref(&text)).await;
    let (now, newest) = revised(store, text.creative, native(100, "New words"), 200).await;
    assert_eq!(found(store, "old").await, []);
    assert_eq!(found(store, "new words").await, [100]);
    let now = applied(store, renames(now, "Renamed", 201), Some(&newest)).await;
    assert_eq!(found(store, "creative").await, []);
    assert_eq!(found(store, "renamed new").await, [100]);
    // A step that changes no word leaves the words alone.
    let stamp = stamp(&now, 202);
    applied(store, now.inspected(newest.no, true, stamp).expect("in processing"), None).await;
    assert_eq!(found(store, "renamed new").await, [100]);
}

pub async fn what_is_found_comes_in_the_order_asked_for(store: &dyn Store) {
    let names =
        [(100, "sale d"), (101, "sale b"), (102, "other"), (103, "sale c"), (104, "Sale A"), (105, "salé e")];
    named(store, &names).await;
    let terms = query_terms("sal").expect("a query");
    let filter = CreativeFilter { terms, ..CreativeFilter::default() };
    let sorted = async |by, descending| listed_in(store, &filter, Sort { by, descending }).await;
    assert_eq!(sorted(SortBy::Name, false).await, [104, 101, 103, 100, 105]);
    assert_eq!(sorted(SortBy::Name, true).await, [105, 100, 103, 101, 104]);
    assert_eq!(sorted(SortBy::Created, true).await, [105, 104, 103, 101, 100]);
    assert_eq!(sorted(SortBy::Updated, false).await, [100, 101, 103, 104, 105]);
}
