//! Bodies that are not what they should be.

use axum::body::Body;
use futures_util::StreamExt;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::{World, picture_of};

#[tokio::test]
async fn json_a_hundred_thousand_levels_deep_is_refused() {
    let world = World::new().await;
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
    for body in [deep("[", "]"), deep("{\"name\":", "}"), format!("{{\"name\":{}}}", deep("[", "]"))] {
        for path in ["/v1/creatives", "/v1/checks", "/v1/concepts", "/v1/auth/token"] {
            let told = world.ask("POST", path).json(&body).told().await;
            assert!(matches!(told.status.as_u16(), 400 | 422), "{path}: {}", told.text());
            assert!(matches!(told.problem().as_str(), "malformed_body" | "invalid_request"), "{path}");
        }
    }
    let nested = format!("{{\"manifest\":{{\"kind\":\"image\",\"assets\":{}", "{\"a\":".repeat(100_000));
    world.ask("POST", "/v1/checks").json(nested).told().await.expect(422, "invalid_request");
    let list = world.ask("GET", "/v1/creatives").told().await;
    assert_eq!(list.json()["items"], json!([]));
}

#[tokio::test]
async fn text_with_nul_or_direction_overrides_is_refused_by_pointer() {
    let world = World::new().await;
    for text in ["a\u{0}b", "a\u{202E}b", "a\u{2066}b", "\u{FEFF}", "a\nb", " ", ""] {
        let told = world.ask("POST", "/v1/concepts").json(json!({ "name": text })).told().await;
        told.expect(422, "invalid_request");
        assert_eq!(told.pointers(), ["/name"], "{text:?}");
    }
    assert_eq!(world.ask("GET", "/v1/concepts").told().await.json()["items"], json!([]));
}

