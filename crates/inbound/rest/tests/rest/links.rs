//! Signed links: to previews, which expire, and to what tags refer to, which last.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::{Told, World};

const HOST: &str = "https://ads.example";

/// The path of one of our links.
fn path(url: &Value) -> String {
    url.as_str().and_then(|url| url.strip_prefix(HOST)).expect("a link of ours").to_owned()
}

async fn preview(world: &World, id: &str) -> String {
    let told = world.ask("POST", &format!("/v1/creatives/{id}/preview")).told().await;
    assert_eq!(told.status.as_u16(), 200, "{}", told.text());
    path(&told.json()["url"])
}

async fn get(world: &World, path: &str) -> Told {
    world.ask_unknown("GET", path).told().await
}

async fn bundle(world: &World) -> String {
    let sha256 = world.upload("bundle 300x250").await;
    let manifest = json!({
        "kind": "html5",
        "formats": ["box_html5"],
        "assets": { "bundle": { "type": "zip", "blob": sha256 } },
        "click_url": "https://acme.example/",
    });
    let body = json!({ "name": "A bundle", "manifest": manifest });
    let told = world.ask("POST", "/v1/creatives").json(body).told().await;
    assert_eq!(told.status.as_u16(), 201, "{}", told.text());
    world.work().await;
    told.json()["id"].as_str().expect("an id").to_owned()
}

/// Sandboxed, without our origin.
fn expect_sandboxed(told: &Told) {
    let policy = told.header("content-security-policy");
    assert!(policy.starts_with("sandbox allow-scripts allow-popups"), "{policy}");
    assert!(!policy.contains("allow-same-origin"));
    assert_eq!(told.header("x-content-type-options"), "nosniff");
    assert_eq!(told.header("referrer-policy"), "no-referrer");
    assert_eq!(told.header("set-cookie"), "");
}

#[tokio::test]
async fn a_preview_link_is_made_and_shows_the_creative_in_a_frame() {
    let world = World::new().await;
    let id = world.creative("image 300x250").await;
    world.work().await;
    let told = world.ask("POST", &format!("/v1/creatives/{id}/preview")).told().await;
    assert_eq!(told.json()["expires_at"], "2026-11-24T11:00:00.000000Z");
    let link = path(&told.json()["url"]);
    let page = get(&world, &link).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), "private, no-store");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    assert!(page.text().contains(&format!("src=\"{link}/content\"")), "{}", page.text());
    assert!(page.text().contains("width=\"300\" height=\"250\""));
    assert!(!page.text().contains("allow-same-origin"));
    let content = get(&world, &format!("{link}/content")).await;
    assert_eq!(content.status.as_u16(), 200);
    expect_sandboxed(&content);
    let text = content.text();
    let file = text.split("src=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a picture");
    assert!(file.starts_with(&format!("{link}/files/")), "{file}");
    let picture = get(&world, file).await;
    assert_eq!((picture.header("content-type"), picture.text().as_str()), ("image/png", "image 300x250"));
    expect_sandboxed(&picture);
}

#[tokio::test]
async fn the_preview_of_a_bundle_leads_to_its_first_file_and_those_beside_it() {
    let world = World::new().await;
    let id = bundle(&world).await;
    let link = preview(&world, &id).await;
    let told = get(&world, &format!("{link}/content")).await;
    assert_eq!(told.status.as_u16(), 303, "{}", told.text());
    let entry = told.header("location").to_owned();
    let page = get(&world, &entry).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{}", page.text());
    expect_sandboxed(&page);
    assert!(page.text().contains("ad.js"));
    let script = get(&world, &entry.replace("index.html", "ad.js")).await;
    assert_eq!(
        (script.header("content-type"), script.text().as_str()),
        ("text/javascript; charset=utf-8", "var ad = 1;")
    );
    for odd in ["../ad.js", "%2e%2e/ad.js", "none.js", "..%2f..%2fdb", "ad.js%00"] {
        let told = get(&world, &entry.replace("index.html", odd)).await;
        told.expect(404, "not_found");
    }
}

