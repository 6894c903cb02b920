//! Signing in, staying signed in, and everything that is no proof of who somebody is.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use creativestore_domain::access::{Actor, Grants, Role};
use creativestore_domain::id::UserId;
use creativestore_domain::text::Login;
use creativestore_domain::time::Timestamp;
use creativestore_jwt::JwtTokens;
use creativestore_ports::access::{Claims, Tokens};
use creativestore_usecases::{Caller, users};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::{BEGINNING, World, name};

/// Somebody with these grants, signed in: what the session is.
async fn signed_in(world: &World, login: &str, grants: Grants) -> Value {
    let login = Login::parse(login).expect("a login");
    let request = users::Create { login, name: name("Somebody"), grants };
    let made = users::create(&world.inside, &Caller::system(), request).await.expect("a user");
    let body = json!({ "one_time_token": made.one_time_token });
    let told = world.ask_unknown("POST", "/v1/auth/token").json(&body).told().await;
    assert_eq!(told.status.as_u16(), 200, "{}", told.text());
    let again = world.ask_unknown("POST", "/v1/auth/token").json(&body).told().await;
    again.expect(401, "credentials_invalid");
    told.json()
}

fn editor_of(world: &World) -> Grants {
    Grants { installation: false, accounts: [(world.acme, Role::Editor)].into() }
}

fn text<'a>(session: &'a Value, field: &str) -> &'a str {
    session[field].as_str().expect("a text")
}

