//! Creatives: put in, changed, put away; and what is refused.

use std::collections::BTreeSet;

use creativestore_domain::access::{Actor, Permission};
use creativestore_domain::creative::Labels;
use creativestore_domain::id::ConceptId;
use creativestore_domain::manifest::{Asset, AssetKind, Kind, Manifest, Source};
use creativestore_domain::patch::Patch;
use creativestore_domain::review::Decision;
use creativestore_domain::revision::RevisionState;
use creativestore_domain::states::{Reason, Refused, Status};
use creativestore_domain::text::{ExternalId, Label};
use creativestore_usecases::creatives::{self, Amend, Upsert, Upserted};
use creativestore_usecases::{Caller, Failure, reviews};

use crate::world::{
    World, create, decision_on, first_page, manifest_of, metadata, name, no, picture_of, with_role,
};

fn fields(told: Failure) -> Vec<String> {
    let Failure::Invalid(fields) = told else { panic!("not a wrong field: {told:?}") };
    fields.into_iter().map(|field| field.pointer).collect()
}

fn upsert(title: &str, manifest: Manifest) -> Upsert {
    let external_id = ExternalId::parse("theirs-1").expect("an id");
    Upsert { external_id, metadata: metadata(title), manifest }
}

#[tokio::test]
async fn a_creative_goes_from_processing_over_review_to_approved() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let creative = world.creative(&caller, "image 300x250").await;
    assert_eq!(creative.status(), Status::Processing);
    assert!(creatives::checks(inside, &caller, creative.id, no(1)).await.expect("a look").is_none());
    world.work_all().await;
    let run = creatives::checks(inside, &caller, creative.id, no(1)).await.expect("a look").expect("a run");
    assert_eq!(run.reports.len(), 2, "integrity, then the one format");
    assert_eq!(reviews::queue(inside, &caller, &first_page()).await.expect("a queue").items.len(), 1);
    let creative = world.decide(&caller, creative.id, 1, Decision::Approve).await;
    assert_eq!(creative.status(), Status::Approved);
    assert_eq!(creative.active, Some(creative.newest));
    let seen = creatives::revision(inside, &caller, creative.id, None).await.expect("a revision");
    assert_eq!(seen.reviews.len(), 1);
    assert_eq!(seen.reviews[0].reason, Reason::ReviewPassed);
    assert_eq!(seen.reviews[0].hash, creative.newest.hash);
}

#[tokio::test]
async fn what_fails_a_hard_check_is_rejected_and_can_be_mended_by_a_revision() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let creative = world.creative(&caller, "image 728x90").await;
    world.work_all().await;
    let rejected = creatives::get(inside, &caller, creative.id).await.expect("a creative");
    assert_eq!(rejected.status(), Status::Rejected);
    let right = picture_of(world.upload(&caller, "image 300x250").await);
    let revised =
        creatives::revise(inside, &caller, creative.id, right, None).await.expect("a revision").value;
    assert!(revised.added && revised.revision.parent == Some(no(1)));
    world.work_all().await;
    let mended = creatives::get(inside, &caller, creative.id).await.expect("a creative");
    assert_eq!(mended.status(), Status::PendingReview);
}

#[tokio::test]
async fn invariant_4_same_external_id_and_content_is_unchanged_and_makes_no_event() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let manifest = picture_of(world.upload(&caller, "image 300x250").await);
    let (first, _, done) =
        creatives::upsert(inside, &caller, upsert("One", manifest.clone()), None).await.expect("made");
    assert_eq!(done, Upserted::Created);
    let before = world.everything().await;
    let (again, revision, done) =
        creatives::upsert(inside, &caller, upsert("One", manifest.clone()), None).await.expect("the same");
    assert_eq!((done, &again, revision.no), (Upserted::Unchanged, &first, no(1)));
    assert_eq!(world.everything().await, before);
    let revised = creatives::revise(inside, &caller, first.id, manifest, None).await.expect("the same").value;
    assert!(!revised.added);
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn an_upsert_tells_what_it_changed() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let sha256 = world.upload(&caller, "image 300x250").await;
    let (first, second) = (picture_of(sha256), manifest_of(sha256, [], "https://acme.example/"));
    let steps = [
        (upsert("One", first.clone()), Upserted::Created, 1),
        (upsert("Two", first), Upserted::Changed { revision: false, metadata: true }, 2),
        (upsert("Two", second.clone()), Upserted::Changed { revision: true, metadata: false }, 3),
        (upsert("Two", second), Upserted::Unchanged, 3),
    ];
    for (request, expected, events) in steps {
        let (_, _, done) = creatives::upsert(inside, &caller, request, None).await.expect("an upsert");
        assert_eq!(done, expected);
        assert_eq!(world.count("events").await, events);
    }
    let third = upsert("Three", manifest_of(sha256, [], "https://acme.example/3"));
    let (creative, _, _) = creatives::upsert(inside, &caller, third, Some(2)).await.expect("both at once");
    assert_eq!(world.count("events").await, 5, "one for the metadata, one for the revision");
    assert_eq!((creative.version, creative.newest.no), (3, no(3)));
}

