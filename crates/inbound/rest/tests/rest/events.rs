//! What is told, and to whom.

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::world::World;

/// Reads a stream until it has told this many events: their ids, types and data.
async fn told(stream: &mut BodyDataStream, count: usize) -> Vec<(u64, String, Value)> {
    let mut text = String::new();
    let mut events = Vec::new();
    while events.len() < count {
        let piece = stream.next().await.expect("more").expect("a piece");
        text += std::str::from_utf8(&piece).expect("text");
        while let Some((event, rest)) = text.split_once("\n\n") {
            let field = |name: &str| {
                let line = event.lines().find_map(|line| line.strip_prefix(name));
                line.map(|it| it.trim().to_owned())
            };
            if let (Some(id), Some(kind), Some(data)) = (field("id:"), field("event:"), field("data:")) {
                let data = serde_json::from_str(&data).expect("JSON");
                events.push((id.parse().expect("a position"), kind, data));
            }
            text = rest.to_owned();
        }
    }
    events
}

async fn follow(world: &World, last: Option<u64>) -> BodyDataStream {
    let ask = world.ask("GET", "/v1/events").header("accept", "text/event-stream");
    let ask = match last {
        Some(id) => ask.header("last-event-id", &id.to_string()),
        None => ask,
    };
    let response = ask.begun().await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-cache");
    Body::into_data_stream(response.into_body())
}

#[tokio::test]
async fn a_page_has_the_events_in_their_order() {
    let world = World::new().await;
    world.approved("image 300x250").await;
    world.work().await;
    let told = world.ask("GET", "/v1/events?limit=1").told().await;
    insta::assert_snapshot!(told.shown(), @r#"
    200 OK
    content-length: 585
    content-type: application/json

    {
      "after": 1,
      "items": [
        {
          "data": {
            "account": "acc_00000000000000000000000000000001",
            "by": "key_00000000000000000000000000000003",
            "creative": "cr_0000000000000000000000000000000a",
            "revision": 1,
            "sha256": "469281f2b85fb44cd852b3404b83b205c906cf0d1f45b9beee0ad8d751180217"
          },
          "datacontenttype": "application/json",
          "id": "evt_0000000000000000000000000000000b",
          "position": "1",
          "sequence": "00000000000000000001",
          "source": "/v1/accounts/acc_00000000000000000000000000000001",
          "specversion": "1.0",
          "subject": "cr_0000000000000000000000000000000a",
          "time": "2026-11-24T10:00:00.000000Z",
          "type": "creative.created"
        }
      ]
    }
    "#);
    let page = told.json();
    let told = world.ask("GET", &format!("/v1/events?after={}", page["after"])).told().await.json();
    let types: Vec<_> = told["items"].as_array().expect("items").iter().map(|it| &it["type"]).collect();
    assert_eq!(types, ["creative.status_changed", "creative.status_changed"]);
    let told = world.ask("GET", "/v1/events").header("last-event-id", "x").told().await;
    told.expect(400, "invalid_header");
    for accept in ["application/json", "text/event-stream"] {
        let told = world.ask("GET", "/v1/events?limit=0").header("accept", accept).told().await;
        told.expect(400, "invalid_parameter");
    }
}

#[tokio::test]
async fn a_stream_replays_after_the_last_event_that_was_seen_and_goes_on_with_what_comes() {
    let world = World::new().await;
    let id = world.approved("image 300x250").await;
    world.work().await;
    let all = told(&mut follow(&world, None).await, 3).await;
    let positions: Vec<_> = all.iter().map(|(position, ..)| *position).collect();
    assert_eq!(positions, [1, 2, 3]);
    assert_eq!(all[0].1, "creative.created");
    assert_eq!(all[0].2["subject"], *id);
    let mut stream = follow(&world, Some(1)).await;
    assert_eq!(told(&mut stream, 2).await, all[1..]);
    let archived = world.ask("POST", &format!("/v1/creatives/{id}/archive")).told().await;
    assert_eq!(archived.status.as_u16(), 200);
    world.work().await;
    let next = told(&mut stream, 1).await;
    assert_eq!((next[0].0, &next[0].2["data"]["status"]["to"]), (4, &json!("archived")));
}

#[tokio::test]
async fn a_stream_tells_of_its_own_account_only() {
    let world = World::new().await;
    let mut stream = follow(&world, None).await;
    let told_other = world.ask_other("POST", "/v1/blobs").bytes("image 300x250").told().await.json();
    let manifest = crate::world::picture_of(told_other["sha256"].as_str().expect("a hash"));
    let body = json!({ "name": "Theirs", "manifest": manifest });
    assert_eq!(world.ask_other("POST", "/v1/creatives").json(body).told().await.status.as_u16(), 201);
    world.work().await;
    let ours = world.creative("image 300x250").await;
    world.work().await;
    assert_eq!(told(&mut stream, 1).await[0].2["subject"], *ours);
    let page = world.ask_other("GET", "/v1/events").told().await.json();
    let items = page["items"].as_array().expect("items");
    assert!(!items.is_empty() && items.iter().all(|it| it["subject"] != *ours));
}

#[tokio::test]
async fn streams_end_when_the_program_does() {
    let world = World::new().await;
    world.creative("image 300x250").await;
    world.work().await;
    let mut stream = follow(&world, None).await;
    told(&mut stream, 1).await;
    world.shutdown.cancel();
    while let Some(piece) = stream.next().await {
        piece.expect("it ends well");
    }
}