#[tokio::test]
async fn a_key_is_exchanged_for_a_session_that_says_who_one_is() {
    let world = World::new().await;
    let told = world.ask_unknown("POST", "/v1/auth/token").json(json!({ "api_key": world.key })).told().await;
    assert_eq!(told.header("cache-control"), "no-store");
    let session = told.json();
    assert_eq!((&session["token_type"], &session["expires_in"]), (&json!("Bearer"), &json!(900)));
    let me = world.ask_unknown("GET", "/v1/auth/me").bearer(text(&session, "access_token")).told().await;
    assert_snapshot!(me.shown(), @r#"
    200 OK
    content-length: 166
    content-type: application/json

    {
      "accounts": [
        {
          "account": "acc_00000000000000000000000000000001",
          "role": "admin"
        }
      ],
      "id": "key_00000000000000000000000000000003",
      "installation_admin": false,
      "name": "a key"
    }
    "#);
}

#[tokio::test]
async fn a_password_signs_in_and_a_wrong_one_does_not() {
    let world = World::new().await;
    let session = signed_in(&world, "ada@acme.example", editor_of(&world)).await;
    let ask = world.ask_unknown("PUT", "/v1/auth/me/password").bearer(text(&session, "access_token"));
    let told = ask.json(json!({ "password": "correct horse battery" })).told().await;
    assert_eq!(told.status.as_u16(), 204, "{}", told.text());
    let sign_in = |login: &str, password: &str| {
        world.ask_unknown("POST", "/v1/auth/token").json(json!({ "login": login, "password": password }))
    };
    assert_eq!(sign_in("Ada@acme.example", "correct horse battery").told().await.status.as_u16(), 200);
    let wrong = sign_in("ada@acme.example", "wrong horse battery").told().await;
    let unknown = sign_in("bob@acme.example", "correct horse battery").told().await;
    wrong.expect(401, "credentials_invalid");
    assert_eq!(wrong.text(), unknown.text(), "which part is wrong is not told");
}

#[tokio::test]
async fn a_refresh_token_works_once_and_using_it_again_ends_its_family() {
    let world = World::new().await;
    let session = signed_in(&world, "ada", editor_of(&world)).await;
    let refresh =
        |token: &str| world.ask_unknown("POST", "/v1/auth/refresh").json(json!({ "refresh_token": token }));
    let second = refresh(text(&session, "refresh_token")).told().await.json();
    assert_ne!(second["refresh_token"], session["refresh_token"]);
    refresh(text(&session, "refresh_token")).told().await.expect(401, "token_reused");
    let told = refresh(text(&second, "refresh_token")).told().await;
    assert_eq!(told.status.as_u16(), 401, "the whole family has ended");
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let world = World::new().await;
    let session = signed_in(&world, "ada", editor_of(&world)).await;
    let body = json!({ "refresh_token": session["refresh_token"] });
    let told = world.ask_unknown("POST", "/v1/auth/revoke").json(&body).told().await;
    assert_eq!(told.status.as_u16(), 204);
    let told = world.ask_unknown("POST", "/v1/auth/refresh").json(&body).told().await;
    assert_eq!(told.status.as_u16(), 401);
}

#[tokio::test]
async fn sign_in_takes_exactly_one_proof() {
    let world = World::new().await;
    for body in [json!({}), json!({ "login": "a" }), json!({ "api_key": "a", "one_time_token": "b" })] {
        let told = world.ask_unknown("POST", "/v1/auth/token").json(body).told().await;
        told.expect(422, "invalid_request");
    }
}

#[tokio::test]
async fn an_expired_token_is_told_apart() {
    let world = World::new().await;
    let session = signed_in(&world, "ada", editor_of(&world)).await;
    world.pass(Duration::from_mins(15));
    let told = world.ask_unknown("GET", "/v1/auth/me").bearer(text(&session, "access_token")).told().await;
    assert_snapshot!(told.shown(), @r#"
    401 Unauthorized
    cache-control: no-store
    content-type: application/problem+json
    www-authenticate: Bearer

    {
      "advice": "Get the next one at /v1/auth/refresh.",
      "detail": "the access token has expired",
      "request_id": "a-test",
      "status": 401,
      "title": "The access token has expired",
      "type": "urn:creativestore:problem:token_expired"
    }
    "#);
}

#[tokio::test]
async fn tampered_unsigned_and_foreign_tokens_are_not_valid() {
    let world = World::new().await;
    let session = signed_in(&world, "ada", editor_of(&world)).await;
    let good = text(&session, "access_token");
    let refused = async |what: &str, token: String| {
        let told = world.ask_unknown("GET", "/v1/auth/me").bearer(&token).told().await;
        assert_eq!((told.status.as_u16(), told.problem().as_str()), (401, "token_invalid"), "{what}");
        assert_eq!(told.header("www-authenticate"), "Bearer", "{what}");
    };
    let parts: Vec<&str> = good.split('.').collect();
    let payload = URL_SAFE_NO_PAD.decode(parts[1]).expect("base64");
    let mut payload: BTreeMap<String, Value> = serde_json::from_slice(&payload).expect("a payload");
    payload.insert("exp".into(), 9_999_999_999_u64.into());
    let longer = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&payload).expect("JSON"));
    refused("tampered", format!("{}.{longer}.{}", parts[0], parts[2])).await;
    let none = |alg: &str| URL_SAFE_NO_PAD.encode(format!("{{\"alg\":\"{alg}\",\"typ\":\"JWT\"}}"));
    for alg in ["none", "None", "RS256", "HS384"] {
        refused(alg, format!("{}.{}.", none(alg), parts[1])).await;
        refused(alg, format!("{}.{}.{}", none(alg), parts[1], parts[2])).await;
    }
    let now = Timestamp::from_micros(BEGINNING);
    let user = Actor::User(UserId::parse("usr_00000000000000000000000000000001").expect("an id"));
    let claims = |subject| Claims { subject, issued_at: now, expires_at: now.plus(Duration::from_mins(15)) };
    let elsewhere = JwtTokens::new(&[8; 32]).expect("a secret");
    refused("another key", elsewhere.issue(&claims(user))).await;
    refused("nobody", world.inside.tokens.issue(&claims(user))).await;
    refused("the system", world.inside.tokens.issue(&claims(Actor::System))).await;
    for cut in [0, 1, good.len() / 2, good.len() - 1] {
        let told = world.ask_unknown("GET", "/v1/auth/me").bearer(&good[..cut]).told().await;
        assert_eq!(told.status.as_u16(), 401, "cut at {cut}");
    }
}

