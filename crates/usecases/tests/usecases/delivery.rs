//! Handing creatives out: assignments, tags, previews, files.

use std::time::Duration;

use creativestore_domain::assignment::{Assignment, Weight};
use creativestore_domain::creative::Creative;
use creativestore_domain::deliverable::NotDeliverable;
use creativestore_domain::facts::Recipe;
use creativestore_domain::format::FormatId;
use creativestore_domain::id::CreativeId;
use creativestore_domain::patch::Patch;
use creativestore_domain::review::Decision;
use creativestore_domain::states::Status;
use creativestore_domain::tag::{Channel, Click, Macros};
use creativestore_domain::text::ExternalRef;
use creativestore_domain::time::Window;
use creativestore_usecases::creatives::Amend;
use creativestore_usecases::tags::{Render, Rendered};
use creativestore_usecases::{
    Caller, Failure, IdempotencyKey, assets, assignments, blobs, checks, creatives, previews, tags,
};

use crate::verbs::NoLinks;
use crate::world::{BOX, World, manifest_of, no, picture_of, stream};

pub async fn assign_once(
    world: &World,
    caller: &Caller,
    creative: CreativeId,
    key: Option<&IdempotencyKey>,
) -> Result<Assignment, Failure> {
    let request = assignments::Create {
        creative,
        package: ExternalRef::parse("package-1").expect("a package"),
        media_buy: None,
        weight: Weight::DEFAULT,
        flight: Window::ALWAYS,
        format: None,
    };
    Ok(assignments::create(&world.inside, caller, request, key).await?.value)
}

pub async fn assign(world: &World, caller: &Caller, creative: CreativeId) -> Result<Assignment, Failure> {
    assign_once(world, caller, creative, None).await
}

async fn render(world: &World, caller: &Caller, creative: CreativeId) -> Result<Rendered, Failure> {
    let request = Render {
        creative,
        channel: None,
        assignment: None,
        format: None,
        macros: Macros::default(),
        click: Click::Universal,
    };
    tags::render(&world.inside, caller, request, &NoLinks).await
}

/// Both ways of handing out refuse for the same reason, and nothing is written.
async fn refused(world: &World, caller: &Caller, creative: &Creative) -> NotDeliverable {
    let before = world.everything().await;
    let Err(Failure::NotDeliverable(assigning)) = assign(world, caller, creative.id).await else {
        panic!("it can be assigned")
    };
    let Err(Failure::NotDeliverable(tagging)) = render(world, caller, creative.id).await else {
        panic!("it has a tag")
    };
    assert_eq!(assigning, tagging);
    assert_eq!(world.everything().await, before);
    assigning
}

#[tokio::test]
async fn invariant_11_assigning_what_has_no_deliverable_revision_is_refused_naming_why() {
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.creative(&caller, "image 300x250").await;
    assert_eq!(refused(&world, &caller, &creative).await, NotDeliverable::Status(Status::Processing));
    world.work_all().await;
    assert_eq!(refused(&world, &caller, &creative).await, NotDeliverable::Status(Status::PendingReview));
    world.decide(&caller, creative.id, 1, Decision::Reject).await;
    assert_eq!(refused(&world, &caller, &creative).await, NotDeliverable::Status(Status::Rejected));
    creatives::resubmit(&world.inside, &caller, creative.id, None, None).await.expect("again");
    world.work_all().await;
    world.decide(&caller, creative.id, 1, Decision::Approve).await;
    creatives::archive(&world.inside, &caller, creative.id, None, None, None).await.expect("away");
    assert_eq!(refused(&world, &caller, &creative).await, NotDeliverable::Status(Status::Archived));
    creatives::unarchive(&world.inside, &caller, creative.id, None, None).await.expect("out");
    let now = world.inside.clock.now();
    let over = Window::new(None, Some(now)).expect("a window");
    let amend = Amend { rights: Patch::Value(over), ..Amend::default() };
    creatives::amend(&world.inside, &caller, creative.id, None, amend).await.expect("amended");
    assert_eq!(refused(&world, &caller, &creative).await, NotDeliverable::Rights);
    let amend = Amend { rights: Patch::Null, ..Amend::default() };
    creatives::amend(&world.inside, &caller, creative.id, None, amend).await.expect("amended");
    assign(&world, &caller, creative.id).await.expect("assigned");
}

