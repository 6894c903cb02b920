//! Accounts, members, keys, concepts and the audit log.

use creativestore_domain::access::Grants;
use creativestore_domain::text::Login;
use creativestore_usecases::{Caller, users};
use insta::assert_snapshot;
use serde_json::json;

use crate::world::{World, name};

/// The access token of an administrator of the installation.
async fn installer(world: &World) -> String {
    let login = Login::parse("root").expect("a login");
    let grants = Grants { installation: true, ..Grants::default() };
    let request = users::Create { login, name: name("Root"), grants };
    let made = users::create(&world.inside, &Caller::system(), request).await.expect("a user");
    let body = json!({ "one_time_token": made.one_time_token });
    let session = world.ask_unknown("POST", "/v1/auth/token").json(body).told().await.json();
    session["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn an_account_is_made_by_who_administers_the_installation() {
    let world = World::new().await;
    let token = installer(&world).await;
    let body = json!({ "name": "Aurora Coffee", "brand_domain": "aurora.example" });
    let told = world.ask("POST", "/v1/accounts").json(&body).told().await;
    told.expect(403, "forbidden");
    let told = world.ask_unknown("POST", "/v1/accounts").bearer(&token).json(&body).told().await;
    assert_snapshot!(told.shown(), @r#"
    201 Created
    content-length: 239
    content-type: application/json
    etag: "1"
    location: /v1/accounts/acc_0000000000000000000000000000000d

    {
      "brand_domain": "aurora.example",
      "change_policy": "staged",
      "created_at": "2026-11-24T10:00:00.000000Z",
      "id": "acc_0000000000000000000000000000000d",
      "name": "Aurora Coffee",
      "operator": null,
      "updated_at": "2026-11-24T10:00:00.000000Z",
      "version": 1
    }
    "#);
    let listed = world.ask_unknown("GET", "/v1/accounts").bearer(&token).told().await.json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(3));
    let told = world.ask("GET", "/v1/accounts").told().await.json();
    assert_eq!(told["items"].as_array().map(Vec::len), Some(1), "one's own only");
}

#[tokio::test]
async fn an_account_is_shown_and_changed() {
    let world = World::new().await;
    let path = format!("/v1/accounts/{}", world.acme);
    let told = world.ask("GET", &path).told().await;
    assert_eq!((told.header("etag"), &told.json()["name"]), ("\"1\"", &json!("Acme")));
    let change = |body| world.ask("PATCH", &path).json(body);
    change(json!({ "name": "Ace" })).told().await.expect(428, "precondition_required");
    let body = json!({ "name": "Ace", "operator": "agency.example", "change_policy": "strict" });
    let told = change(body).header("if-match", "\"1\"").told().await;
    assert_snapshot!(told.shown(), @r#"
    200 OK
    content-length: 229
    content-type: application/json
    etag: "2"

    {
      "brand_domain": null,
      "change_policy": "strict",
      "created_at": "2026-11-24T10:00:00.000000Z",
      "id": "acc_00000000000000000000000000000001",
      "name": "Ace",
      "operator": "agency.example",
      "updated_at": "2026-11-24T10:00:00.000000Z",
      "version": 2
    }
    "#);
    change(json!({ "name": "Ace" }))
        .header("if-match", "\"1\"")
        .told()
        .await
        .expect(412, "precondition_failed");
    let told = change(json!({ "operator": null })).header("if-match", "\"2\"").told().await;
    assert_eq!(told.json()["operator"], json!(null));
}

#[tokio::test]
async fn a_member_is_added_once_with_a_token_and_then_changed() {
    let world = World::new().await;
    let path = format!("/v1/accounts/{}/members", world.acme);
    let add =
        |role: &str| world.ask("POST", &path).json(json!({ "login": "Ada@acme.example", "role": role }));
    let first = add("reviewer").told().await;
    assert_eq!((first.status.as_u16(), first.json()["one_time_token"].is_string()), (201, true));
    assert_eq!(first.header("cache-control"), "no-store");
    let again = add("editor").told().await;
    assert_eq!((&again.json()["role"], &again.json()["one_time_token"]), (&json!("editor"), &json!(null)));
    assert_snapshot!(world.ask("GET", &path).told().await.shown(), @r#"
    200 OK
    content-length: 128
    content-type: application/json

    {
      "items": [
        {
          "login": "ada@acme.example",
          "name": "Ada@acme.example",
          "role": "editor",
          "user": "usr_00000000000000000000000000000009"
        }
      ]
    }
    "#);
    add("king").told().await.expect(422, "invalid_request");
}

#[tokio::test]
async fn a_key_is_made_with_a_secret_that_is_shown_once() {
    let world = World::new().await;
    let body = json!({ "name": "ad server", "role": "viewer" });
    let ask = || world.ask("POST", "/v1/api-keys").header("idempotency-key", "k").json(&body);
    let first = ask().told().await;
    assert!(first.json()["secret"].as_str().is_some_and(|secret| secret.starts_with("cs_key_")));
    assert_eq!(first.header("cache-control"), "no-store");
    assert_snapshot!(ask().told().await.shown(), @r#"
    201 Created
    cache-control: no-store
    content-length: 222
    content-type: application/json
    idempotent-replayed: true
    location: /v1/api-keys/key_00000000000000000000000000000009

    {
      "account": "acc_00000000000000000000000000000001",
      "created_at": "2026-11-24T10:00:00.000000Z",
      "expires_at": null,
      "id": "key_00000000000000000000000000000009",
      "name": "ad server",
      "revoked_at": null,
      "role": "viewer",
      "secret": null
    }
    "#);
    let listed = world.ask("GET", "/v1/api-keys").told().await;
    assert!(!listed.text().contains("cs_key_"));
    assert_eq!(listed.json()["items"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_concept_is_made_shown_and_renamed() {
    let world = World::new().await;
    let told = world.ask("POST", "/v1/concepts").json(json!({ "name": "Holiday 2026" })).told().await;
    assert_snapshot!(told.shown(), @r#"
    201 Created
    content-length: 214
    content-type: application/json
    etag: "1"
    location: /v1/concepts/con_00000000000000000000000000000009

    {
      "account": "acc_00000000000000000000000000000001",
      "created_at": "2026-11-24T10:00:00.000000Z",
      "id": "con_00000000000000000000000000000009",
      "name": "Holiday 2026",
      "updated_at": "2026-11-24T10:00:00.000000Z",
      "version": 1
    }
    "#);
    let path = told.header("location").to_owned();
    let told =
        world.ask("PATCH", &path).header("if-match", "\"1\"").json(json!({ "name": "Holiday" })).told().await;
    assert_eq!((told.header("etag"), &told.json()["name"]), ("\"2\"", &json!("Holiday")));
    assert_eq!(world.ask("GET", &path).told().await.json(), told.json());
}

#[tokio::test]
async fn the_audit_log_says_who_did_what_in_which_request() {
    let world = World::new().await;
    let ask = world.ask("POST", "/v1/concepts").header("x-request-id", "the-request");
    ask.json(json!({ "name": "A" })).told().await;
    let told = world.ask("GET", "/v1/audit?limit=1").told().await;
    assert_snapshot!(told.json()["items"][0].to_string(), @r#"{"action":"concept.created","address":null,"at":"2026-11-24T10:00:00.000000Z","by":"key_00000000000000000000000000000003","detail":"A","id":"aud_0000000000000000000000000000000a","request_id":"the-request","subject":"con_00000000000000000000000000000009"}"#);
}