#[tokio::test]
async fn an_expired_preview_is_gone_with_everything_below_it() {
    let world = World::new().await;
    let id = world.creative("image 300x250").await;
    let sha256 = world.upload("image 300x250").await;
    let link = preview(&world, &id).await;
    world.pass(Duration::from_hours(1));
    for path in ["", "/content", &format!("/files/{sha256}"), &format!("/files/{sha256}/index.html")] {
        get(&world, &format!("{link}{path}")).await.expect(410, "link_expired");
    }
    assert_snapshot!(get(&world, &link).await.json()["detail"].to_string(), @r#""it worked until 2026-11-24T11:00:00.000000Z""#);
}

#[tokio::test]
async fn a_tampered_link_is_not_found() {
    let world = World::new().await;
    let id = world.approved("image 300x250").await;
    let link = preview(&world, &id).await;
    let tag = world.ask("POST", &format!("/v1/creatives/{id}/tag")).told().await.json();
    let address = path(&tag["address"]);
    let body = tag["body"].as_str().expect("a tag");
    let asset = body.split(HOST).nth(1).and_then(|rest| rest.split('"').next()).expect("a file");
    assert_eq!(get(&world, asset).await.status.as_u16(), 200, "{asset}");
    for good in [link.as_str(), asset] {
        for n in good.rfind('/').expect("a token") + 1..good.len() - 1 {
            let mut forged = good.to_owned().into_bytes();
            forged[n] = if forged[n] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            get(&world, &forged).await.expect(404, "not_found");
        }
    }
    let token = |path: &str| path.split('/').nth(2).expect("a token").to_owned();
    // A token for one purpose is none for another.
    for (what, token) in [("assets", token(&link)), ("preview", token(asset)), ("assets", token(&address))] {
        get(&world, &format!("/{what}/{token}")).await.expect(404, "not_found");
    }
    get(&world, &format!("/tags/{}/html", token(asset))).await.expect(404, "not_found");
    get(&world, &format!("/tags/{}/poem", token(&address))).await.expect(404, "not_found");
}

#[tokio::test]
async fn a_preview_shows_the_files_of_its_own_revision_only() {
    let world = World::new().await;
    let id = world.creative("image 300x250").await;
    let elsewhere = world.upload("image 1x1").await;
    let link = preview(&world, &id).await;
    get(&world, &format!("{link}/files/{elsewhere}")).await.expect(404, "not_found");
}

#[tokio::test]
async fn a_tag_is_the_same_bytes_each_time_and_its_files_can_be_embedded_anywhere() {
    let world = World::new().await;
    let id = world.approved("image 300x250").await;
    let ask = || world.ask("POST", &format!("/v1/creatives/{id}/tag"));
    let told = ask().told().await;
    assert_snapshot!(told.shown(), @r#"
    200 OK
    content-length: 733
    content-type: application/json

    {
      "address": "https://ads.example/tags/gVQeAfvwuoRiGaPg_442LGFjY18wMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMXxjcl8wMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwYXw/html",
      "body": "<a href=\"{CLICK_URL}https%3A%2F%2Facme.example%2F\" target=\"_blank\" rel=\"noopener\" style=\"display:inline-block\"><img src=\"https://ads.example/assets/qjdz1HaMuqCjG33dEWmmc2FjY18wMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMXw5NTczYTIxNTJhNTAyNTczM2I4MDU5YTM5NjA1MmYzNTc1YTViYzYxN2VhMjQzNjZmYjFjYjZkNmZkMGQwMGVm\" width=\"300\" height=\"250\" alt=\"\" style=\"border:0;display:block\"></a>",
      "channel": "html",
      "media_type": "text/html; charset=utf-8",
      "revision": {
        "number": 1,
        "sha256": "469281f2b85fb44cd852b3404b83b205c906cf0d1f45b9beee0ad8d751180217"
      },
      "untold": []
    }
    "#);
    assert_eq!(ask().told().await.text(), told.text());
    let body = told.json()["body"].as_str().expect("a tag").to_owned();
    let asset = body.split(HOST).nth(1).and_then(|rest| rest.split('"').next()).expect("a file").to_owned();
    let file = get(&world, &asset).await;
    assert_snapshot!(file.shown(), @r#"
    200 OK
    accept-ranges: bytes
    access-control-allow-origin: *
    cache-control: public, max-age=31536000, immutable
    content-length: 13
    content-security-policy: sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox
    content-type: image/png
    cross-origin-resource-policy: cross-origin
    etag: "9573a2152a5025733b8059a396052f3575a5bc617ea24366fb1cb6d6fd0d00ef"
    referrer-policy: no-referrer
    x-content-type-options: nosniff

    image 300x250
    "#);
    let part = world.ask_unknown("GET", &asset).header("range", "bytes=0-4").told().await;
    assert_eq!((part.status.as_u16(), part.text().as_str()), (206, "image"));
    world.pass(Duration::from_hours(24 * 365 * 10));
    assert_eq!(get(&world, &asset).await.status.as_u16(), 200, "it does not expire");
    let told = ask().json(json!({ "channel": "vast" })).told().await;
    told.expect(422, "no_such_tag");
    let told = ask().json(json!({ "channel": "smoke" })).told().await;
    told.expect(422, "invalid_request");
}

#[tokio::test]
async fn a_tag_is_given_at_its_address_as_long_as_it_may_be_delivered() {
    let world = World::new().await;
    let id = world.approved("image 300x250").await;
    let tag = world.ask("POST", &format!("/v1/creatives/{id}/tag")).told().await.json();
    let address = path(&tag["address"]);
    let told = get(&world, &address).await;
    assert_eq!((told.status.as_u16(), told.text()), (200, tag["body"].as_str().expect("a tag").to_owned()));
    assert_eq!(told.header("cache-control"), "no-store");
    expect_sandboxed(&told);
    let odd = get(&world, &format!("{address}?not%20a%20macro=1")).await;
    odd.expect(400, "invalid_parameter");
    assert_eq!(world.ask("POST", &format!("/v1/creatives/{id}/archive")).told().await.status.as_u16(), 200);
    get(&world, &address).await.expect(409, "not_deliverable");
}

#[tokio::test]
async fn a_bundle_that_is_served_for_a_tag_has_its_files_beside_it() {
    let world = World::new().await;
    let id = bundle(&world).await;
    world.approve(&id, 1).await;
    let ask = world.ask("POST", &format!("/v1/creatives/{id}/tag")).json(json!({ "channel": "iframe" }));
    let tag = ask.told().await.json();
    let body = tag["body"].as_str().expect("a tag");
    let entry =
        body.split(HOST).nth(1).and_then(|rest| rest.split(['"', '#', '?', '&']).next()).expect("a file");
    let page = get(&world, entry).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{body}");
    assert_eq!(page.header("cross-origin-resource-policy"), "cross-origin");
    expect_sandboxed(&page);
    let script = get(&world, &entry.replace("index.html", "ad.js")).await;
    assert_eq!(script.status.as_u16(), 200);
}

#[tokio::test]
async fn a_preview_in_the_slot_of_a_format_has_its_size() {
    let world = World::new().await;
    let id = world.creative("image 100x100").await;
    world.work().await;
    let ask = world.ask("POST", &format!("/v1/creatives/{id}/preview"));
    let told = ask.json(json!({ "format": "box_300x250", "revision": 1 })).told().await;
    let page = get(&world, &path(&told.json()["url"])).await;
    assert!(page.text().contains("width=\"300\" height=\"250\""), "{}", page.text());
    for (body, pointer) in [(json!({ "format": "none" }), "/format"), (json!({ "revision": 0 }), "/revision")]
    {
        let told = world.ask("POST", &format!("/v1/creatives/{id}/preview")).json(body).told().await;
        told.expect(422, "invalid_request");
        assert_eq!(told.pointers(), [pointer]);
    }
    let told =
        world.ask("POST", &format!("/v1/creatives/{id}/preview")).json(json!({ "revision": 9 })).told().await;
    told.expect(404, "not_found");
}
