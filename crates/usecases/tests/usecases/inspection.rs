//! Background inspection: leases, retries, and workers that die.

use std::sync::atomic::Ordering;
use std::time::Duration;

use creativestore_domain::id::LeaseId;
use creativestore_domain::review::Decision;
use creativestore_domain::revision::RevisionState;
use creativestore_domain::states::Status;
use creativestore_ports::jobs::Job;
use creativestore_ports::store::{Intent, StoreError};
use creativestore_usecases::{Failure, creatives, inspection};
use uuid::Uuid;

use crate::world::{World, manifest_of, no};

async fn claim(world: &World, lease: u128) -> Option<Job> {
    let now = world.inside.clock.now();
    let mut work = world.inside.store.begin(Intent::Write).await.expect("a unit");
    let until = now.plus(world.inside.settings.job_lease);
    let job = work.jobs().claim(now, LeaseId::new(Uuid::from_u128(lease)), until).await.expect("a claim");
    work.commit().await.expect("committed");
    job
}

#[tokio::test]
async fn a_worker_that_died_leaves_its_job_to_the_next_one() {
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.creative(&caller, "image 300x250").await;
    let job = claim(&world, 1).await.expect("a job");
    assert!(claim(&world, 2).await.is_none(), "nobody else has it meanwhile");
    world.work_all().await;
    let now = creatives::get(&world.inside, &caller, creative.id).await.expect("a creative");
    assert_eq!(now.status(), Status::Processing);
    world.pass(world.inside.settings.job_lease + Duration::from_secs(1));
    world.work_all().await;
    let now = creatives::get(&world.inside, &caller, creative.id).await.expect("a creative");
    assert_eq!(now.status(), Status::PendingReview);
    // The first one was only slow: its lease is gone.
    let mut work = world.inside.store.begin(Intent::Write).await.expect("a unit");
    let late = work.jobs().finish(job.id, LeaseId::new(Uuid::from_u128(1))).await;
    assert!(matches!(late, Err(StoreError::Stale)));
}

#[tokio::test]
async fn what_hinders_the_work_is_tried_again_ever_later_and_rejects_nothing() {
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.creative(&caller, "image 300x250").await;
    world.inspector.away.store(true, Ordering::SeqCst);
    let mut waits = Vec::new();
    for _ in 0..12 {
        assert!(matches!(inspection::work(&world.inside).await, Err(Failure::Inspector(_))));
        let mut waited = Duration::ZERO;
        while inspection::work(&world.inside).await.is_ok() {
            world.pass(Duration::from_secs(1));
            waited += Duration::from_secs(1);
        }
        waits.push(waited);
        world.pass(Duration::from_hours(1));
    }
    assert!(waits.is_sorted(), "{waits:?}");
    assert!(waits[0] >= Duration::from_secs(1) && waits[11] <= Duration::from_mins(10), "{waits:?}");
    world.inspector.away.store(false, Ordering::SeqCst);
    world.work_all().await;
    let now = creatives::get(&world.inside, &caller, creative.id).await.expect("a creative");
    assert_eq!(now.status(), Status::PendingReview);
    assert_eq!(world.count("jobs").await, 0);
}

#[tokio::test]
async fn bytes_that_break_the_inspector_are_rejected_and_looked_at_again_when_resubmitted() {
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.creative(&caller, "image 300x250").await;
    world.inspector.breaks.store(true, Ordering::SeqCst);
    world.work_all().await;
    let now = creatives::get(&world.inside, &caller, creative.id).await.expect("a creative");
    assert_eq!(now.status(), Status::Rejected);
    world.inspector.breaks.store(false, Ordering::SeqCst);
    creatives::resubmit(&world.inside, &caller, creative.id, None, None).await.expect("again");
    world.work_all().await;
    let now = creatives::get(&world.inside, &caller, creative.id).await.expect("a creative");
    assert_eq!(now.status(), Status::PendingReview);
}

#[tokio::test]
async fn bytes_that_were_lost_fail_the_revision_and_not_the_worker() {
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.creative(&caller, "image 300x250").await;
    let sha256 = creativestore_domain::hash::Sha256::of(b"image 300x250");
    world.inside.blobs.delete(world.acme, sha256).await.expect("deleted");
    world.work_all().await;
    let now = creatives::get(&world.inside, &caller, creative.id).await.expect("a creative");
    assert_eq!(now.status(), Status::Rejected);
    assert_eq!(world.count("jobs").await, 0);
}

#[tokio::test]
async fn the_job_of_a_superseded_revision_just_ends() {
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.creative(&caller, "image 300x250").await;
    let second = manifest_of(world.upload(&caller, "image 300x250").await, [], "https://acme.example/2");
    creatives::revise(&world.inside, &caller, creative.id, second, None).await.expect("a revision");
    world.work_all().await;
    let now = creatives::get(&world.inside, &caller, creative.id).await.expect("a creative");
    assert_eq!((now.newest.no, now.newest_state), (no(2), RevisionState::PendingReview));
    let first = creatives::checks(&world.inside, &caller, creative.id, no(1)).await.expect("a look");
    assert!(first.is_none());
    assert_eq!((world.count("jobs").await, world.count("check_runs").await), (0, 1));
}

#[tokio::test]
async fn the_same_bytes_are_looked_at_once() {
    let world = World::new().await;
    let caller = world.acme();
    for _ in 0..3 {
        world.approved(&caller, "image 300x250").await;
    }
    assert_eq!(world.inspector.looked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_decision_that_came_before_the_second_try_is_not_undone() {
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.creative(&caller, "image 300x250").await;
    claim(&world, 1).await.expect("a job");
    world.pass(world.inside.settings.job_lease + Duration::from_secs(1));
    world.work_all().await;
    let approved = world.decide(&caller, creative.id, 1, Decision::Approve).await;
    let job = Job {
        id: creativestore_domain::id::JobId::new(Uuid::from_u128(99)),
        account: world.acme,
        creative: creative.id,
        revision: no(1),
        tries: 0,
        due: world.inside.clock.now(),
    };
    let mut work = world.inside.store.begin(Intent::Write).await.expect("a unit");
    work.jobs().enqueue(&job).await.expect("a job");
    work.commit().await.expect("committed");
    world.work_all().await;
    let now = creatives::get(&world.inside, &caller, creative.id).await.expect("a creative");
    assert_eq!(*now, approved);
}

#[tokio::test]
async fn a_revision_that_is_superseded_while_it_is_looked_at_is_left_alone() {
    let world = World::new().await;
    let caller = world.acme();
    let creative = world.creative(&caller, "image 300x250").await;
    let second = manifest_of(world.upload(&caller, "image 300x250").await, [], "https://acme.example/2");
    // The worker has the bytes before it; now somebody revises.
    let held = world.inspector.hold();
    let inside = std::sync::Arc::clone(&world.inside);
    let working = tokio::spawn(async move { inspection::work(&inside).await });
    held.reached().await;
    creatives::revise(&world.inside, &caller, creative.id, second, None).await.expect("a revision");
    held.go_on();
    assert!(working.await.expect("no panic").expect("work"), "the job is done with");
    let now = creatives::get(&world.inside, &caller, creative.id).await.expect("a creative");
    assert_eq!((now.newest.no, now.newest_state), (no(2), RevisionState::Processing));
    assert_eq!((world.count("jobs").await, world.count("check_runs").await), (1, 0));
}
