//! Bytes in and out.

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use creativestore_domain::hash::Sha256;
use futures_util::stream;
use insta::assert_snapshot;

use crate::world::{UPLOAD_LIMIT, World};

const FORM: &str = "multipart/form-data; boundary=b";

fn form(content: &str) -> String {
    format!(
        "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../a.png\"\r\nContent-Type: image/png\r\n\r\n{content}\r\n--b--\r\n"
    )
}

/// A body whose sender goes away after these bytes.
fn broken_off(bytes: &[u8]) -> Body {
    let bytes = bytes.to_vec();
    Body::from_stream(stream::iter([Ok(bytes), Err(std::io::Error::other("the line is dead"))]))
}

#[tokio::test]
async fn bytes_are_taken_in_once_and_given_out_as_they_were() {
    let world = World::new().await;
    let ask = || world.ask("POST", "/v1/blobs").bytes("image 300x250");
    assert_snapshot!(ask().told().await.shown(), @r#"
    201 Created
    content-length: 103
    content-type: application/json
    location: /v1/blobs/9573a2152a5025733b8059a396052f3575a5bc617ea24366fb1cb6d6fd0d00ef

    {
      "bytes": 13,
      "created": true,
      "sha256": "9573a2152a5025733b8059a396052f3575a5bc617ea24366fb1cb6d6fd0d00ef"
    }
    "#);
    assert_eq!(ask().told().await.status.as_u16(), 200);
    let path = format!("/v1/blobs/{}", Sha256::of(b"image 300x250"));
    assert_snapshot!(world.ask("GET", &path).told().await.shown(), @r#"
    200 OK
    accept-ranges: bytes
    cache-control: private, max-age=31536000, immutable
    content-disposition: attachment; filename="9573a2152a5025733b8059a396052f3575a5bc617ea24366fb1cb6d6fd0d00ef"
    content-length: 13
    content-security-policy: default-src 'none'; sandbox
    content-type: application/octet-stream
    etag: "9573a2152a5025733b8059a396052f3575a5bc617ea24366fb1cb6d6fd0d00ef"
    referrer-policy: no-referrer
    x-content-type-options: nosniff

    image 300x250
    "#);
    let head = world.ask("HEAD", &path).told().await;
    assert_eq!((head.status.as_u16(), head.header("content-length"), head.text().as_str()), (200, "13", ""));
}

#[tokio::test]
async fn the_file_of_a_form_is_taken_in() {
    let world = World::new().await;
    let content = "x".repeat(3 * 1024 * 1024);
    let told = world.ask("POST", "/v1/blobs").header("content-type", FORM).bytes(form(&content)).told().await;
    assert_eq!(told.status.as_u16(), 201, "{}", told.text());
    assert_eq!(told.json()["sha256"], Sha256::of(content.as_bytes()).to_string());
}

#[tokio::test]
async fn an_upload_that_is_cut_at_any_byte_leaves_nothing_behind() {
    let world = World::new().await;
    let raw = b"image 300x250".as_slice();
    for cut in 0..=raw.len() {
        let told = world.ask("POST", "/v1/blobs").body(broken_off(&raw[..cut])).told().await;
        told.expect(400, "incomplete_upload");
    }
    let whole = form("image 300x250");
    let end = whole.len() - "\r\n".len();
    for cut in 0..end {
        let ask = || world.ask("POST", "/v1/blobs").header("content-type", FORM);
        // The sender goes away, or says that this was all.
        let told = ask().body(broken_off(&whole.as_bytes()[..cut])).told().await;
        assert!(told.status.is_client_error(), "cut at {cut}: {}", told.text());
        told.problem();
        let told = ask().bytes(whole.as_bytes()[..cut].to_vec()).told().await;
        assert!(told.status.is_client_error(), "ended at {cut}: {}", told.text());
        told.problem();
    }
    assert_eq!(world.files(), 0);
    let path = format!("/v1/blobs/{}", Sha256::of(raw));
    world.ask("GET", &path).told().await.expect(404, "not_found");
}

#[tokio::test]
async fn a_large_upload_that_is_cut_leaves_nothing_behind() {
    let world = World::new().await;
    let large = vec![7; 700_000];
    for cut in [1, 65_535, 262_143, 262_144, 262_145, 524_288, 699_999, 700_000] {
        let told = world.ask("POST", "/v1/blobs").body(broken_off(&large[..cut])).told().await;
        told.expect(400, "incomplete_upload");
    }
    assert_eq!(world.files(), 0);
}

#[tokio::test]
async fn forms_without_a_file_or_with_two_are_refused() {
    let world = World::new().await;
    let ask = |body: &str| world.ask("POST", "/v1/blobs").header("content-type", FORM).bytes(body.to_owned());
    let two = form("one").replace("--b--\r\n", "") + &form("two");
    ask(&two).told().await.expect(400, "malformed_body");
    ask("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--b--\r\n")
        .told()
        .await
        .expect(400, "malformed_body");
    let unnamed = world.ask("POST", "/v1/blobs").header("content-type", "multipart/form-data").bytes("x");
    unnamed.told().await.expect(400, "malformed_body");
    assert_eq!(world.files(), 0);
}

#[tokio::test]
async fn bytes_that_do_not_hash_to_what_was_announced_are_refused() {
    let world = World::new().await;
    let digest = |text: &[u8]| format!("sha-256=:{}:", STANDARD.encode(Sha256::of(text).as_bytes()));
    for header in ["content-digest", "repr-digest"] {
        let ask = world.ask("POST", "/v1/blobs").header(header, &digest(b"other")).bytes("image 300x250");
        ask.told().await.expect(400, "checksum_mismatch");
        let ask =
            world.ask("POST", "/v1/blobs").header("content-type", FORM).header(header, &digest(b"other"));
        ask.bytes(form("image 300x250")).told().await.expect(400, "checksum_mismatch");
        for odd in ["sha-256=abc", "sha-256=:abc:", "sha-512=:AAAA:", "", "sha-256"] {
            let ask = world.ask("POST", "/v1/blobs").header(header, odd).bytes("image 300x250");
            ask.told().await.expect(400, "invalid_header");
        }
    }
    assert_eq!(world.files(), 0);
    let both = format!("sha-512=:AAAA:, {}", digest(b"image 300x250"));
    let ask = world.ask("POST", "/v1/blobs").header("content-digest", &both).bytes("image 300x250");
    assert_eq!(ask.told().await.status.as_u16(), 201);
}

#[tokio::test]
async fn a_form_may_have_a_file_as_large_as_the_limit() {
    let world = World::new().await;
    let whole = "x".repeat(usize::try_from(UPLOAD_LIMIT).expect("small"));
    let told = world.ask("POST", "/v1/blobs").header("content-type", FORM).bytes(form(&whole)).told().await;
    assert_eq!(told.status, 201, "{}", told.text());
}

#[tokio::test]
async fn an_upload_over_the_limit_is_refused() {
    let world = World::new().await;
    let pieces = (0..=UPLOAD_LIMIT / 65_536).map(|_| Ok::<_, std::io::Error>(vec![1; 65_536]));
    let told = world.ask("POST", "/v1/blobs").body(Body::from_stream(stream::iter(pieces))).told().await;
    told.expect(413, "body_too_large");
    let large = "x".repeat(usize::try_from(UPLOAD_LIMIT).expect("small") + 1);
    let told = world.ask("POST", "/v1/blobs").header("content-type", FORM).bytes(form(&large)).told().await;
    told.expect(413, "body_too_large");
    assert_eq!(world.files(), 0);
}

#[tokio::test]
async fn a_range_is_answered_in_part_and_conditions_hold() {
    let world = World::new().await;
    let sha256 = world.upload("0123456789").await;
    let path = format!("/v1/blobs/{sha256}");
    let get = |range: &str| world.ask("GET", &path).header("range", range);
    for (range, content_range, body) in [
        ("bytes=0-3", "bytes 0-3/10", "0123"),
        ("bytes=7-", "bytes 7-9/10", "789"),
        ("bytes=-2", "bytes 8-9/10", "89"),
        ("bytes=-99", "bytes 0-9/10", "0123456789"),
        ("bytes=9-99", "bytes 9-9/10", "9"),
        ("bytes=0-18446744073709551615", "bytes 0-9/10", "0123456789"),
    ] {
        let told = get(range).told().await;
        let is = (told.status.as_u16(), told.header("content-range"), told.text());
        assert_eq!(is, (206, content_range, body.to_owned()), "{range}");
        assert_eq!(told.header("content-length"), body.len().to_string());
    }
    for range in ["bytes=10-", "bytes=10-20", "bytes=-0"] {
        let told = get(range).told().await;
        told.expect(416, "range_not_satisfiable");
        assert_eq!(told.header("content-range"), "bytes */10", "{range}");
    }
    for whole in ["bytes=5-2", "bytes=0-1,4-5", "items=0-1", "bytes=a-b", "bytes=", "0-1"] {
        assert_eq!(get(whole).told().await.status.as_u16(), 200, "{whole}");
    }
    let tag = format!("\"{sha256}\"");
    assert_eq!(get("bytes=0-3").header("if-range", &tag).told().await.status.as_u16(), 206);
    assert_eq!(get("bytes=0-3").header("if-range", "\"x\"").told().await.status.as_u16(), 200);
    for condition in [tag.as_str(), "*", &format!("\"x\", W/{tag}")] {
        let told = world.ask("GET", &path).header("if-none-match", condition).told().await;
        assert_eq!(
            (told.status.as_u16(), told.text().as_str(), told.header("etag")),
            (304, "", tag.as_str())
        );
    }
    assert_eq!(world.ask("GET", &path).header("if-none-match", "\"x\"").told().await.status.as_u16(), 200);
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let world = World::new().await;
    let sha256 = world.upload("").await;
    let told = world.ask("GET", &format!("/v1/blobs/{sha256}")).told().await;
    assert_eq!((told.status.as_u16(), told.header("content-length")), (200, "0"));
}

#[tokio::test]
async fn what_was_measured_and_derived_can_be_read() {
    let world = World::new().await;
    let sha256 = world.upload("image 300x250").await;
    let path = format!("/v1/blobs/{sha256}");
    assert_snapshot!(world.ask("GET", &format!("{path}/facts")).told().await.shown(), @r#"
    200 OK
    content-length: 183
    content-type: application/json

    {
      "alpha": false,
      "animation": null,
      "bytes": 13,
      "colour_profile": null,
      "height": 250,
      "media_type": "image/png",
      "orientation": 1,
      "perceptual_hash": "0000000000000000",
      "type": "image",
      "width": 300
    }
    "#);
    assert_snapshot!(world.ask("GET", &format!("{path}/renditions/thumbnail-64")).told().await.shown(), @r#"
    200 OK
    accept-ranges: bytes
    cache-control: private, max-age=31536000, immutable
    content-length: 26
    content-security-policy: default-src 'none'; sandbox
    content-type: image/png
    etag: "8a96a3820b437bb64807a7f3c3dd69070bd3cbe7f8d3e91a87fa1ef1e5aa4f0e"
    referrer-policy: no-referrer
    x-content-type-options: nosniff

    thumbnail of image 300x250
    "#);
    let told = world.ask("GET", &format!("{path}/facts?as=poem")).told().await;
    told.expect(400, "invalid_parameter");
    let odd = world.ask("GET", &format!("{path}/renditions/thumbnail-65")).told().await;
    odd.expect(404, "not_found");
    let bundle = world.upload("bundle 300x250").await;
    let path = format!("/v1/blobs/{bundle}/renditions/file:index.html");
    let told = world.ask("GET", &path).told().await;
    assert_eq!(told.header("content-type"), "application/octet-stream");
    assert!(told.header("content-disposition").starts_with("attachment"));
    assert_eq!(told.header("content-security-policy"), "default-src 'none'; sandbox");
}

#[tokio::test]
async fn what_cannot_be_understood_is_said_with_the_reason() {
    let world = World::new().await;
    let sha256 = world.upload("anything").await;
    let told = world.ask("GET", &format!("/v1/blobs/{sha256}/facts")).told().await;
    assert_snapshot!(told.shown(), @r#"
    200 OK
    content-length: 94
    content-type: application/json

    {
      "reasons": [
        {
          "allowed": "that",
          "at": "",
          "code": "unknown_type",
          "found": "this"
        }
      ],
      "type": "refused"
    }
    "#);
}
