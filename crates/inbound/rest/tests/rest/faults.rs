//! Faults of ours: a status, the request id, what to do, and nothing of what is inside.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use creativestore_ports::store::{Intent, Store, StoreError, UnitOfWork};
use futures_util::{StreamExt, stream};
use insta::assert_snapshot;

use crate::world::{Told, World};

/// A store that always fails in one way.
struct Failing(fn() -> StoreError);

#[async_trait]
impl Store for Failing {
    async fn begin(&self, _: Intent) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Err(self.0())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Err(self.0())
    }
}

/// A store that never answers.
struct Hanging;

#[async_trait]
impl Store for Hanging {
    async fn begin(&self, _: Intent) -> Result<Box<dyn UnitOfWork>, StoreError> {
        std::future::pending().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let world = World::with_store(Arc::new(Hanging)).await;
    let told = world.ask("GET", "/v1/auth/me").told().await;
    told.expect(503, "indeterminate");
    assert!(told.text().contains("longer than 50ms"), "{}", told.text());
}

#[tokio::test]
async fn an_upload_that_stands_still_is_cut_and_one_that_only_takes_long_is_not() {
    let world = World::with_time(Duration::from_millis(100)).await;
    let files = world.files();
    let stands = stream::iter([Ok::<_, std::io::Error>("some bytes")]).chain(stream::pending());
    world
        .ask("POST", "/v1/blobs")
        .body(Body::from_stream(stands))
        .told()
        .await
        .expect(400, "incomplete_upload");
    assert_eq!(world.files(), files, "nothing was kept");
    let slow = stream::unfold(0, |n| async move {
        let mut wait = tokio::time::interval(Duration::from_millis(20));
        wait.tick().await;
        wait.tick().await;
        (n < 8).then_some((Ok::<_, std::io::Error>("a piece of it, "), n + 1))
    });
    let told = world.ask("POST", "/v1/blobs").body(Body::from_stream(slow)).told().await;
    assert_eq!(told.status, 201, "{}", told.text());
}

async fn told(how: fn() -> StoreError) -> Told {
    let world = World::with_store(Arc::new(Failing(how))).await;
    let told = world.ask("GET", "/v1/auth/me").told().await;
    assert!(!told.text().contains("secret"), "{}", told.text());
    told
}

#[tokio::test]
async fn a_store_that_cannot_be_reached_is_asked_again_later() {
    assert_snapshot!(told(|| StoreError::Unavailable("secret".into())).await.shown(), @r#"
    503 Service Unavailable
    cache-control: no-store
    content-type: application/problem+json
    retry-after: 2

    {
      "advice": "Repeat it after `Retry-After`; nothing was written.",
      "detail": "the store is not available right now",
      "request_id": "a-test",
      "status": 503,
      "title": "Not possible right now",
      "type": "urn:creativestore:problem:unavailable"
    }
    "#);
}

#[tokio::test]
async fn a_change_that_may_have_been_written_is_to_be_repeated_with_its_key() {
    assert_snapshot!(told(|| StoreError::Indeterminate("secret".into())).await.shown(), @r#"
    503 Service Unavailable
    cache-control: no-store
    content-type: application/problem+json
    retry-after: 1

    {
      "advice": "Repeat it with the same Idempotency-Key, or look before you repeat it.",
      "detail": "the answer to the commit was lost",
      "request_id": "a-test",
      "status": 503,
      "title": "It is not known whether it was written",
      "type": "urn:creativestore:problem:indeterminate"
    }
    "#);
}

#[tokio::test]
async fn a_damaged_record_is_told_with_the_request_id_only() {
    assert_snapshot!(told(|| StoreError::Corrupt("secret".into())).await.shown(), @r#"
    500 Internal Server Error
    cache-control: no-store
    content-type: application/problem+json

    {
      "advice": "Repeat it; if it stays, tell the operator the request id.",
      "detail": "a stored record is damaged",
      "request_id": "a-test",
      "status": 500,
      "title": "Something is wrong here",
      "type": "urn:creativestore:problem:internal"
    }
    "#);
}
