//! The main job over HTTP: in, looked into, reviewed, out, told. Knows the project's samples.

use anyhow::{Context as _, ensure};
use creativestore_tests::bytes::sha256;
use creativestore_tests::http::Client;
use serde_json::{Value, json};

use crate::server::{House, World};

const BOUNDARY: &str = "where-one-part-ends";

pub fn sample(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The bytes as the one file of a form.
pub fn form(bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    [head.as_bytes(), bytes, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat()
}

/// An image creative for 300 × 250 pixels.
pub fn image(blob: &str) -> Value {
    json!({
        "kind": "image",
        "formats": ["iab_medium_rectangle_300x250"],
        "assets": { "image": { "type": "image", "blob": blob } },
        "click_url": "https://www.auroracoffee.example/try",
    })
}

fn text<'a>(value: &'a Value, pointer: &str) -> anyhow::Result<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).with_context(|| format!("{pointer} in {value}"))
}

#[test]
fn a_creative_goes_all_the_way_from_bytes_to_a_tag_and_everyone_is_told() -> anyhow::Result<()> {
    all_the_way(&[])
}

/// The main job in a service with these settings.
pub fn all_the_way(settings: &[(&str, &str)]) -> anyhow::Result<()> {
    let World { house, server, folder: _folder } = World::start(settings)?;
    let me = house.admin.get("/v1/auth/me")?.expect(200)?;
    ensure!(me["installation_admin"] == true, "{me}");

    let picture = sample("aurora-300x250.jpg");
    let first = house.client.upload(&picture)?.expect(201)?;
    ensure!(first["sha256"] == *sha256(&picture) && first["bytes"] == picture.len(), "{first}");
    let multipart = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [("content-type", multipart.as_str())];
    let again = house.client.ask("POST", "/v1/blobs", &headers, form(&picture).as_slice())?.expect(200)?;
    ensure!(again["sha256"] == first["sha256"] && again["created"] == false, "{again}");
    let other = sample("northwind-300x250.gif");
    house.client.ask("POST", "/v1/blobs", &headers, form(&other).as_slice())?.expect(201)?;
    let kept = house.client.get(&format!("/v1/blobs/{}", sha256(&other)))?;
    ensure!(kept.status == 200 && kept.body == other, "other bytes came back");

    let (id, stands) = house.put_in("Aurora", &image(&sha256(&picture)))?;
    ensure!(stands == "pending_review", "{stands}: {:?}", house.failed(&id)?);
    let facts = house.client.get(&format!("/v1/blobs/{}/facts", sha256(&picture)))?.expect(200)?;
    ensure!(facts.to_string().contains("300"), "{facts}");
    let thumbnail = house.client.get(&format!("/v1/blobs/{}/renditions/thumbnail-64", sha256(&picture)))?;
    ensure!(thumbnail.status == 200 && !thumbnail.body.is_empty(), "{}", thumbnail.status);

    let assignment = json!({ "creative": id, "package": "pkg-1", "media_buy": "mb-1" });
    ensure!(
        house.client.post("/v1/assignments", &assignment)?.problem(409)? == "not_deliverable",
        "too early"
    );
    let review = format!("/v1/creatives/{id}/revisions/1/reviews");
    let decided = house.admin.post(
        &format!("{review}?account={}", house.account),
        &json!({ "decision": "approve", "note": "as agreed" }),
    )?;
    let decided = decided.expect(201)?;
    ensure!(text(&decided, "/creative/status")? == "approved", "{decided}");
    let assigned = house.client.post("/v1/assignments", &assignment)?.expect(201)?;

    let wanted = json!({ "channel": "html", "assignment": assigned["id"] });
    let tag = house.client.post(&format!("/v1/creatives/{id}/tag"), &wanted)?.expect(200)?;
    let twice = house.client.post(&format!("/v1/creatives/{id}/tag"), &wanted)?.expect(200)?;
    ensure!(tag["body"] == twice["body"], "the same input, other bytes");
    let handed_out = server.anyone().get(text(&tag, "/address")?)?;
    ensure!(handed_out.status == 200 && handed_out.text() == text(&tag, "/body")?, "{}", handed_out.text());
    let shown = asset(text(&tag, "/body")?).context("an address of ours in the tag")?;
    let shown = server.anyone().get(shown)?;
    ensure!(shown.status == 200 && shown.body == picture, "the tag shows other bytes than were approved");

    let preview = house.client.post(&format!("/v1/creatives/{id}/preview"), &json!({}))?.expect(200)?;
    let page = server.anyone().get(text(&preview, "/url")?)?;
    ensure!(page.status == 200 && page.text().contains("sandbox"), "{}", page.text());

    told(&house, &id, &me["id"])?;
    ensure!(server.terminate()?.success(), "it ended badly");
    Ok(())
}

