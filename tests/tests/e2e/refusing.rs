//! Bad input that only a real server can show: cut, slow, endless and malformed requests on a connection. Knows no
//! content.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use creativestore_tests::bytes::{noise, sha256};
use creativestore_tests::chance::Chance;
use serde_json::json;

use crate::flow::form;
use crate::server::{House, SOON, World};
use crate::wire::{Wire, upload_head};

/// Every file below a folder.
fn files(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    if !folder.exists() {
        return Ok(found);
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path.display().to_string());
        }
    }
    Ok(found)
}

/// Waits until the service has seen every connection but the one that asks close.
fn alone(house: &House) -> anyhow::Result<()> {
    let start = Instant::now();
    while start.elapsed() < SOON {
        if house.client.get("/metrics")?.text().contains("\nhttp_connections 1\n") {
            return Ok(());
        }
    }
    anyhow::bail!("connections that were closed are still open for the service")
}

/// Nothing was kept, and the service goes on.
fn unmoved(World { house, server, .. }: &World, bytes: &[u8]) -> anyhow::Result<()> {
    alone(house)?;
    for place in ["incoming", "blobs"] {
        let left = files(&server.data().join(place))?;
        ensure!(left.is_empty(), "left: {left:?}");
    }
    let found = house.client.get(&format!("/v1/blobs/{}", sha256(bytes)))?;
    ensure!(found.problem(404)? == "not_found", "it is there");
    ensure!(server.anyone().get("/health/ready")?.status == 200, "{}", server.log());
    Ok(())
}

#[test]
fn an_upload_that_is_cut_at_any_byte_leaves_nothing() -> anyhow::Result<()> {
    let world = World::start(&[])?;
    let (server, key) = (&world.server, &world.house.key);
    let bytes = noise(11, 200_000);
    let whole = form(&bytes);
    let multipart = "Content-Length: {n}\r\nContent-Type: multipart/form-data; boundary=where-one-part-ends";
    let mut chance = Chance::new(12);
    for way in 0..3 {
        let request = match way {
            0 => [upload_head(key, &format!("Content-Length: {}", bytes.len())).as_bytes(), &bytes].concat(),
            1 => {
                let framing = multipart.replace("{n}", &whole.len().to_string());
                let head =
                    upload_head(key, &framing).replace("Content-Type: application/octet-stream\r\n", "");
                [head.as_bytes(), &whole].concat()
            }
            _ => {
                let head = upload_head(key, "Transfer-Encoding: chunked");
                let size = format!("{:x}\r\n", bytes.len());
                [head.as_bytes(), size.as_bytes(), &bytes, b"\r\n0\r\n\r\n"].concat()
            }
        };
        let head = request.windows(4).position(|it| it == b"\r\n\r\n").context("a head")? + 4;
        // A form is at its end with its last boundary, whether or not a line ends there.
        let end = request.len() - if way == 1 { 2 } else { 0 };
        let edges = [1, head - 1, head, head + 1, end - 2, end - 1];
        let random: Vec<usize> =
            (0..20).map(|_| usize::try_from(chance.below(end as u64))).collect::<Result<_, _>>()?;
        for cut in edges.into_iter().chain(random) {
            let mut wire = Wire::to(server.address())?;
            wire.send(&request[..cut])?;
            if cut % 2 == 0 {
                wire.close_half()?;
                wire.closed()?;
            }
        }
        unmoved(&world, &bytes)?;
    }
    ensure!(world.house.client.upload(&bytes)?.status == 201, "whole, it is not taken");
    Ok(())
}

#[test]
fn a_chunk_that_is_none_and_a_checksum_that_is_wrong_leave_nothing() -> anyhow::Result<()> {
    let world = World::start(&[("LIMITS_REQUEST_TIME", "1s")])?;
    let (server, key) = (&world.server, &world.house.key);
    let bytes = noise(13, 1_000);
    for chunk in
        ["zz\r\n", "-5\r\nhello\r\n0\r\n\r\n", "5\r\nhelloworld\r\n0\r\n\r\n", "fffffffffffffffff\r\nhello"]
    {
        let mut wire = Wire::to(server.address())?;
        wire.send(upload_head(key, "Transfer-Encoding: chunked"))?;
        wire.send("5\r\nfirst\r\n")?;
        wire.send(chunk)?;
        let reply = wire.reply()?;
        ensure!(reply.status == 400 && reply.body.contains("incomplete_upload"), "{chunk:?}: {reply:?}");
        wire.closed()?;
    }
    let headers = [("content-digest", "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:")];
    let refused = world.house.client.ask("POST", "/v1/blobs", &headers, bytes.as_slice())?;
    ensure!(refused.problem(400)? == "checksum_mismatch", "{}", refused.text());
    // Bytes that stop coming.
    let mut wire = Wire::to(server.address())?;
    wire.send(upload_head(key, "Content-Length: 1000"))?;
    wire.send(&bytes[..500])?;
    let reply = wire.reply()?;
    ensure!(reply.status == 400 && reply.body.contains("incomplete_upload"), "{reply:?}");
    unmoved(&world, &bytes)
}