#[tokio::test]
async fn rights_that_begin_later_allow_assigning_and_no_tag_yet() {
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.approved(&caller, "image 300x250").await;
    let tomorrow = world.inside.clock.now().plus(Duration::from_hours(24));
    let rights = Window::new(Some(tomorrow), None).expect("a window");
    let amend = Amend { rights: Patch::Value(rights), ..Amend::default() };
    creatives::amend(&world.inside, &caller, creative.id, None, amend).await.expect("amended");
    assign(&world, &caller, creative.id).await.expect("assigned");
    let early = render(&world, &caller, creative.id).await;
    assert!(matches!(early, Err(Failure::NotDeliverable(NotDeliverable::Rights))));
    world.pass(Duration::from_hours(24));
    render(&world, &caller, creative.id).await.expect("a tag");
}

#[tokio::test]
async fn a_creative_is_in_use_once_in_a_package_and_again_after_it_ended() {
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.approved(&caller, "image 300x250").await;
    let first = assign(&world, &caller, creative.id).await.expect("assigned");
    assert!(matches!(assign(&world, &caller, creative.id).await, Err(Failure::Exists("assignment"))));
    let ended = assignments::end(&world.inside, &caller, first.id).await.expect("ended");
    let before = world.everything().await;
    world.pass(Duration::from_secs(1));
    let again = assignments::end(&world.inside, &caller, first.id).await.expect("ended already");
    assert_eq!(ended, again);
    assert_eq!(world.everything().await, before);
    assign(&world, &caller, creative.id).await.expect("assigned again");
}

#[tokio::test]
async fn a_tag_is_of_the_active_revision_and_the_same_each_time() {
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.approved(&caller, "image 300x250").await;
    let first = render(&world, &caller, creative.id).await.expect("a tag");
    assert_eq!((first.channel, first.revision), (Channel::Html, creative.newest));
    let next = manifest_of(world.upload(&caller, "image 300x250").await, [], "https://acme.example/2");
    creatives::revise(&world.inside, &caller, creative.id, next, None).await.expect("a revision");
    world.pass(Duration::from_mins(1));
    let second = render(&world, &caller, creative.id).await.expect("a tag");
    assert_eq!(first.tag, second.tag);
    world.work_all().await;
    let promoted = world.decide(&caller, creative.id, 2, Decision::Approve).await;
    let third = render(&world, &caller, creative.id).await.expect("a tag");
    assert_eq!(third.revision, promoted.newest);
    assert_ne!(third.tag, first.tag);
}