#[tokio::test]
async fn metadata_changes_make_no_revision_and_ask_for_the_version_that_was_seen() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let creative = world.approved(&caller, "image 300x250").await;
    let labels: Labels = [Label::parse("summer").expect("a label")].into_iter().collect();
    let amend = Amend { name: Some(name("New")), labels: Patch::Value(labels), ..Amend::default() };
    let amended =
        creatives::amend(inside, &caller, creative.id, Some(1), amend.clone()).await.expect("amended");
    assert_eq!((amended.version, amended.newest, amended.status()), (2, creative.newest, Status::Approved));
    let stale = creatives::amend(inside, &caller, creative.id, Some(1), amend.clone()).await;
    assert!(matches!(stale, Err(Failure::Stale { current: 2 })));
    let before = world.everything().await;
    let same = creatives::amend(inside, &caller, creative.id, Some(2), amend).await.expect("the same");
    assert_eq!(same, amended);
    assert_eq!(world.everything().await, before);
    let stale = creatives::upsert(
        inside,
        &caller,
        upsert("One", picture_of(world.upload(&caller, "image 300x250").await)),
        Some(4),
    );
    assert!(stale.await.is_err(), "a version of what is not there is not there either");
}

#[tokio::test]
async fn a_manifest_that_refers_to_what_is_not_there_is_told_everything_at_once() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let never = creativestore_domain::hash::Sha256::of(b"never uploaded");
    let before = world.everything().await;
    let mut request = create("One", manifest_of(never, ["no_such_format"], "https://acme.example/"));
    request.metadata.concept = Some(ConceptId::new(uuid::Uuid::from_u128(1)));
    let told = creatives::create(inside, &caller, request, None).await.expect_err("refused");
    assert_eq!(fields(told), ["/manifest/formats/0", "/manifest/assets/image/blob", "/concept"]);
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn a_format_of_another_kind_and_content_of_another_kind_are_refused() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let creative = world.creative(&caller, "image 300x250").await;
    let html = Asset { kind: AssetKind::Html, source: Source::Inline("<b>ad</b>".into()) };
    let tag = |formats| {
        Manifest::new(
            Kind::DisplayTag,
            formats,
            [("tag".to_owned(), html.clone())].into(),
            None,
            BTreeSet::new(),
        )
        .expect("a manifest")
    };
    let told = creatives::revise(inside, &caller, creative.id, tag(BTreeSet::new()), None).await;
    assert_eq!(fields(told.expect_err("refused")), ["/kind"]);
    let formats = picture_of(creative.newest.hash).formats().clone();
    let told = creatives::create(inside, &caller, create("Tag", tag(formats)), None).await;
    assert_eq!(fields(told.expect_err("refused")), ["/manifest/formats/0"]);
}

#[tokio::test]
async fn an_external_id_is_unique_in_its_account_and_free_in_others() {
    let world = World::new().await;
    for (caller, taken) in [(world.acme(), false), (world.acme(), true), (world.other(), false)] {
        let mut request = create("One", picture_of(world.upload(&caller, "image 300x250").await));
        request.external_id = Some(ExternalId::parse("theirs-1").expect("an id"));
        let told = creatives::create(&world.inside, &caller, request, None).await;
        assert_eq!(matches!(told, Err(Failure::Exists("creative"))), taken);
    }
}

#[tokio::test]
async fn invariant_9_a_decision_names_the_revision_it_saw() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let creative = world.creative(&caller, "image 300x250").await;
    world.work_all().await;
    let second = manifest_of(world.upload(&caller, "image 300x250").await, [], "https://acme.example/2");
    creatives::revise(inside, &caller, creative.id, second, None).await.expect("a revision");
    world.work_all().await;
    let before = world.everything().await;
    let late = reviews::decide(inside, &caller, decision_on(creative.id, 1, Decision::Approve), None).await;
    assert!(matches!(late, Err(Failure::Refused(Refused::Superseded { asked: 1, newest: 2 }))));
    assert_eq!(world.everything().await, before);
    let seen = creatives::revision(inside, &caller, creative.id, Some(no(1))).await.expect("a revision");
    assert_eq!(seen.revision.state, RevisionState::Superseded);
}

