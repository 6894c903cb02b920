//! The same request twice at the same moment.

use serde_json::json;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_equal_requests_with_one_key_one_is_done_and_the_others_replay_it() {
    let world = World::new().await;
    let asks: Vec<_> = (0..16)
        .map(|_| {
            let ask = world.ask("POST", "/v1/concepts").header("idempotency-key", "k1");
            tokio::spawn(ask.json(json!({ "name": "A" })).told())
        })
        .collect();
    let mut ids = std::collections::BTreeSet::new();
    let mut replayed = 0;
    for ask in asks {
        let told = ask.await.expect("no panic");
        assert_eq!(told.status.as_u16(), 201, "{}", told.text());
        ids.insert(told.json()["id"].to_string());
        replayed += usize::from(told.header("idempotent-replayed") == "true");
    }
    assert_eq!((ids.len(), replayed), (1, 15));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_changes_to_one_version_one_is_made() {
    let world = World::new().await;
    let id = world.creative("image 300x250").await;
    let asks: Vec<_> = (0..16)
        .map(|n| {
            let ask = world.ask("PATCH", &format!("/v1/creatives/{id}")).header("if-match", "\"1\"");
            tokio::spawn(ask.json(json!({ "name": format!("Name {n}") })).told())
        })
        .collect();
    let mut made = 0;
    for ask in asks {
        let told = ask.await.expect("no panic");
        match told.status.as_u16() {
            200 => made += 1,
            _ => told.expect(412, "precondition_failed"),
        }
    }
    assert_eq!(made, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_bytes_at_the_same_moment_are_one_blob() {
    let world = World::new().await;
    let asks: Vec<_> = (0..16)
        .map(|_| tokio::spawn(world.ask("POST", "/v1/blobs").bytes(vec![5; 300_000]).told()))
        .collect();
    let mut created = 0;
    for ask in asks {
        let told = ask.await.expect("no panic");
        assert!(told.status.is_success(), "{}", told.text());
        created += usize::from(told.status.as_u16() == 201);
    }
    assert_eq!((created, world.files()), (1, 1));
}