#[tokio::test]
async fn without_a_bearer_every_described_route_but_sign_in_is_closed() {
    let world = World::new().await;
    let document = serde_json::to_value(creativestore_rest::openapi()).expect("JSON");
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            let open = ["/v1/auth/token", "/v1/auth/refresh", "/v1/auth/revoke"].contains(&path.as_str());
            let path = path.replace(['{', '}'], "");
            for scheme in ["", "Basic YTpi", "Bearer", "Bearer ", "bearer\u{a0}x"] {
                let ask = world.ask_unknown(&method.to_uppercase(), &path);
                let ask = if scheme.is_empty() { ask } else { ask.header("authorization", scheme) };
                let told = ask.told().await;
                if !open {
                    told.expect(401, "unauthenticated");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_key_that_was_taken_back_or_ran_out_no_longer_works() {
    let world = World::new().await;
    let body = json!({ "name": "short", "role": "viewer", "expires_at": "2026-11-24T11:00:00Z" });
    let made = world.ask("POST", "/v1/api-keys").json(body).told().await.json();
    let secret = text(&made, "secret");
    let me = || world.ask_unknown("GET", "/v1/auth/me").bearer(secret);
    assert_eq!(me().told().await.status.as_u16(), 200);
    world.pass(Duration::from_hours(1));
    me().told().await.expect(401, "credentials_invalid");
    let told = world.ask("DELETE", &format!("/v1/api-keys/{}", text(&made, "id"))).told().await;
    assert_eq!(told.status.as_u16(), 204);
    me().told().await.expect(401, "credentials_invalid");
}

#[tokio::test]
async fn a_role_that_does_not_carry_the_permission_is_refused_by_name() {
    let world = World::new().await;
    let viewer = world.key_of(Role::Viewer).await;
    let ask = world.ask("POST", "/v1/concepts").bearer(&viewer);
    assert_snapshot!(ask.json(json!({ "name": "A" })).told().await.shown(), @r#"
    403 Forbidden
    cache-control: no-store
    content-type: application/problem+json

    {
      "advice": "Ask an administrator of the account for the role that `detail` names.",
      "detail": "this needs the permission to change creatives (editor or admin)",
      "request_id": "a-test",
      "status": 403,
      "title": "Not permitted",
      "type": "urn:creativestore:problem:forbidden"
    }
    "#);
    let id = world.creative("image 300x250").await;
    world.work().await;
    let editor = world.key_of(Role::Editor).await;
    let path = format!("/v1/creatives/{id}/revisions/1/reviews");
    let ask = world.ask("POST", &path).bearer(&editor).json(json!({ "decision": "approve" }));
    ask.told().await.expect(403, "forbidden");
    let ask = world.ask("GET", "/v1/audit").bearer(&editor);
    ask.told().await.expect(403, "forbidden");
}

#[tokio::test]
async fn who_has_several_accounts_is_asked_which() {
    let world = World::new().await;
    let accounts = [(world.acme, Role::Admin), (world.other, Role::Viewer)].into();
    let session = signed_in(&world, "ada", Grants { installation: false, accounts }).await;
    let token = text(&session, "access_token");
    let told = world.ask_unknown("GET", "/v1/creatives").bearer(token).told().await;
    assert_snapshot!(told.shown(), @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/problem+json

    {
      "accounts": [
        "acc_00000000000000000000000000000001",
        "acc_00000000000000000000000000000005"
      ],
      "advice": "Name one of `accounts` in the parameter `account`.",
      "detail": "several accounts are possible: name one",
      "request_id": "a-test",
      "status": 400,
      "title": "Several accounts are possible",
      "type": "urn:creativestore:problem:account_ambiguous"
    }
    "#);
    let path = format!("/v1/creatives?account={}", world.other);
    assert_eq!(world.ask_unknown("GET", &path).bearer(token).told().await.status.as_u16(), 200);
    let body = json!({ "account": world.acme.to_string(), "name": "A" });
    let told = world.ask_unknown("POST", "/v1/concepts").bearer(token).json(body).told().await;
    assert_eq!(told.status.as_u16(), 201);
    let path = "/v1/creatives?account=acc_0000000000000000000000000000dead";
    world.ask_unknown("GET", path).bearer(token).told().await.expect(404, "not_found");
}

#[tokio::test]
async fn who_asks_for_too_much_is_told_how_long_to_wait() {
    let world = World::with_limit(2).await;
    for _ in 0..2 {
        assert_eq!(world.ask("GET", "/v1/auth/me").told().await.status.as_u16(), 200);
    }
    let told = world.ask("GET", "/v1/auth/me").told().await;
    told.expect(429, "rate_limited");
    assert_eq!(told.header("retry-after"), "1");
    assert_eq!(world.ask_other("GET", "/v1/auth/me").told().await.status.as_u16(), 200);
    for _ in 0..2 {
        let told = world.ask_unknown("POST", "/v1/auth/token").json(json!({ "api_key": "x" })).told().await;
        told.expect(401, "credentials_invalid");
    }
    for path in ["token", "refresh", "revoke"] {
        let body = if path == "token" { json!({ "api_key": "x" }) } else { json!({ "refresh_token": "x" }) };
        let told = world.ask_unknown("POST", &format!("/v1/auth/{path}")).json(body).told().await;
        told.expect(429, "rate_limited");
    }
}
