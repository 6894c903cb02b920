//! Assignments.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use creativestore_domain::assignment::{Assignment, Weight};
use creativestore_domain::id::AssignmentId;
use creativestore_domain::time::Window;
use creativestore_ports::creatives::AssignmentFilter;
use creativestore_ports::store::{Store, StoreError};

use crate::given::{
    acme, all_pages, assignment, at, commit, creatives, made, package, peeking, uuid, writing,
};

async fn keep(store: &dyn Store, all: &[Assignment]) {
    let mut work = writing(store).await;
    for assignment in all {
        work.assignments().insert(assignment).await.expect("a new assignment");
    }
    commit(work).await;
}

async fn end(store: &dyn Store, id: AssignmentId, seconds: i64) -> Result<(), StoreError> {
    let mut work = writing(store).await;
    work.assignments().end(acme(), id, at(seconds)).await?;
    work.commit().await
}

pub async fn an_assignment_reads_back_as_it_was_written(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, std::slice::from_ref(&first)).await;
    let bare = assignment(1, &first.creative, "package 1");
    let full = Assignment {
        media_buy: Some(package("buy 'ü' %_")),
        weight: Weight::new(10_000).expect("a weight"),
        flight: Window::new(Some(at(1)), Some(at(2))).expect("a window"),
        ended_at: Some(at(3)),
        ..assignment(2, &first.creative, "package 2")
    };
    keep(store, &[bare.clone(), full.clone()]).await;
    for assignment in [bare, full] {
        let read = peeking(store).await.assignments().get(acme(), assignment.id).await.expect("read");
        assert_eq!(read, Some(assignment));
    }
    let unknown = AssignmentId::new(uuid(3));
    assert_eq!(peeking(store).await.assignments().get(acme(), unknown).await.expect("read"), None);
}

pub async fn a_creative_is_in_use_once_in_a_package_and_again_after_it_ended(store: &dyn Store) {
    let (first, second) = (made(100, acme()), made(101, acme()));
    creatives(store, &[first.clone(), second.clone()]).await;
    keep(store, &[assignment(1, &first.creative, "package")]).await;
    let again = assignment(2, &first.creative, "package");
    let twice = writing(store).await.assignments().insert(&again).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))), "{twice:?}");
    // Another package, and another creative in the same one, are something else.
    keep(store, &[assignment(3, &first.creative, "another"), assignment(4, &second.creative, "package")])
        .await;
    end(store, AssignmentId::new(uuid(1)), 300).await.expect("it ends");
    keep(store, &[again]).await;
}

pub async fn an_assignment_ends_once_and_keeps_when(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, std::slice::from_ref(&first)).await;
    let one = assignment(1, &first.creative, "package");
    keep(store, std::slice::from_ref(&one)).await;
    let in_use = async || {
        peeking(store).await.assignments().any_in_use(acme(), first.creative.id).await.expect("read")
    };
    assert!(in_use().await);
    end(store, one.id, 300).await.expect("it ends");
    assert!(!in_use().await);
    for id in [one.id, AssignmentId::new(uuid(9))] {
        let again = end(store, id, 400).await;
        assert!(matches!(again, Err(StoreError::Stale)), "{again:?}");
    }
    let read = peeking(store).await.assignments().get(acme(), one.id).await.expect("read");
    assert_eq!(read, Some(Assignment { ended_at: Some(at(300)), ..one }));
}

pub async fn assignments_come_newest_first_and_narrow_by_creative_package_buy_and_use(store: &dyn Store) {
    let (first, second) = (made(100, acme()), made(101, acme()));
    creatives(store, &[first.clone(), second.clone()]).await;
    keep(
        store,
        &[
            assignment(4, &second.creative, "b"),
            assignment(1, &first.creative, "a"),
            assignment(3, &second.creative, "a"),
            Assignment { media_buy: Some(package("buy")), ..assignment(2, &first.creative, "b") },
            assignment(5, &second.creative, "c"),
        ],
    )
    .await;
    end(store, AssignmentId::new(uuid(3)), 300).await.expect("it ends");
    let listed = async |filter: AssignmentFilter| {
        let listed = all_pages(2, async |page| {
            peeking(store).await.assignments().list(acme(), &filter, &page).await.expect("a page")
        });
        listed.await.into_iter().map(|it| it.id).collect::<Vec<_>>()
    };
    let ids = |numbers: &[u32]| numbers.iter().map(|n| AssignmentId::new(uuid(*n))).collect::<Vec<_>>();
    let any = AssignmentFilter::default;
    let (creative, in_package) = (Some(second.creative.id), Some(package("a")));
    assert_eq!(listed(any()).await, ids(&[5, 4, 3, 2, 1]));
    assert_eq!(listed(AssignmentFilter { creative, ..any() }).await, ids(&[5, 4, 3]));
    assert_eq!(listed(AssignmentFilter { package: in_package.clone(), ..any() }).await, ids(&[3, 1]));
    assert_eq!(listed(AssignmentFilter { in_use: true, ..any() }).await, ids(&[5, 4, 2, 1]));
    let media_buy = Some(package("buy"));
    assert_eq!(listed(AssignmentFilter { media_buy: media_buy.clone(), ..any() }).await, ids(&[2]));
    let all = AssignmentFilter { creative, package: in_package, media_buy, in_use: true };
    assert_eq!(listed(all).await, []);
}

pub async fn the_same_creative_put_to_use_twice_at_once_is_in_use_once(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, std::slice::from_ref(&first)).await;
    let assign = async |number| {
        let mut work = writing(store).await;
        match work.assignments().insert(&assignment(number, &first.creative, "package")).await {
            Ok(()) => work.commit().await.is_ok(),
            Err(StoreError::Duplicate(_)) => false,
            Err(error) => panic!("{error}"),
        }
    };
    let made = futures_util::future::join_all((1..=6).map(assign)).await;
    assert_eq!(made.into_iter().filter(|made| *made).count(), 1);
}
