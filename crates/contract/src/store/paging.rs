//! Pages by keyset: nothing is skipped and nothing repeated, whatever else changes between two pages.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use std::collections::BTreeSet;

use creativestore_domain::creative::Creative;
use creativestore_ports::creatives::{CreativeFilter, Sort, SortBy};
use creativestore_ports::page::{MAX_LIMIT, PageRequest, Position};
use creativestore_ports::store::Store;

use crate::given::{
    Made, accounts, acme, applied, commit, creative, creatives, first, keep, made, made_with, name, other,
    page_of, renames, writing,
};

const ORDERS: [Sort; 6] = [
    Sort { by: SortBy::Created, descending: false },
    Sort { by: SortBy::Created, descending: true },
    Sort { by: SortBy::Updated, descending: false },
    Sort { by: SortBy::Updated, descending: true },
    Sort { by: SortBy::Name, descending: false },
    Sort { by: SortBy::Name, descending: true },
];

async fn page(
    store: &dyn Store,
    sort: Sort,
    limit: u16,
    after: Option<Position>,
) -> (Vec<Creative>, Option<Position>) {
    let request = PageRequest { limit, after };
    let page = page_of(store, acme(), &CreativeFilter::default(), sort, &request).await;
    (page.items, page.next)
}

pub async fn a_last_page_that_is_full_names_no_next_one(store: &dyn Store) {
    let all: Vec<Made> = (100..104).map(|number| made(number, acme())).collect();
    creatives(store, &all).await;
    for sort in ORDERS {
        let (items, next) = page(store, sort, 2, None).await;
        assert_eq!(items.len(), 2);
        let (items, next) = page(store, sort, 2, Some(next.expect("there are two more"))).await;
        assert_eq!((items.len(), next), (2, None));
        let (items, next) = page(store, sort, MAX_LIMIT, None).await;
        assert_eq!((items.len(), next), (4, None));
    }
}

pub async fn the_id_decides_among_equals_and_no_page_loses_one_of_them(store: &dyn Store) {
    // All made and changed in the same moment, under one name.
    let same = |number| {
        let mut made = made_with(number, acme(), |draft| draft.metadata.name = name("Same"));
        (made.creative.created_at, made.creative.updated_at) = (crate::given::at(1), crate::given::at(1));
        made
    };
    let all: Vec<Made> = [107, 101, 105, 103, 106, 100, 104, 102].into_iter().map(same).collect();
    creatives(store, &all).await;
    for sort in ORDERS {
        for limit in [1, 3, 8] {
            let (mut numbers, mut after) = (Vec::new(), None);
            loop {
                let (items, next) = page(store, sort, limit, after).await;
                numbers.extend(items.iter().map(|creative| super::number(creative.id)));
                assert!(numbers.len() <= 8, "pages that go on for ever: {numbers:?}");
                match next {
                    None => break,
                    next => after = next,
                }
            }
            let mut expected: Vec<u32> = (100..108).collect();
            if sort.descending {
                expected.reverse();
            }
            assert_eq!(numbers, expected);
        }
    }
}

/// Deterministic disorder (xorshift).
struct Disorder(u32);

impl Disorder {
    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % end
    }
}

pub async fn what_stays_in_its_place_is_listed_once_while_others_come_and_move(store: &dyn Store) {
    accounts(store).await;
    let mut disorder = Disorder(0x5EED);
    let mut next_number = 1_000;
    for (round, sort) in (0..).zip(ORDERS) {
        let mut standing = BTreeSet::new();
        let mut moving = Vec::new();
        let mut work = writing(store).await;
        for _ in 0..24 {
            let number = next_number + disorder.below(3);
            next_number = number + 1;
            let title = format!("Name {}", disorder.below(5));
            let made = made_with(number, acme(), |draft| draft.metadata.name = name(&title));
            keep(work.as_mut(), &made).await;
            if disorder.below(3) == 0 {
                moving.push(made.creative.id);
            } else {
                standing.insert(number);
            }
        }
        commit(work).await;
        let mut seen = Vec::new();
        let mut after = None;
        let mut step = 0;
        loop {
            let (items, next) = page(store, sort, 3, after).await;
            seen.extend(items.iter().map(|creative| super::number(creative.id)));
            match next {
                None => break,
                next => after = next,
            }
            // Between two pages: one more comes, before, behind or at the cursor, and some move.
            step += 1;
            let title = format!("Name {}", disorder.below(5));
            let mut work = writing(store).await;
            next_number += 1;
            let newcomer = made_with(next_number, acme(), |draft| draft.metadata.name = name(&title));
            keep(work.as_mut(), &newcomer).await;
            commit(work).await;
            let moves = creative(
                store,
                moving[usize::try_from(disorder.below(u32::try_from(moving.len()).expect("few")))
                    .expect("few")],
            )
            .await;
            let title = format!("Moved {} {round} {step}", disorder.below(9));
            let revision = made(super::number(moves.id), acme()).revision;
            applied(store, renames(moves, &title, 100_000 + i64::from(next_number)), Some(&revision)).await;
            assert!(step < 500, "pages that go on for ever");
        }
        for number in standing {
            let times = seen.iter().filter(|seen| **seen == number).count();
            assert_eq!(times, 1, "creative {number}, which did not move, in {sort:?}");
        }
        next_number += 10;
    }
}

pub async fn a_place_outlives_the_row_that_it_was_taken_at(store: &dyn Store) {
    let all: Vec<Made> = (100..106).map(|number| made(number, acme())).collect();
    creatives(store, &all).await;
    let sort = Sort { by: SortBy::Name, descending: false };
    let (_, next) = page(store, sort, 2, None).await;
    // The row at the place goes to the end; those behind the place are where they were.
    applied(store, renames(all[1].creative.clone(), "Zzz", 300), Some(&all[1].revision)).await;
    let (items, _) = page(store, sort, 9, next).await;
    let numbers: Vec<u32> = items.iter().map(|creative| super::number(creative.id)).collect();
    assert_eq!(numbers, [102, 103, 104, 105, 101]);
}

pub async fn as_many_as_a_page_may_hold_fit_on_it(store: &dyn Store) {
    let last = 1_000 + u32::from(MAX_LIMIT);
    let all: Vec<Made> = (1_000..=last).map(|number| made(number, acme())).collect();
    creatives(store, &all).await;
    let (items, next) = page(store, ORDERS[0], MAX_LIMIT, None).await;
    assert_eq!(items.len(), usize::from(MAX_LIMIT));
    let (items, next) = page(store, ORDERS[0], MAX_LIMIT, Some(next.expect("there is one more"))).await;
    assert_eq!((items.len(), next), (1, None));
    let (filter, request) = (CreativeFilter::default(), first(MAX_LIMIT));
    let theirs = page_of(store, other(), &filter, ORDERS[0], &request).await;
    assert!(theirs.items.is_empty());
}
