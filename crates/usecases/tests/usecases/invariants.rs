//! The invariants of the design that need several use cases to be seen, each by its number. Those that live in one
//! verb are tested beside it.

use creativestore_domain::assignment::Weight;
use creativestore_domain::check::{Check, CheckRun, Outcome, Report};
use creativestore_domain::creative::Creative;
use creativestore_domain::deliverable::NotDeliverable;
use creativestore_domain::format::FormatId;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::CheckRunId;
use creativestore_domain::patch::Patch;
use creativestore_domain::review::Decision;
use creativestore_domain::revision::{Revision, RevisionState};
use creativestore_domain::tag::{Click, Macros};
use creativestore_domain::text::ExternalRef;
use creativestore_domain::time::Window;
use creativestore_ports::store::Intent;
use creativestore_usecases::creatives::Amend;
use creativestore_usecases::tags::Render;
use creativestore_usecases::{
    Caller, Failure, IdempotencyKey, assignments, blobs, concepts, creatives, reviews, tags,
};
use futures_util::TryStreamExt;
use futures_util::future::{join, join_all};
use uuid::Uuid;

use crate::verbs::NoLinks;
use crate::world::{BOX, World, create, decision_on, manifest_of, name, no, picture_of};

async fn revision(world: &World, caller: &Caller, creative: &Creative, number: u32) -> Revision {
    let seen = creatives::revision(&world.inside, caller, creative.id, Some(no(number))).await;
    seen.expect("a revision").revision
}

#[tokio::test]
async fn invariant_1_a_revision_and_its_bytes_are_the_same_whatever_happens_to_the_creative() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let creative = world.creative(&caller, "image 300x250").await;
    let first = revision(&world, &caller, &creative, 1).await;
    let unchanged = async |state| {
        assert_eq!(revision(&world, &caller, &creative, 1).await, Revision { state, ..first.clone() });
        for sha256 in first.manifest.blobs() {
            let (_, stream) = blobs::open(inside, &caller, sha256, None).await.expect("bytes");
            let pieces: Vec<_> = stream.try_collect().await.expect("all of them");
            assert_eq!(pieces.concat(), b"image 300x250");
        }
    };
    world.work_all().await;
    unchanged(RevisionState::PendingReview).await;
    world.decide(&caller, creative.id, 1, Decision::Approve).await;
    unchanged(RevisionState::Approved).await;
    let amend = Amend { name: Some(name("Renamed")), rights: Patch::Null, ..Amend::default() };
    creatives::amend(inside, &caller, creative.id, None, amend).await.expect("amended");
    unchanged(RevisionState::Approved).await;
    let second = manifest_of(world.upload(&caller, "image 300x250").await, [], "https://acme.example/2");
    creatives::revise(inside, &caller, creative.id, second.clone(), None).await.expect("a revision");
    unchanged(RevisionState::Approved).await;
    world.work_all().await;
    world.decide(&caller, creative.id, 2, Decision::Approve).await;
    creatives::archive(inside, &caller, creative.id, None, None, None).await.expect("away");
    unchanged(RevisionState::Approved).await;
    assert_eq!(revision(&world, &caller, &creative, 2).await.manifest, second);
}

#[tokio::test]
async fn invariant_2_an_approval_is_of_the_hash_that_was_seen_and_other_content_needs_its_own() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let creative = world.creative(&caller, "image 300x250").await;
    let content = revision(&world, &caller, &creative, 1).await.manifest;
    world.work_all().await;
    let decision = decision_on(creative.id, 1, Decision::Approve);
    let (review, approved) =
        reviews::decide(inside, &caller, decision, None).await.expect("a decision").value;
    assert_eq!((review.revision, review.hash), (no(1), content.canonical_hash()));
    assert_eq!(approved.active.map(|active| active.hash), Some(review.hash));
    // Other content, and then the approved content once more: each waits for a decision of its own.
    let sha256 = world.upload(&caller, "image 300x250").await;
    for (number, content) in [(2, manifest_of(sha256, [], "https://acme.example/2")), (3, content)] {
        creatives::revise(inside, &caller, creative.id, content, None).await.expect("a revision");
        world.work_all().await;
        let now = creatives::get(inside, &caller, creative.id).await.expect("a creative");
        assert_eq!((now.newest.no, now.newest_state), (no(number), RevisionState::PendingReview));
        assert_eq!(now.active.map(|active| active.no), Some(no(1)));
        let seen =
            creatives::revision(inside, &caller, creative.id, Some(no(number))).await.expect("a revision");
        assert!(seen.reviews.is_empty());
    }
}

