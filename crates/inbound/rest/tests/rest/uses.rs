//! Where content can run, and creatives in use.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{World, picture_of};

#[tokio::test]
async fn where_content_can_run_is_answered_without_storing_anything() {
    let world = World::new().await;
    let sha256 = world.upload("image 300x250").await;
    let told = world.ask("POST", "/v1/checks").json(json!({ "blob": sha256 })).told().await;
    assert_snapshot!(told.shown(), @r#"
    200 OK
    content-length: 511
    content-type: application/json

    {
      "formats": [
        {
          "checks": [
            {
              "allowed": "300x250",
              "at": "assets/image",
              "fix": "",
              "found": "300x250",
              "outcome": "passed",
              "rule": "dimensions",
              "source": "a test"
            }
          ],
          "format": "box_300x250",
          "format_version": 1,
          "outcome": "passed"
        }
      ],
      "integrity": {
        "checks": [
          {
            "allowed": "content that can be read",
            "at": "assets/image",
            "fix": "",
            "found": "image/png, 300x250",
            "outcome": "passed",
            "rule": "readable",
            "source": "creativestore: what is taken in"
          }
        ],
        "format": null,
        "format_version": null,
        "outcome": "passed"
      },
      "kind": "image",
      "runs_as": [
        "box_300x250"
      ]
    }
    "#);
    let manifest = picture_of(&world.upload("image 1x1").await);
    let told = world.ask("POST", "/v1/checks").json(json!({ "manifest": manifest })).told().await;
    assert_eq!((&told.json()["kind"], &told.json()["runs_as"]), (&json!("image"), &json!([])));
    let both = json!({ "blob": sha256, "manifest": manifest });
    world.ask("POST", "/v1/checks").json(both).told().await.expect(422, "invalid_request");
    let told = world.ask("GET", "/v1/creatives").told().await;
    assert_eq!(told.json()["items"], json!([]));
}

#[tokio::test]
async fn formats_are_listed_with_the_source_of_every_rule() {
    let world = World::new().await;
    let told = world.ask("GET", "/v1/formats?kind=image").told().await;
    assert_snapshot!(told.shown(), @r#"
    200 OK
    content-length: 205
    content-type: application/json

    {
      "items": [
        {
          "height": 250,
          "id": "box_300x250",
          "kind": "image",
          "name": "Box",
          "owner": "a test",
          "rules": [
            {
              "fix": "Make it 300x250.",
              "id": "dimensions",
              "severity": "fail",
              "source": "a test"
            }
          ],
          "version": 1,
          "width": 300
        }
      ]
    }
    "#);
    assert_eq!(world.ask("GET", "/v1/formats/box_300x250").told().await.json(), told.json()["items"][0]);
    world.ask("GET", "/v1/formats/none").told().await.expect(404, "not_found");
    world.ask("GET", "/v1/formats?kind=poem").told().await.expect(400, "invalid_parameter");
}

#[tokio::test]
async fn assignments_are_made_listed_and_ended() {
    let world = World::new().await;
    let id = world.approved("image 300x250").await;
    let body = json!({ "creative": id, "package": "p-1", "weight": 50 });
    let told = world.ask("POST", "/v1/assignments").json(&body).told().await;
    assert_snapshot!(told.shown(), @r#"
    201 Created
    content-length: 234
    content-type: application/json
    location: /v1/assignments/asg_00000000000000000000000000000016

    {
      "created_at": "2026-11-24T10:00:00.000000Z",
      "creative": "cr_0000000000000000000000000000000a",
      "ended_at": null,
      "flight": {
        "from": null,
        "until": null
      },
      "id": "asg_00000000000000000000000000000016",
      "media_buy": null,
      "package": "p-1",
      "weight": 50
    }
    "#);
    let path = told.header("location").to_owned();
    let list = |query: &str| world.ask("GET", &format!("/v1/assignments?{query}"));
    assert_eq!(list("package=p-1").told().await.json()["items"][0]["creative"], *id);
    assert_eq!(list("package=p-2").told().await.json()["items"], json!([]));
    let told = world.ask("DELETE", &path).told().await;
    assert_eq!((told.status.as_u16(), told.json()["ended_at"].is_string()), (200, true));
    assert_eq!(list("in_use=true").told().await.json()["items"], json!([]));
    let waiting = world.creative("image 300x250").await;
    let body = json!({ "creative": waiting, "package": "p-1" });
    world.ask("POST", "/v1/assignments").json(body).told().await.expect(409, "not_deliverable");
    let body = json!({ "creative": id, "package": "p-1", "weight": 0 });
    world.ask("POST", "/v1/assignments").json(body).told().await.expect(422, "invalid_request");
}