#[tokio::test]
async fn text_of_ten_megabytes_is_refused() {
    let world = World::new().await;
    let long = "a".repeat(10 * 1024 * 1024);
    let told = world.ask("POST", "/v1/concepts").json(json!({ "name": long })).told().await;
    told.expect(413, "body_too_large");
    let long = "a".repeat(900 * 1024);
    let told = world.ask("POST", "/v1/concepts").json(json!({ "name": long })).told().await;
    told.expect(422, "invalid_request");
    assert_eq!(told.pointers(), ["/name"]);
    let query = format!("/v1/creatives?q={}", &long[..60_000]);
    assert_eq!(world.ask("GET", &query).told().await.json()["items"], json!([]));
    assert_eq!(world.ask("GET", "/v1/concepts").told().await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let world = World::new().await;
    let pieces = [Ok("{\"name\": \"A con"), Err(std::io::Error::other("the line is dead"))];
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    let ask = world.ask("POST", "/v1/concepts").header("content-type", "application/json");
    ask.body(body).told().await.expect(400, "incomplete_upload");
    let body = "{\"name\": \"A concept\"}";
    for cut in 0..body.len() {
        let told = world.ask("POST", "/v1/concepts").json(&body[..cut]).told().await;
        told.expect(400, "malformed_body");
    }
    assert_eq!(world.ask("GET", "/v1/concepts").told().await.json()["items"], json!([]));
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_creative_is_told_at_once() {
    let world = World::new().await;
    let body = json!({
        "name": "",
        "external_id": "a\u{0}",
        "concept": "cr_1",
        "labels": ["fine", "a\nb"],
        "rights": { "from": "yesterday" },
        "change_policy": "loose",
        "manifest": {
            "kind": "picture",
            "formats": ["Not A Format"],
            "assets": { "a/b": { "type": "image", "blob": "xyz" }, "two": { "type": "image", "blob": "1", "url": "2" } },
            "click_url": "javascript:alert(1)",
            "trackers": [{ "event": "never", "url": "ftp://x.example" }],
        },
    });
    let told = world.ask("POST", "/v1/creatives").json(body).told().await;
    assert_snapshot!(told.shown(), @r#"
    422 Unprocessable Entity
    cache-control: no-store
    content-type: application/problem+json

    {
      "advice": "Look at `errors`: each has a JSON pointer and says what is allowed.",
      "detail": "13 problems, listed in `errors`",
      "errors": [
        {
          "detail": "it contains U+0000, a control or direction-changing character, which is not allowed here",
          "pointer": "/external_id"
        },
        {
          "detail": "it must not be empty",
          "pointer": "/name"
        },
        {
          "detail": "not a concept id: expected `con_` and 32 lower-case hexadecimal digits",
          "pointer": "/concept"
        },
        {
          "detail": "it contains U+000A, a control or direction-changing character, which is not allowed here",
          "pointer": "/labels/1"
        },
        {
          "detail": "a moment in RFC 3339, with its offset: `2026-11-24T09:58:44Z`",
          "pointer": "/rights/from"
        },
        {
          "detail": "`loose` is not one of `staged`, `strict`",
          "pointer": "/change_policy"
        },
        {
          "detail": "`picture` is not one of `image`, `html5`, `display_tag`, `video_hosted`, `video_vast`, `native_in_feed`",
          "pointer": "/manifest/kind"
        },
        {
          "detail": "a format id has 1 to 100 of the characters A-Z, a-z, 0-9, `_` and `-`",
          "pointer": "/manifest/formats/0"
        },
        {
          "detail": "a SHA-256 is 64 hexadecimal digits",
          "pointer": "/manifest/assets/a~1b/blob"
        },
        {
          "detail": "exactly one of `blob`, `text` and `url` says where the content is",
          "pointer": "/manifest/assets/two"
        },
        {
          "detail": "it is not an absolute http or https URL",
          "pointer": "/manifest/click_url"
        },
        {
          "detail": "`never` is not one of `impression`, `viewable_impression`, `click`, `start`, `first_quartile`, `midpoint`, `third_quartile`, `complete`",
          "pointer": "/manifest/trackers/0/event"
        },
        {
          "detail": "it is not an absolute http or https URL",
          "pointer": "/manifest/trackers/0/url"
        }
      ],
      "request_id": "a-test",
      "status": 422,
      "title": "The request is not valid",
      "type": "urn:creativestore:problem:invalid_request"
    }
    "#);
}

#[tokio::test]
async fn an_unknown_field_is_refused_naming_the_nearest() {
    let world = World::new().await;
    let told = world.ask("POST", "/v1/concepts").json(json!({ "name": "A", "acount": "acc_1" })).told().await;
    assert_snapshot!(told.shown(), @r#"
    422 Unprocessable Entity
    cache-control: no-store
    content-type: application/problem+json

    {
      "advice": "Look at `errors`: each has a JSON pointer and says what is allowed.",
      "detail": "/acount: unknown field `acount`, expected `account` or `name`; did you mean `account`?",
      "errors": [
        {
          "detail": "unknown field `acount`, expected `account` or `name`; did you mean `account`?",
          "pointer": "/acount"
        }
      ],
      "request_id": "a-test",
      "status": 422,
      "title": "The request is not valid",
      "type": "urn:creativestore:problem:invalid_request"
    }
    "#);
    let told = world.ask("GET", "/v1/creatives?lable=x").told().await;
    assert_snapshot!(told.shown(), @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/problem+json

    {
      "advice": "Look at `errors`: each names a parameter and what it may be.",
      "detail": "query: lable: unknown field `lable`, expected one of `account`, `concept`, `kind`, `format`, `status`, `label`, `created_from`, `created_until`, `updated_from`, `updated_until`, `q`, `sort`, `limit`, `cursor`",
      "errors": [
        {
          "detail": "lable: unknown field `lable`, expected one of `account`, `concept`, `kind`, `format`, `status`, `label`, `created_from`, `created_until`, `updated_from`, `updated_until`, `q`, `sort`, `limit`, `cursor`",
          "pointer": "query"
        }
      ],
      "request_id": "a-test",
      "status": 400,
      "title": "A parameter is not valid",
      "type": "urn:creativestore:problem:invalid_parameter"
    }
    "#);
}

#[tokio::test]
async fn a_field_of_another_type_is_refused_by_pointer() {
    let world = World::new().await;
    let mut manifest = picture_of(&"0".repeat(64));
    manifest["assets"]["image"]["width"] = "wide".into();
    let body = json!({ "name": "A", "manifest": manifest });
    let told = world.ask("POST", "/v1/creatives").json(body).told().await;
    told.expect(422, "invalid_request");
    assert_eq!(told.pointers(), ["/manifest/assets/image/width"]);
}

#[tokio::test]
async fn a_body_of_another_content_type_is_refused() {
    let world = World::new().await;
    for path in ["/v1/concepts", "/v1/creatives/cr_1/archive"] {
        let ask = world.ask("POST", path).header("content-type", "text/plain").bytes("{\"name\": \"A\"}");
        ask.told().await.expect(415, "unsupported_media_type");
        let ask = world.ask("POST", path).bytes("{\"name\": \"A\"}");
        ask.told().await.expect(415, "unsupported_media_type");
    }
}

#[tokio::test]
async fn a_route_that_is_not_there_and_a_method_that_is_not_there_are_problems() {
    let world = World::new().await;
    world.ask_unknown("GET", "/v2/creatives").told().await.expect(404, "not_found");
    world.ask("GET", "/v1/creatives/%FF").told().await.expect(404, "not_found");
    let told = world.ask("DELETE", "/v1/creatives").told().await;
    told.expect(405, "method_not_allowed");
    let mut allowed: Vec<_> = told.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn a_request_id_is_echoed_if_it_is_sane_and_made_otherwise() {
    let world = World::new().await;
    for path in ["/v1/auth/me", "/v1/nothing"] {
        let told = world.ask("GET", path).header("x-request-id", "a.b_c-1").told().await;
        assert_eq!(told.header("x-request-id"), "a.b_c-1");
        for odd in ["", "a b", "a\"b", &"a".repeat(129)] {
            let told = world.ask("GET", path).header("x-request-id", odd).told().await;
            assert!(told.header("x-request-id").starts_with("req_"), "{odd}");
        }
    }
}

#[tokio::test]
async fn an_idempotency_key_that_is_used_for_another_request_is_refused() {
    let world = World::new().await;
    let ask = |name: &str| {
        world.ask("POST", "/v1/concepts").header("idempotency-key", "k1").json(json!({ "name": name }))
    };
    let first = ask("A").told().await;
    assert_eq!((first.status.as_u16(), first.header("idempotent-replayed")), (201, ""));
    let again = ask("A").told().await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (201, "true"));
    assert_eq!((again.json(), again.header("location")), (first.json(), first.header("location")));
    ask("B").told().await.expect(422, "idempotency_key_reused");
    let elsewhere = world.ask("POST", "/v1/accounts/none/members").header("idempotency-key", "k1");
    elsewhere.json(json!({ "login": "a", "role": "viewer" })).told().await.expect(404, "not_found");
    let items = world.ask("GET", "/v1/concepts").told().await;
    assert_eq!(items.json()["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_idempotency_key_that_cannot_be_one_is_refused() {
    let world = World::new().await;
    for key in ["", "a b", "ä", &"k".repeat(256)] {
        let ask = world.ask("POST", "/v1/concepts").header("idempotency-key", key);
        let told = ask.json(json!({ "name": "A" })).told().await;
        told.expect(400, "invalid_header");
        assert_eq!(told.pointers(), ["Idempotency-Key"]);
    }
}

#[tokio::test]
async fn the_same_key_of_another_principal_is_another_key() {
    let world = World::new().await;
    let body = json!({ "name": "A" });
    let ask = world.ask("POST", "/v1/concepts").header("idempotency-key", "k1").json(&body);
    let other = world.ask_other("POST", "/v1/concepts").header("idempotency-key", "k1").json(&body);
    let (ours, theirs) = (ask.told().await, other.told().await);
    assert_eq!((ours.status.as_u16(), theirs.status.as_u16()), (201, 201));
    assert_ne!(ours.json()["id"], theirs.json()["id"]);
}

#[tokio::test]
async fn a_stale_if_match_is_refused_and_a_missing_one_is_asked_for() {
    let world = World::new().await;
    let id = world.creative("image 300x250").await;
    let path = format!("/v1/creatives/{id}");
    let change = |name: &str| world.ask("PATCH", &path).json(json!({ "name": name }));
    let told = change("New").told().await;
    assert_snapshot!(told.shown(), @r#"
    428 Precondition Required
    cache-control: no-store
    content-type: application/problem+json

    {
      "advice": "Send the version that you saw in `If-Match`, so that nobody's change is lost.",
      "detail": "`If-Match` is missing",
      "request_id": "a-test",
      "status": 428,
      "title": "A version is needed",
      "type": "urn:creativestore:problem:precondition_required"
    }
    "#);
    for odd in ["1", "W/\"1\"", "\"1", "\"1\", \"2\"", "", "**"] {
        change("New").header("if-match", odd).told().await.expect(400, "invalid_header");
    }
    for stale in ["\"0\"", "\"2\"", "\"01\"", "\"+1\"", "\"abc\"", "\"\""] {
        change("New").header("if-match", stale).told().await.expect(412, "precondition_failed");
    }
    assert_eq!(world.ask("GET", &path).told().await.json()["name"], "A creative");
    let told = change("New").header("if-match", "\"1\"").told().await;
    assert_eq!((told.status.as_u16(), told.header("etag")), (200, "\"2\""));
    change("Newer").header("if-match", "\"1\"").told().await.expect(412, "precondition_failed");
    assert_eq!(change("Newest").header("if-match", "*").told().await.header("etag"), "\"3\"");
}

#[tokio::test]
async fn null_takes_away_what_can_be_taken_away_and_nothing_else() {
    let world = World::new().await;
    let id = world.creative("image 300x250").await;
    let path = format!("/v1/creatives/{id}");
    let change = |body| world.ask("PATCH", &path).header("if-match", "*").json(body);
    let set = json!({ "labels": ["one"], "rights": { "until": "2030-01-01T00:00:00Z" } });
    assert_eq!(change(set).told().await.json()["labels"], json!(["one"]));
    let told = change(json!({ "labels": null, "rights": null })).told().await;
    assert_eq!((&told.json()["labels"], &told.json()["rights"]["until"]), (&json!([]), &json!(null)));
    let told = change(json!({ "name": null })).told().await;
    told.expect(422, "invalid_request");
    assert_eq!(told.pointers(), ["/name"]);
}

#[tokio::test]
async fn a_body_of_many_pieces_is_read_whole() {
    let world = World::new().await;
    let body = json!({ "name": "A concept" }).to_string();
    let pieces = body.into_bytes().into_iter().map(|byte| Ok::<_, std::io::Error>(vec![byte]));
    let ask = world.ask("POST", "/v1/concepts").header("content-type", "application/json; charset=utf-8");
    let told = ask.body(Body::from_stream(futures_util::stream::iter(pieces).boxed())).told().await;
    assert_eq!(told.status.as_u16(), 201);
}