/// Why a creative is not handed out: by assigning it, and by its tag.
async fn refusals(world: &World, creative: &Creative, target: Option<&str>) -> [Option<NotDeliverable>; 2] {
    let (inside, caller) = (&world.inside, world.acme());
    let format = target.map(|target| FormatId::parse(target).expect("a format id"));
    let render = Render {
        creative: creative.id,
        channel: None,
        assignment: None,
        format: format.clone(),
        macros: Macros::default(),
        click: Click::Universal,
    };
    let assign = assignments::Create {
        creative: creative.id,
        package: ExternalRef::parse("package").expect("a package"),
        media_buy: None,
        weight: Weight::DEFAULT,
        flight: Window::ALWAYS,
        format,
    };
    let told = [
        assignments::create(inside, &caller, assign, None).await.map(drop),
        tags::render(inside, &caller, render, &NoLinks).await.map(drop),
    ];
    told.map(|told| match told {
        Ok(()) => None,
        Err(Failure::NotDeliverable(why)) => Some(why),
        Err(other) => panic!("{other}"),
    })
}

/// Keeps a newer check run of revision 1, in which these reports failed.
async fn checked_again(world: &World, creative: &Creative, failed: &[Option<&str>]) {
    let at = world.inside.clock.now().plus(std::time::Duration::from_secs(1));
    let check = Check {
        rule: "dimensions".into(),
        outcome: Outcome::Failed,
        at: "assets/image".into(),
        found: "1x1".into(),
        allowed: "300x250".into(),
        source: "a test".into(),
        fix: String::new(),
    };
    let report = |named: Option<&str>| Report {
        format: named.map(|named| (FormatId::parse(named).expect("a format id"), 1)),
        checks: vec![check.clone()],
    };
    let reports = failed.iter().copied().map(report).collect();
    let run = CheckRun { id: CheckRunId::new(Uuid::from_u128(7)), at, checker: 1, reports };
    let mut work = world.inside.store.begin(Intent::Write).await.expect("a unit of work");
    work.revisions().insert_run(creative.account, creative.id, no(1), &run).await.expect("kept");
    work.commit().await.expect("committed");
}

#[tokio::test]
async fn invariant_3_what_is_not_deliverable_is_neither_assigned_nor_rendered() {
    for (failed, target, expected) in [
        (&[Some(BOX)] as &[_], Some(BOX), Some(NotDeliverable::Format(FormatId::parse(BOX).expect("an id")))),
        (&[Some(BOX)], None, Some(NotDeliverable::Checks)),
        (&[None], Some(BOX), Some(NotDeliverable::Checks)),
        (&[Some("another")], Some(BOX), None),
        (&[], None, None),
    ] {
        let world = World::new().await;
        let creative = world.approved(&world.acme(), "image 300x250").await;
        checked_again(&world, &creative, failed).await;
        let told = refusals(&world, &creative, target).await;
        assert_eq!(told, [expected.clone(), expected], "{failed:?} for {target:?}");
    }
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.approved(&caller, "image 300x250").await;
    let over = Window::new(None, Some(world.inside.clock.now())).expect("a window");
    let amend = Amend { rights: Patch::Value(over), ..Amend::default() };
    creatives::amend(&world.inside, &caller, creative.id, None, amend).await.expect("amended");
    assert_eq!(refusals(&world, &creative, None).await, [const { Some(NotDeliverable::Rights) }; 2]);
}

#[tokio::test]
async fn invariant_5_the_same_request_many_times_at_once_is_done_once() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let sha256: Sha256 = world.upload(&caller, "image 300x250").await;
    let key = IdempotencyKey::parse("one").expect("a key");
    let ask = async |_| {
        let request = create("First", picture_of(sha256));
        creatives::create(inside, &caller, request, Some(&key)).await.expect("made, or made before")
    };
    let all = join_all((0..5).map(ask)).await;
    assert_eq!(all.iter().filter(|done| !done.replayed).count(), 1);
    assert!(all.iter().all(|done| done.value == all[0].value));
    assert_eq!((world.count("creatives").await, world.count("events").await), (1, 1));
}

#[tokio::test]
async fn invariant_5_of_two_requests_with_one_key_at_once_one_is_a_conflict() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let key = IdempotencyKey::parse("one").expect("a key");
    let ask = async |title| concepts::create(inside, &caller, name(title), Some(&key)).await;
    let (first, second) = join(ask("First"), ask("Second")).await;
    let refused = [&first, &second].into_iter().filter(|it| matches!(it, Err(Failure::KeyReused))).count();
    assert_eq!((refused, world.count("concepts").await), (1, 1), "{first:?} {second:?}");
}