#[tokio::test]
async fn a_rejection_says_why() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let creative = world.creative(&caller, "image 300x250").await;
    world.work_all().await;
    let mut silent = decision_on(creative.id, 1, Decision::Reject);
    silent.reason = None;
    assert_eq!(
        fields(reviews::decide(inside, &caller, silent, None).await.expect_err("refused")),
        ["/reason_code"]
    );
    let mut odd = decision_on(creative.id, 1, Decision::Reject);
    odd.reason = Some(Reason::LegalErasure);
    let told = reviews::decide(inside, &caller, odd, None).await;
    assert!(matches!(told, Err(Failure::Refused(Refused::Reason { .. }))));
}

#[tokio::test]
async fn a_rejected_staged_revision_leaves_the_active_one_alone() {
    let world = World::new().await;
    let (inside, caller) = (&world.inside, world.acme());
    let creative = world.approved(&caller, "image 300x250").await;
    let second = manifest_of(world.upload(&caller, "image 300x250").await, [], "https://acme.example/2");
    creatives::revise(inside, &caller, creative.id, second, None).await.expect("a revision");
    world.work_all().await;
    let rejected = world.decide(&caller, creative.id, 2, Decision::Reject).await;
    assert_eq!((rejected.status(), rejected.active), (Status::Approved, creative.active));
    let resubmitted =
        creatives::resubmit(inside, &caller, creative.id, None, None).await.expect("again").value;
    assert_eq!(resubmitted.newest_state, RevisionState::Processing);
    world.work_all().await;
    let promoted = world.decide(&caller, creative.id, 2, Decision::Approve).await;
    assert_eq!(promoted.active, Some(promoted.newest));
}

#[tokio::test]
async fn an_archived_creative_comes_out_as_it_was_or_into_review_when_its_format_changed() {
    let mut world = World::new().await;
    let caller = world.acme();
    let creative = world.approved(&caller, "image 300x250").await;
    let away =
        creatives::archive(&world.inside, &caller, creative.id, None, None, None).await.expect("away").value;
    assert_eq!(away.status(), Status::Archived);
    let twice = creatives::archive(&world.inside, &caller, creative.id, None, None, None).await;
    assert!(matches!(twice, Err(Failure::Refused(Refused::Step { .. }))));
    let out = creatives::unarchive(&world.inside, &caller, creative.id, None, None).await.expect("out").value;
    assert_eq!(out.status(), Status::Approved);

    creatives::archive(&world.inside, &caller, creative.id, None, None, None).await.expect("away");
    world.with_newer_format();
    let out = creatives::unarchive(&world.inside, &caller, creative.id, None, None).await.expect("out").value;
    assert_eq!(out.status(), Status::PendingReview);
    // Checked by the rules of today, so that the next time out of the archive is as it was.
    world.decide(&caller, creative.id, 1, Decision::Approve).await;
    creatives::archive(&world.inside, &caller, creative.id, None, None, None).await.expect("away");
    let out = creatives::unarchive(&world.inside, &caller, creative.id, None, None).await.expect("out").value;
    assert_eq!(out.status(), Status::Approved);
}

#[tokio::test]
async fn invariant_11_the_system_does_not_archive_what_is_assigned() {
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.approved(&caller, "image 300x250").await;
    crate::delivery::assign(&world, &caller, creative.id).await.expect("assigned");
    let system = Caller { named: Some(world.acme), ..Caller::system() };
    assert_eq!(system.actor, Actor::System);
    let told = creatives::archive(&world.inside, &system, creative.id, None, None, None).await;
    assert!(matches!(told, Err(Failure::Refused(Refused::Assigned))));
    creatives::archive(&world.inside, &caller, creative.id, None, None, None).await.expect("the owner may");
}

#[tokio::test]
async fn a_viewer_is_told_what_it_takes() {
    let world = World::new().await;
    let viewer = with_role(world.acme, creativestore_domain::access::Role::Viewer);
    let creative = world.approved(&world.acme(), "image 300x250").await;
    let told = creatives::archive(&world.inside, &viewer, creative.id, None, None, None).await;
    assert!(matches!(told, Err(Failure::Forbidden(Permission::Write))));
}
