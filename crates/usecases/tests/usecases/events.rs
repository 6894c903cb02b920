//! Events: published in order, followed without a gap and without a repeat.

use creativestore_domain::review::Decision;
use creativestore_ports::journal::Published;
use creativestore_usecases::{events, relay};
use futures_util::{FutureExt, Stream, StreamExt};
use std::pin::Pin;
use std::sync::Arc;

use crate::world::World;

type Follow = Pin<Box<dyn Stream<Item = Result<Published, creativestore_usecases::Failure>> + Send>>;

fn follow(world: &World, after: u64) -> Follow {
    Box::pin(events::follow(Arc::clone(&world.inside), &world.acme(), after).expect("a stream"))
}

/// The next events; a test that waits for one that never comes fails.
async fn told(stream: &mut Follow, expected: usize) -> Vec<Published> {
    let mut all = Vec::new();
    for _ in 0..expected {
        let event = tokio::time::timeout(std::time::Duration::from_secs(10), stream.next()).await;
        all.push(event.expect("in time").expect("an event").expect("no failure"));
    }
    all
}

async fn heard(stream: &mut Follow, expected: usize) -> Vec<u64> {
    told(stream, expected).await.into_iter().map(|event| event.position).collect()
}

async fn publish_all(world: &World) {
    while matches!(relay::publish(&world.inside).await.expect("published"), relay::Told::Some(_)) {}
}

#[tokio::test]
async fn events_of_a_creative_are_told_in_order_and_only_to_its_account() {
    let world = World::new().await;
    let mut stream = follow(&world, 0);
    world.creative(&world.other(), "image 300x250").await;
    let creative = world.approved(&world.acme(), "image 300x250").await;
    publish_all(&world).await;
    let told = told(&mut stream, 3).await;
    assert!(told.iter().all(|it| it.event.creative == creative.id && it.event.account == world.acme));
    assert_eq!(told.iter().map(|it| it.event.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(told.is_sorted_by(|a, b| a.position < b.position));
    let page = events::page(&world.inside, &world.acme(), 0, 10).await.expect("a page");
    assert_eq!(page, told);
    let rest = events::page(&world.inside, &world.acme(), told[0].position, 10).await.expect("a page");
    assert_eq!(rest, told[1..]);
}

#[tokio::test]
async fn a_listener_that_caught_up_hears_nothing_of_other_accounts() {
    let world = World::new().await;
    world.creative(&world.acme(), "image 300x250").await;
    publish_all(&world).await;
    let mut stream = follow(&world, 0);
    heard(&mut stream, 1).await;
    assert!(stream.next().now_or_never().is_none(), "it waits for the bus now");
    world.creative(&world.other(), "image 300x250").await;
    let ours = world.creative(&world.acme(), "image 728x90").await;
    publish_all(&world).await;
    let heard = told(&mut stream, 1).await;
    assert_eq!((heard[0].event.account, heard[0].event.creative), (world.acme, ours.id));
    assert!(stream.next().now_or_never().is_none(), "nothing more");
}

#[tokio::test]
async fn who_comes_back_with_a_place_misses_nothing_and_hears_nothing_twice() {
    let world = World::new().await;
    for _ in 0..3 {
        world.creative(&world.acme(), "image 300x250").await;
    }
    publish_all(&world).await;
    let places = heard(&mut follow(&world, 0), 3).await;
    let mut stream = follow(&world, places[1]);
    world.creative(&world.acme(), "image 300x250").await;
    publish_all(&world).await;
    let rest = heard(&mut stream, 2).await;
    assert_eq!(rest[0], places[2]);
    assert!(rest[1] > places[2]);
    assert!(stream.next().now_or_never().is_none(), "nothing more");
}

#[tokio::test]
async fn a_listener_that_was_too_slow_reads_what_it_missed() {
    let world = World::new().await;
    let mut stream = follow(&world, 0);
    assert!(stream.next().now_or_never().is_none());
    // More than the bus holds for anybody.
    for _ in 0..12 {
        world.creative(&world.acme(), "image 300x250").await;
        publish_all(&world).await;
    }
    let places = heard(&mut stream, 12).await;
    assert!(places.is_sorted_by(|a, b| a < b));
    assert!(stream.next().now_or_never().is_none(), "nothing more");
}

#[tokio::test]
async fn places_that_are_told_out_of_order_by_two_relays_are_heard_in_order() {
    let world = World::new().await;
    world.creative(&world.acme(), "image 300x250").await;
    publish_all(&world).await;
    let mut stream = follow(&world, 0);
    heard(&mut stream, 1).await;
    world.approved(&world.acme(), "image 300x250").await;
    // A relay that gave the places, and whose telling is overtaken by another one's.
    let mut work = world.inside.store.begin(creativestore_ports::store::Intent::Write).await.expect("a unit");
    let published = work.outbox().publish_next(10).await.expect("places");
    work.commit().await.expect("committed");
    for event in published.iter().rev() {
        world.inside.bus.publish(std::slice::from_ref(event)).await.expect("told");
    }
    let places = heard(&mut stream, published.len()).await;
    assert_eq!(places, published.iter().map(|it| it.position).collect::<Vec<_>>());
    assert!(stream.next().now_or_never().is_none(), "nothing twice");
}

#[tokio::test]
async fn what_was_committed_before_a_crash_of_the_relay_is_published_after_it() {
    let world = World::new().await;
    let creative = world.creative(&world.acme(), "image 300x250").await;
    let mut died = world.inside.store.begin(creativestore_ports::store::Intent::Write).await.expect("a unit");
    assert_eq!(died.outbox().publish_next(10).await.expect("places").len(), 1);
    drop(died);
    world.work_all().await;
    world.decide(&world.acme(), creative.id, 1, Decision::Approve).await;
    publish_all(&world).await;
    let page = events::page(&world.inside, &world.acme(), 0, 10).await.expect("a page");
    assert_eq!(page.iter().map(|it| it.event.sequence).collect::<Vec<_>>(), [1, 2, 3]);
}