#[tokio::test]
async fn a_format_that_nobody_knows_is_no_target() {
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.approved(&caller, "image 300x250").await;
    for (id, known) in [(BOX, true), ("nowhere", false)] {
        let request = Render {
            creative: creative.id,
            channel: None,
            assignment: None,
            format: Some(FormatId::parse(id).expect("an id")),
            macros: Macros::default(),
            click: Click::Direct,
        };
        let told = tags::render(&world.inside, &caller, request, &NoLinks).await;
        match told {
            Ok(_) => assert!(known),
            Err(Failure::Invalid(fields)) => assert!(!known && fields[0].pointer == "/format"),
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_preview_shows_revisions_that_nobody_decided_on() {
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.creative(&caller, "image 300x250").await;
    world.work_all().await;
    let (account, revision) =
        previews::find(&world.inside, &caller, creative.id, None).await.expect("a preview");
    assert_eq!((account, revision), (world.acme, creative.newest));
    let shown = previews::show(&world.inside, account, creative.id, revision.no).await.expect("shown");
    assert!(shown.facts.contains_key("image"));
    let missing = previews::find(&world.inside, &caller, creative.id, Some(no(2))).await;
    assert!(matches!(missing, Err(Failure::NotFound("revision"))));
}

#[tokio::test]
async fn bytes_come_back_as_they_were_with_what_was_derived_from_them() {
    let world = World::new().await;
    let caller = world.acme();
    let sha256 = world.upload(&caller, "image 300x250").await;
    let (_, bytes) = blobs::open(&world.inside, &caller, sha256, Some(6..9)).await.expect("bytes");
    assert_eq!(text(bytes).await, "300");
    // Nobody looked inside yet: asking for what is derived is reason enough.
    let (rendition, bytes) = blobs::rendition(&world.inside, &caller, sha256, &Recipe::Thumbnail(64), None)
        .await
        .expect("derived");
    assert_eq!(rendition.media_type, "image/png");
    assert_eq!(text(bytes).await, "thumbnail of image 300x250");
    let none = blobs::rendition(&world.inside, &caller, sha256, &Recipe::Thumbnail(320), None).await;
    assert!(matches!(none, Err(Failure::NotFound("rendition"))));
    let file = assets::asset(&world.inside, world.acme, sha256, None).await.expect("a file");
    assert_eq!(text(file.content).await, "image 300x250");
    let foreign = assets::asset(&world.inside, world.other, sha256, None).await;
    assert!(matches!(foreign, Err(Failure::NotFound("blob"))));
}

#[tokio::test]
async fn bytes_that_are_not_those_announced_are_not_taken() {
    let world = World::new().await;
    let caller = world.acme();
    let before = world.everything().await;
    let announced = Some(creativestore_domain::hash::Sha256::of(b"other bytes"));
    let told = blobs::put(&world.inside, &caller, stream("image 300x250"), announced).await;
    assert!(matches!(
        told,
        Err(Failure::Blob(creativestore_ports::blobs::BlobError::ChecksumMismatch { .. }))
    ));
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn checking_tells_where_it_can_run_and_keeps_nothing_but_what_was_measured() {
    let world = World::new().await;
    let caller = world.acme();
    let sha256 = world.upload(&caller, "image 728x90").await;
    let count = async |table| world.count(table).await;
    let before = (count("creatives").await, count("check_runs").await, count("events").await);
    for subject in [checks::Subject::Blob(sha256), checks::Subject::Manifest(picture_of(sha256))] {
        let matrix = checks::run(&world.inside, &caller, subject, None).await.expect("a matrix");
        assert_eq!(matrix.formats.len(), 1);
        assert_eq!(matrix.formats[0].outcome(), creativestore_domain::check::Outcome::Failed);
        assert_eq!(matrix.integrity.outcome(), creativestore_domain::check::Outcome::Passed);
    }
    let odd = world.upload(&caller, "no picture").await;
    let matrix =
        checks::run(&world.inside, &caller, checks::Subject::Blob(odd), None).await.expect("a matrix");
    assert_eq!((matrix.kind, matrix.formats.len()), (None, 0));
    let unknown =
        Some([FormatId::parse("nowhere").expect("an id"), FormatId::parse(BOX).expect("an id")].into());
    let told = checks::run(&world.inside, &caller, checks::Subject::Blob(sha256), unknown).await;
    assert!(matches!(told, Err(Failure::Invalid(fields)) if fields.len() == 1));
    assert_eq!((count("creatives").await, count("check_runs").await, count("events").await), before);
}

async fn text(bytes: creativestore_ports::blobs::ByteStream) -> String {
    let all: Vec<bytes::Bytes> = futures_util::TryStreamExt::try_collect(bytes).await.expect("bytes");
    String::from_utf8(all.concat()).expect("text")
}