#[test]
fn more_than_is_taken_is_refused_before_all_of_it_has_come() -> anyhow::Result<()> {
    let world = World::start(&[("STORAGE_UPLOAD_LIMIT", "64KiB"), ("LIMITS_BODY", "16KiB")])?;
    let (server, key) = (&world.server, &world.house.key);
    let bytes = noise(14, 65_537);
    ensure!(world.house.client.upload(&bytes)?.problem(413)? == "body_too_large", "one byte too many");
    let gigabyte = "Content-Length: 1000000000";
    let json_head = upload_head(key, gigabyte)
        .replace("/v1/blobs", "/v1/creatives")
        .replace("application/octet-stream", "application/json");
    let chunked = upload_head(key, "Transfer-Encoding: chunked");
    for (head, piece) in [
        (upload_head(key, gigabyte), noise(15, 65_536)),
        (json_head, vec![b' '; 65_536]),
        (chunked, [b"10000\r\n", noise(16, 65_536).as_slice(), b"\r\n"].concat()),
    ] {
        let mut wire = Wire::to(server.address())?;
        wire.send(head)?;
        // Far less than was announced is sent; after that the service must have had enough.
        for _ in 0..4 {
            if wire.send(&piece).is_err() {
                break;
            }
        }
        let reply = wire.reply()?;
        ensure!(reply.status == 413 && reply.body.contains("body_too_large"), "{reply:?}");
        ensure!(reply.head.contains("content-type: application/problem+json"), "{reply:?}");
        // It does not wait for the rest.
        wire.closed()?;
    }
    unmoved(&world, &bytes)
}

#[test]
fn a_head_that_is_no_head_is_refused_and_a_slow_one_hinders_nobody() -> anyhow::Result<()> {
    let world = World::start(&[])?;
    let server = &world.server;
    let long = "x".repeat(300_000);
    let many: String = ["X-One-Of-Many: 1\r\n"; 200].concat();
    for (request, statuses) in [
        (format!("GET /{long} HTTP/1.1\r\nHost: t\r\n\r\n"), &[414, 431][..]),
        (format!("GET / HTTP/1.1\r\nHost: t\r\nX-Long: {long}\r\n\r\n"), &[431]),
        (format!("GET / HTTP/1.1\r\nHost: t\r\n{many}\r\n"), &[431]),
        ("this is not HTTP\r\n\r\n".to_owned(), &[400]),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), &[]),
        ("GET / HTTP/1.1\r\nHost: t\r\nBad Header: 1\r\n\r\n".to_owned(), &[400]),
        ("POST /v1/blobs HTTP/1.1\r\nContent-Length: ten\r\n\r\n".to_owned(), &[400]),
        ("POST /v1/blobs HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_owned(), &[400]),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\r\n\r\n".to_owned(), &[400]),
    ] {
        let mut wire = Wire::to(server.address())?;
        // It may have had enough before all of it is sent.
        let _ = wire.send(&request);
        let what: String = request.chars().take(60).collect();
        match wire.reply() {
            Ok(reply) => ensure!(statuses.contains(&reply.status), "{what:?}: {reply:?}"),
            // With more on its way than was read, the answer may be lost with the connection; another protocol gets
            // none.
            Err(error) => ensure!(request.len() > 60_000 || statuses.is_empty(), "{what:?}: {error}"),
        }
        wire.closed()?;
    }
    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut wire = Wire::to(server.address())?;
        wire.send("GET /health/live HTTP/1.1\r\nHo")?;
        slow.push(wire);
    }
    ensure!(world.house.client.get("/v1/auth/me")?.status == 200, "the others wait");
    for wire in &mut slow {
        wire.send("st: t\r\n\r\n")?;
        ensure!(wire.reply()?.status == 200, "slow, but right");
    }
    drop(slow);
    unmoved(&world, b"")
}

#[test]
fn requests_that_come_at_once_are_answered_in_order_and_unknown_methods_are_refused() -> anyhow::Result<()> {
    let world = World::start(&[])?;
    let (server, key) = (&world.server, &world.house.key);
    let mut wire = Wire::to(server.address())?;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {key}\r\n\r\n");
    let upload = format!("{}{}", upload_head(key, "Content-Length: 5"), "hello");
    wire.send([get("/health/live"), upload, get("/v1/nothing"), get("/v1/auth/me")].concat())?;
    let statuses = (0..4).map(|_| Ok(wire.reply()?.status)).collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(statuses == [200, 201, 404, 200], "{statuses:?}");

    for method in ["BREW", "PROPFIND", "TRACE"] {
        let refused = world.house.client.ask(method, "/v1/creatives", &[], ())?;
        ensure!(refused.problem(405)? == "method_not_allowed", "{method}");
        ensure!(refused.header("allow").contains("GET"), "{method}: {:?}", refused.headers);
    }
    Ok(())
}

#[test]
fn json_of_any_depth_and_shape_is_refused_without_harm() -> anyhow::Result<()> {
    let world = World::start(&[])?;
    let client = &world.house.client;
    let deep = 100_000;
    let send = |body: &[u8]| {
        let headers = [("content-type", "application/json"), ("idempotency-key", "deep")];
        client.ask("POST", "/v1/creatives", &headers, body)
    };
    for body in [
        "[".repeat(deep),
        "{\"name\":".repeat(deep),
        format!("{{\"name\":\"n\",\"manifest\":{}{}}}", "[".repeat(deep), "]".repeat(deep)),
        "{\"name\": \"cut".to_owned(),
        "\u{feff}{}".to_owned(),
        String::new(),
    ] {
        let refused = send(body.as_bytes())?;
        // It depends on whether what cannot be read or what is not expected comes first.
        let code = if refused.status == 422 { refused.problem(422)? } else { refused.problem(400)? };
        ensure!(["malformed_body", "invalid_request"].contains(&code.as_str()), "{code}");
    }
    ensure!(send(b"{\"name\":\"\xff\xfe\"}")?.status == 400, "not UTF-8");
    let nul = json!({ "name": "a\u{0}b", "manifest": { "kind": "image", "assets": {} } });
    ensure!(send(nul.to_string().as_bytes())?.problem(422)? == "invalid_request", "NUL in a name");
    let made = client.get("/v1/creatives")?.expect(200)?;
    ensure!(made["items"].as_array().map(Vec::len) == Some(0), "something was made: {made}");
    Ok(())
}