/// The address of an asset in a tag.
fn asset(tag: &str) -> Option<&str> {
    let at = tag.find("http://127.0.0.1")?;
    let end = tag[at..].find(['"', '\'', ' ', '<'])?;
    Some(&tag[at..at + end])
}

/// What happened was told in order, and it is on record who did it.
fn told(house: &House, id: &str, admin: &Value) -> anyhow::Result<()> {
    let mut stream = house.client.follow(&house.account, 0)?;
    stream.until(|event| event["type"] == "assignment.changed")?;
    let page = house.client.get("/v1/events?limit=2")?.expect(200)?;
    let after = page["after"].as_u64().context("a position")?;
    let rest = house.client.get(&format!("/v1/events?after={after}"))?.expect(200)?;
    let events: Vec<&Value> =
        [&page, &rest].iter().filter_map(|it| it["items"].as_array()).flatten().collect();
    let types: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    let expected =
        ["creative.created", "creative.status_changed", "creative.status_changed", "assignment.changed"];
    ensure!(types == expected, "{types:?}");
    let mut position = 0;
    for (n, event) in events.iter().enumerate() {
        ensure!(event["sequence"] == format!("{:020}", n + 1) && event["subject"] == *id, "{event}");
        let next: u64 = text(event, "/position")?.parse()?;
        ensure!(next > position, "{event}");
        position = next;
    }
    ensure!(events[1]["data"]["by"] == "system" && events[2]["data"]["by"] == *admin, "{events:?}");

    let audit = house.client.get("/v1/audit?limit=200")?.expect(200)?;
    let lines: Vec<(&str, &Value)> = audit["items"]
        .as_array()
        .context("items")?
        .iter()
        .filter(|line| line["subject"] == *id)
        .map(|line| (line["action"].as_str().unwrap_or_default(), &line["by"]))
        .collect();
    let newest_first: Vec<&str> = lines.iter().map(|(action, _)| *action).rev().collect();
    ensure!(newest_first == expected, "{newest_first:?}");
    ensure!(lines[1].1 == admin && lines[2].1 == "system", "{lines:?}");
    ensure!(lines[0].1.as_str().is_some_and(|by| by.starts_with("key_")), "{lines:?}");
    Ok(())
}

#[test]
fn what_is_wrong_with_a_sample_is_named() -> anyhow::Result<()> {
    let World { house, .. } = &World::start(&[])?;
    let blob = house.upload(&sample("wrong-html5-300x250.zip"))?;
    let bundle = json!({
        "kind": "html5",
        "formats": ["iab_medium_rectangle_300x250_html5"],
        "assets": { "bundle": { "type": "zip", "blob": blob } },
        "click_url": "https://www.northwindbikes.example/sale",
    });
    let (id, stands) = house.put_in("wrong", &bundle)?;
    ensure!(stands == "rejected" && !house.failed(&id)?.is_empty(), "{stands}");
    let found = |client: &Client, query: &str| {
        let list = client.get(&format!("/v1/creatives?{query}"))?.expect(200)?;
        anyhow::Ok(list["items"].as_array().map(Vec::len))
    };
    ensure!(found(&house.client, "q=wro&status=rejected")? == Some(1), "not found by its name");
    ensure!(found(&house.client, "status=approved")? == Some(0), "found though it is rejected");
    Ok(())
}
