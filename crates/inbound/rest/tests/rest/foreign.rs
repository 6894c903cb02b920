//! Another account's ids, on every route that takes one.

use serde_json::{Value, json};

use crate::world::{World, picture_of};

/// Everything of Acme that has an id.
struct Theirs {
    account: String,
    creative: String,
    concept: String,
    blob: String,
    key: String,
    assignment: String,
}

async fn theirs(world: &World) -> Theirs {
    let creative = world.approved("image 300x250").await;
    let made = async |path: &str, body: Value| {
        let told = world.ask("POST", path).json(body).told().await;
        assert_eq!(told.status.as_u16(), 201, "{}", told.text());
        told.json()["id"].as_str().expect("an id").to_owned()
    };
    Theirs {
        account: world.acme.to_string(),
        concept: made("/v1/concepts", json!({ "name": "A" })).await,
        key: made("/v1/api-keys", json!({ "name": "A", "role": "viewer" })).await,
        assignment: made("/v1/assignments", json!({ "creative": creative, "package": "p" })).await,
        blob: world.upload("image 300x250").await,
        creative,
    }
}

/// The body with which a request would be carried out, if the id were one's own.
fn body(method: &str, path: &str, blob: &str) -> Option<Value> {
    Some(match (method, path) {
        ("patch", _) => json!({ "name": "Mine now" }),
        ("post", path) if path.ends_with("/members") => json!({ "login": "me", "role": "admin" }),
        ("post", path) if path.ends_with("/reviews") => json!({ "decision": "approve" }),
        ("post", path) if path.ends_with("/revisions") => json!({ "manifest": picture_of(blob) }),
        _ => return None,
    })
}

#[tokio::test]
async fn another_accounts_ids_are_not_found_on_any_route() {
    let world = World::new().await;
    let theirs = theirs(&world).await;
    let unknown = "0192f0c1d2e37a4b8c5d6e7f8091a2b3";
    let own = world.ask_other("POST", "/v1/blobs").bytes("image 300x251").told().await.json();
    let own = own["sha256"].as_str().expect("a hash");
    let document = serde_json::to_value(creativestore_rest::openapi()).expect("JSON");
    let mut tried = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            // Formats are the same for all, and an external id is the caller's own.
            let shared = path.starts_with("/v1/formats") || path.contains("{external_id}");
            if shared || !path.contains('{') {
                continue;
            }
            let (id, prefix) = match path.split('/').nth(2) {
                Some("creatives") => (&theirs.creative, "cr_"),
                Some("concepts") => (&theirs.concept, "con_"),
                Some("api-keys") => (&theirs.key, "key_"),
                Some("assignments") => (&theirs.assignment, "asg_"),
                Some("accounts") => (&theirs.account, "acc_"),
                Some("blobs") => (&theirs.blob, unknown),
                other => panic!("{path}: what is {other:?}?"),
            };
            let nobodys = format!("{prefix}{unknown}");
            let ask = async |id: &str| {
                let path = path
                    .replace("{id}", id)
                    .replace("{account}", id)
                    .replace("{sha256}", id)
                    .replace("{n}", "1")
                    .replace("{recipe}", "thumbnail-64");
                assert!(!path.contains('{'), "{path}");
                let ask = world.ask_other(&method.to_uppercase(), &path).header("if-match", "*");
                let told = match body(method, &path, own) {
                    Some(body) => ask.json(body).told().await,
                    None => ask.told().await,
                };
                assert_eq!(told.status.as_u16(), 404, "{method} {path}: {}", told.text());
                told.text()
            };
            assert_eq!(ask(id).await, ask(&nobodys).await, "{method} {path} tells that the id is taken");
            tried += 1;
        }
    }
    assert!(tried >= 23, "{tried} routes were tried");
}

#[tokio::test]
async fn another_accounts_ids_in_parameters_and_bodies_are_not_found() {
    let world = World::new().await;
    let theirs = theirs(&world).await;
    let document = serde_json::to_value(creativestore_rest::openapi()).expect("JSON");
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let Some(operation) = methods.get("get").filter(|_| !path.contains('{')) else { continue };
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        if parameters.iter().any(|it| it["name"] == "account") && path != "/v1/accounts" {
            let told = world.ask_other("GET", &format!("{path}?account={}", theirs.account)).told().await;
            told.expect(404, "not_found");
        }
    }
    let Theirs { account, creative, concept, blob, .. } = &theirs;
    for (path, body) in [
        ("/v1/concepts", json!({ "account": account, "name": "A" })),
        ("/v1/api-keys", json!({ "account": account, "name": "A", "role": "viewer" })),
        ("/v1/creatives", json!({ "account": account, "name": "A", "manifest": picture_of(blob) })),
        ("/v1/checks", json!({ "account": account, "blob": blob })),
        ("/v1/assignments", json!({ "account": account, "creative": creative, "package": "p" })),
        ("/v1/assignments", json!({ "creative": creative, "package": "p" })),
    ] {
        let told = world.ask_other("POST", path).json(&body).told().await;
        assert_eq!(told.status.as_u16(), 404, "{path} {body}: {}", told.text());
    }
    // Content that is not there is named by its place in the request.
    let own = world.ask_other("POST", "/v1/blobs").bytes("image 300x251").told().await.json();
    let own = picture_of(own["sha256"].as_str().expect("a hash"));
    for (path, body, pointer) in [
        (
            "/v1/creatives",
            json!({ "name": "A", "manifest": picture_of(blob) }),
            "/manifest/assets/image/blob",
        ),
        ("/v1/creatives", json!({ "name": "A", "concept": concept, "manifest": own }), "/concept"),
        ("/v1/checks", json!({ "blob": blob }), "/blob"),
        ("/v1/checks", json!({ "manifest": picture_of(blob) }), "/manifest/assets/image/blob"),
    ] {
        let told = world.ask_other("POST", path).json(body).told().await;
        told.expect(422, "invalid_request");
        assert_eq!(told.pointers(), [pointer]);
    }
    let raw = world.ask_other("POST", &format!("/v1/blobs?account={account}")).bytes("x").told().await;
    raw.expect(404, "not_found");
    for list in ["/v1/creatives", "/v1/concepts", "/v1/assignments", "/v1/reviews/queue", "/v1/events"] {
        let told = world.ask_other("GET", list).told().await;
        assert_eq!(told.json()["items"], json!([]), "{list}");
    }
    let of_theirs = world.ask_other("GET", &format!("/v1/assignments?creative={creative}")).told().await;
    assert_eq!(of_theirs.json()["items"], json!([]));
}
