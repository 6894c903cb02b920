//! The main job, from the creative in to the tag out.

use http::StatusCode;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::{World, picture_of};

#[tokio::test]
async fn a_creative_is_put_in_and_its_external_id_is_taken() {
    let world = World::new().await;
    let manifest = picture_of(&world.upload("image 300x250").await);
    let body = json!({ "name": "Holiday", "external_id": "h-1", "labels": ["winter"], "manifest": manifest });
    let told = world.ask("POST", "/v1/creatives").json(&body).told().await;
    assert_snapshot!(told.shown(), @r#"
    201 Created
    content-length: 612
    content-type: application/json
    etag: "1"
    location: /v1/creatives/cr_0000000000000000000000000000000a

    {
      "account": "acc_00000000000000000000000000000001",
      "active": null,
      "change_policy": "staged",
      "concept": null,
      "created_at": "2026-11-24T10:00:00.000000Z",
      "external_id": "h-1",
      "id": "cr_0000000000000000000000000000000a",
      "kind": "image",
      "labels": [
        "winter"
      ],
      "name": "Holiday",
      "newest": {
        "number": 1,
        "sha256": "469281f2b85fb44cd852b3404b83b205c906cf0d1f45b9beee0ad8d751180217"
      },
      "newest_state": "processing",
      "rights": {
        "from": null,
        "until": null
      },
      "sequence": 1,
      "staged": {
        "number": 1,
        "sha256": "469281f2b85fb44cd852b3404b83b205c906cf0d1f45b9beee0ad8d751180217"
      },
      "status": "processing",
      "updated_at": "2026-11-24T10:00:00.000000Z",
      "version": 1
    }
    "#);
    world.ask("POST", "/v1/creatives").json(&body).told().await.expect(409, "already_exists");
}

#[tokio::test]
async fn a_creative_that_was_checked_waits_in_the_queue() {
    let world = World::new().await;
    let id = world.creative("image 300x250").await;
    let path = format!("/v1/creatives/{id}/revisions/1/checks");
    assert_eq!(world.ask("GET", &path).told().await.json()["run"], json!(null));
    world.work().await;
    let queue = world.ask("GET", "/v1/reviews/queue").told().await;
    assert_eq!(queue.json()["items"][0]["id"], *id);
    let checks = world.ask("GET", &path).told().await;
    assert_snapshot!(checks.shown(), @r#"
    200 OK
    content-length: 576
    content-type: application/json

    {
      "run": {
        "at": "2026-11-24T10:00:00.000000Z",
        "checker": 1,
        "id": "chk_0000000000000000000000000000000f",
        "outcome": "passed",
        "reports": [
          {
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
        ]
      }
    }
    "#);
}

#[tokio::test]
async fn a_creative_is_approved_and_shown_with_the_decision() {
    let world = World::new().await;
    let id = world.creative("image 300x250").await;
    world.work().await;
    let review = format!("/v1/creatives/{id}/revisions/1/reviews");
    let told =
        world.ask("POST", &review).json(json!({ "decision": "approve", "note": "Nice." })).told().await;
    assert_snapshot!(told.shown(), @r#"
    201 Created
    content-length: 971
    content-type: application/json
    location: /v1/creatives/cr_0000000000000000000000000000000a/revisions/1

    {
      "creative": {
        "account": "acc_00000000000000000000000000000001",
        "active": {
          "number": 1,
          "sha256": "469281f2b85fb44cd852b3404b83b205c906cf0d1f45b9beee0ad8d751180217"
        },
        "change_policy": "staged",
        "concept": null,
        "created_at": "2026-11-24T10:00:00.000000Z",
        "external_id": null,
        "id": "cr_0000000000000000000000000000000a",
        "kind": "image",
        "labels": [],
        "name": "A creative",
        "newest": {
          "number": 1,
          "sha256": "469281f2b85fb44cd852b3404b83b205c906cf0d1f45b9beee0ad8d751180217"
        },
        "newest_state": "approved",
        "rights": {
          "from": null,
          "until": null
        },
        "sequence": 3,
        "staged": null,
        "status": "approved",
        "updated_at": "2026-11-24T10:00:00.000000Z",
        "version": 1
      },
      "review": {
        "at": "2026-11-24T10:00:00.000000Z",
        "by": "key_00000000000000000000000000000003",
        "creative": "cr_0000000000000000000000000000000a",
        "decision": "approve",
        "id": "rev_00000000000000000000000000000015",
        "note": "Nice.",
        "reason_code": "review_passed",
        "revision": 1,
        "scope": "library",
        "sha256": "469281f2b85fb44cd852b3404b83b205c906cf0d1f45b9beee0ad8d751180217"
      }
    }
    "#);
    let told = world.ask("GET", &format!("/v1/creatives/{id}")).told().await;
    assert_eq!((told.header("etag"), &told.json()["status"]), ("\"1\"", &json!("approved")));
    let told = world.ask("GET", &format!("/v1/creatives/{id}/revisions/1")).told().await;
    assert_snapshot!(told.shown(), @r#"
    200 OK
    content-length: 834
    content-type: application/json

    {
      "author": "key_00000000000000000000000000000003",
      "created_at": "2026-11-24T10:00:00.000000Z",
      "creative": "cr_0000000000000000000000000000000a",
      "manifest": {
        "assets": {
          "image": {
            "blob": "9573a2152a5025733b8059a396052f3575a5bc617ea24366fb1cb6d6fd0d00ef",
            "type": "image"
          }
        },
        "click_url": "https://acme.example/",
        "formats": [
          "box_300x250"
        ],
        "kind": "image",
        "trackers": []
      },
      "number": 1,
      "parent": null,
      "reviews": [
        {
          "at": "2026-11-24T10:00:00.000000Z",
          "by": "key_00000000000000000000000000000003",
          "creative": "cr_0000000000000000000000000000000a",
          "decision": "approve",
          "id": "rev_00000000000000000000000000000015",
          "note": "Nice.",
          "reason_code": "review_passed",
          "revision": 1,
          "scope": "library",
          "sha256": "469281f2b85fb44cd852b3404b83b205c906cf0d1f45b9beee0ad8d751180217"
        }
      ],
      "sha256": "469281f2b85fb44cd852b3404b83b205c906cf0d1f45b9beee0ad8d751180217",
      "state": "approved"
    }
    "#);
}

#[tokio::test]
async fn a_creative_that_fails_its_checks_is_rejected_with_the_reason() {
    let world = World::new().await;
    let id = world.creative("image 100x100").await;
    world.work().await;
    let told = world.ask("GET", &format!("/v1/creatives/{id}")).told().await;
    assert_eq!(told.json()["status"], "rejected");
    let checks = world.ask("GET", &format!("/v1/creatives/{id}/revisions/1/checks")).told().await;
    assert_eq!(checks.json()["run"]["outcome"], "failed");
    let told = world.ask("POST", &format!("/v1/creatives/{id}/resubmit")).told().await;
    assert_eq!((told.status, &told.json()["status"]), (StatusCode::OK, &json!("processing")));
}

#[tokio::test]
async fn the_same_content_again_is_unchanged_and_other_content_a_revision() {
    let world = World::new().await;
    let path = "/v1/creatives/by-external-id/h-1";
    let one = picture_of(&world.upload("image 300x250").await);
    let ask = |body: &serde_json::Value| world.ask("PUT", path).json(body);
    let body = json!({ "name": "Holiday", "manifest": one });
    let told = ask(&body).told().await;
    assert_snapshot!(told.shown(), @r#"
    201 Created
    content-length: 683
    content-type: application/json
    etag: "1"
    location: /v1/creatives/cr_0000000000000000000000000000000a

    {
      "creative": {
        "account": "acc_00000000000000000000000000000001",
        "active": null,
        "change_policy": "staged",
        "concept": null,
        "created_at": "2026-11-24T10:00:00.000000Z",
        "external_id": "h-1",
        "id": "cr_0000000000000000000000000000000a",
        "kind": "image",
        "labels": [],
        "name": "Holiday",
        "newest": {
          "number": 1,
          "sha256": "469281f2b85fb44cd852b3404b83b205c906cf0d1f45b9beee0ad8d751180217"
        },
        "newest_state": "processing",
        "rights": {
          "from": null,
          "until": null
        },
        "sequence": 1,
        "staged": {
          "number": 1,
          "sha256": "469281f2b85fb44cd852b3404b83b205c906cf0d1f45b9beee0ad8d751180217"
        },
        "status": "processing",
        "updated_at": "2026-11-24T10:00:00.000000Z",
        "version": 1
      },
      "metadata_changed": false,
      "result": "created",
      "revision_added": true
    }
    "#);
    let told = ask(&body).told().await;
    assert_eq!((told.status.as_u16(), &told.json()["result"]), (200, &json!("unchanged")));
    let renamed = json!({ "name": "Holidays", "manifest": one });
    ask(&renamed).header("if-match", "\"9\"").told().await.expect(412, "precondition_failed");
    let told = ask(&renamed).header("if-match", "\"1\"").told().await.json();
    let is = (&told["result"], &told["revision_added"], &told["metadata_changed"]);
    assert_eq!(is, (&json!("changed"), &json!(false), &json!(true)));
    let other = json!({ "name": "Holidays", "manifest": picture_of(&world.upload("image 300x251").await) });
    let told = ask(&other).told().await.json();
    let is = (&told["revision_added"], &told["creative"]["newest"]["number"]);
    assert_eq!(is, (&json!(true), &json!(2)));
}

#[tokio::test]
async fn a_revision_is_added_and_a_decision_on_the_one_before_is_refused() {
    let world = World::new().await;
    let id = world.approved("image 300x250").await;
    let path = format!("/v1/creatives/{id}/revisions");
    let revise = async |picture: &str| {
        let manifest = picture_of(&world.upload(picture.to_owned()).await);
        world.ask("POST", &path).json(json!({ "manifest": manifest })).told().await
    };
    let again = revise("image 300x250").await;
    assert_eq!((again.status.as_u16(), &again.json()["added"]), (200, &json!(false)));
    let second = revise("image 299x250").await;
    assert_eq!((second.status.as_u16(), second.header("location")), (201, format!("{path}/2").as_str()));
    let third = revise("image 298x250").await;
    assert_eq!(third.status.as_u16(), 201);
    let listed = world.ask("GET", &path).told().await.json();
    let listed: Vec<_> = listed["items"].as_array().expect("items").iter().map(|it| &it["number"]).collect();
    assert_eq!(listed, [3, 2, 1]);
    let told =
        world.ask("POST", &format!("{path}/2/reviews")).json(json!({ "decision": "approve" })).told().await;
    assert_snapshot!(told.shown(), @r#"
    409 Conflict
    cache-control: no-store
    content-type: application/problem+json

    {
      "advice": "Do one of `possible` instead, or decide on the newest revision.",
      "detail": "revision 2 was superseded by revision 3; decide on that one",
      "newest_revision": 3,
      "request_id": "a-test",
      "status": 409,
      "title": "Not possible from here",
      "type": "urn:creativestore:problem:transition_refused"
    }
    "#);
}

#[tokio::test]
async fn a_step_that_is_not_possible_names_those_that_are() {
    let world = World::new().await;
    let id = world.approved("image 300x250").await;
    let step = |step: &str| world.ask("POST", &format!("/v1/creatives/{id}/{step}"));
    assert_snapshot!(step("resubmit").told().await.shown(), @r#"
    409 Conflict
    cache-control: no-store
    content-type: application/problem+json

    {
      "advice": "Do one of `possible` instead, or decide on the newest revision.",
      "detail": "`resubmit` is not possible while it is `approved`; possible from there: `rereview`, `suspend`, `revoke`, `archive`",
      "possible": [
        "rereview",
        "suspend",
        "revoke",
        "archive"
      ],
      "request_id": "a-test",
      "status": 409,
      "title": "Not possible from here",
      "type": "urn:creativestore:problem:transition_refused"
    }
    "#);
    let told = step("archive").json(json!({ "note": "Over." })).told().await;
    assert_eq!((told.status, &told.json()["status"]), (StatusCode::OK, &json!("archived")));
    step("archive").told().await.expect(409, "transition_refused");
    step("tag").told().await.expect(409, "not_deliverable");
    let told = step("unarchive").json("{}").told().await;
    assert_eq!(told.json()["status"], "approved");
    let review = format!("/v1/creatives/{id}/revisions/1/reviews");
    let told = world.ask("POST", &review).json(json!({ "decision": "perhaps" })).told().await;
    told.expect(422, "invalid_request");
    assert_eq!(told.pointers(), ["/decision"]);
}

#[tokio::test]
async fn a_rejection_needs_a_reason_that_is_legal_for_it() {
    let world = World::new().await;
    let id = world.creative("image 300x250").await;
    world.work().await;
    let path = format!("/v1/creatives/{id}/revisions/1/reviews");
    let reject = |body| world.ask("POST", &path).json(body);
    assert_snapshot!(reject(json!({ "decision": "reject" })).told().await.shown(), @r#"
    422 Unprocessable Entity
    cache-control: no-store
    content-type: application/problem+json

    {
      "advice": "Look at `errors`: each has a JSON pointer and says what is allowed.",
      "detail": "/reason_code: a rejection needs a reason: `review_failure`",
      "errors": [
        {
          "detail": "a rejection needs a reason: `review_failure`",
          "pointer": "/reason_code"
        }
      ],
      "request_id": "a-test",
      "status": 422,
      "title": "The request is not valid",
      "type": "urn:creativestore:problem:invalid_request"
    }
    "#);
    let told = reject(json!({ "decision": "reject", "reason_code": "because" })).told().await;
    told.expect(422, "invalid_request");
    let told = reject(json!({ "decision": "reject", "reason_code": "review_failure", "note": "No logo." }))
        .told()
        .await;
    assert_eq!((told.status.as_u16(), &told.json()["creative"]["status"]), (201, &json!("rejected")));
}
