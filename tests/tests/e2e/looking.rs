//! Hostile files through the real media process, and its death: the creative is rejected by name, and the service
//! goes on. Knows how such files are made.

use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use creativestore_tests::bytes::picture;
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use crate::flow::{image, sample};
use crate::program::pid;
use crate::server::{SOON, Server, World};

/// An archive with these files, deflated.
fn archive(files: &[(&str, &[u8])]) -> anyhow::Result<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(*name, SimpleFileOptions::default())?;
        archive.write_all(content)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// A GIF of one pixel and so many frames.
fn gif(frames: usize) -> Vec<u8> {
    let mut bytes = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff".to_vec();
    for _ in 0..frames {
        bytes.extend(
            b"\x21\xf9\x04\x00\x01\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00",
        );
    }
    bytes.push(0x3b);
    bytes
}

/// A PNG that says that it has so many pixels a side, and nothing else.
fn png(side: u32) -> Vec<u8> {
    let side = side.to_be_bytes();
    let header = [b"IHDR".as_slice(), &side, &side, &[8, 2, 0, 0, 0]].concat();
    let data = [b"IDAT".as_slice(), &[0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]].concat();
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for chunk in [header, data, b"IEND".to_vec()] {
        let length = u32::try_from(chunk.len() - 4).unwrap_or_default();
        bytes.extend(length.to_be_bytes());
        bytes.extend(&chunk);
        bytes.extend(crc(&chunk).to_be_bytes());
    }
    bytes
}

/// The checksum of PNG chunks.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

fn bundle(blob: &str) -> Value {
    json!({
        "kind": "html5",
        "formats": ["iab_medium_rectangle_300x250_html5"],
        "assets": { "bundle": { "type": "zip", "blob": blob } },
    })
}

fn vast(text: &str) -> Value {
    let asset = json!({ "type": "vast", "text": text });
    json!({ "kind": "video_vast", "formats": ["vast_4_2"], "assets": { "vast": asset } })
}

#[test]
fn hostile_files_are_rejected_by_name_and_the_service_goes_on() -> anyhow::Result<()> {
    let World { house, server, folder: _folder } = World::start(&[])?;
    let page: &[u8] = b"<!doctype html><html><body></body></html>";
    let zeros = vec![0; 64 << 20];
    let bomb = archive(&[("index.html", page), ("zeros.bin", &zeros)])?;
    let nested =
        (0..5).try_fold(bomb.clone(), |inner, _| archive(&[("index.html", page), ("in.zip", &inner)]))?;
    let laughs = (0..9).map(|n| format!("<!ENTITY l{} \"{}\">", n + 1, format!("&l{n};").repeat(10)));
    let laughs: String = laughs.collect();
    let laughs = format!("<!DOCTYPE v [<!ENTITY l0 \"ha\">{laughs}]><VAST version=\"4.2\">&l9;</VAST>");
    let outside = "<!DOCTYPE v [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><VAST version=\"4.2\">&f;</VAST>";
    let cases: [(&str, Value, &[&str]); 8] = [
        ("a zip bomb", bundle(&house.upload(&bomb)?), &["bomb", "too_large"]),
        ("archives in archives", bundle(&house.upload(&nested)?), &[]),
        (
            "a path out of the bundle",
            bundle(&house.upload(&archive(&[("../x.html", page)])?)?),
            &["path_escape"],
        ),
        ("100 000 frames", image(&house.upload(&gif(100_000))?), &["too_many_frames"]),
        ("60 000 pixels a side", image(&house.upload(&png(60_000))?), &["too_many_pixels"]),
        (
            "a text that is no picture",
            image(&house.upload(b"just words")?),
            &["unknown_type", "type_mismatch"],
        ),
        ("a billion laughs", vast(&laughs), &["forbidden_xml"]),
        ("a file of the machine", vast(outside), &["forbidden_xml"]),
    ];
    for (what, manifest, names) in &cases {
        let (id, stands) = house.put_in(what, manifest)?;
        let failed = house.failed(&id)?;
        ensure!(stands == "rejected" && !failed.is_empty(), "{what}: {stands}");
        let named = names.is_empty() || failed.iter().any(|it| names.contains(&it.as_str()));
        ensure!(named, "{what}: rejected for {failed:?}");
    }
    let (id, stands) = house.put_in("sound", &image(&house.upload(&picture(1))?))?;
    ensure!(stands == "pending_review", "afterwards, a sound one is {stands}: {:?}", house.failed(&id)?);
    ensure!(
        server.anyone().get("/metrics")?.text().contains("result=\"retried\"} 0"),
        "something was retried"
    );
    Ok(())
}

/// The media processes of a service: its children.
fn children(server: &Server) -> anyhow::Result<Vec<u32>> {
    let parent = server.running.pid().to_string();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // It may be gone by now.
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let mut after_name = stat.rsplit(") ").next().unwrap_or_default().split(' ');
        if after_name.next() != Some("Z") && after_name.next() == Some(&parent) {
            found.push(id);
        }
    }
    Ok(found)
}

/// An animation, which takes a while to look inside; this number makes it another one.
fn animation(number: u8) -> Vec<u8> {
    let mut bytes = sample("northwind-300x250.gif");
    // A comment before the trailer.
    let trailer = bytes.len() - 1;
    bytes.splice(trailer..trailer, [0x21, 0xFE, 1, number, 0]);
    bytes
}

/// Kills the media process so long after it is there.
fn kill_child(server: &Server, later: Duration) -> anyhow::Result<()> {
    let start = Instant::now();
    while start.elapsed() < SOON {
        if let Some(child) = children(server)?.first() {
            std::thread::park_timeout(later);
            // It may have ended by itself just now.
            let _ = kill_process(pid(*child)?, Signal::KILL);
            return Ok(());
        }
    }
    bail!("there is no media process")
}

#[test]
fn the_death_of_the_media_process_is_a_failed_check_and_never_the_services() -> anyhow::Result<()> {
    // One that is killed before it looks is started again, and one that has looked was killed too late: each try comes a
    // little later than the one before, by less than looking takes.
    const TRIES: u8 = 100;
    const LATER: Duration = Duration::from_millis(3);
    let World { house, server, folder: _folder } = World::start(&[])?;
    let mut interrupted = None;
    for n in 0..TRIES {
        let mut stream = house.client.follow(&house.account, 0)?;
        let manifest = image(&house.upload(&animation(n))?);
        let body = json!({ "name": n.to_string(), "manifest": manifest });
        let made = house.client.post("/v1/creatives", &body)?.expect(201)?;
        let id = made["id"].as_str().context("an id")?.to_owned();
        kill_child(&server, LATER * u32::from(n))?;
        let stands = stream.inspected(&id)?;
        if stands == "rejected" {
            ensure!(house.failed(&id)?.contains(&"inspection_failed".to_owned()), "{:?}", house.failed(&id)?);
            interrupted = Some((id, stream));
            break;
        }
        ensure!(stands == "pending_review", "{stands}");
    }
    let (id, mut stream) = interrupted.context("no inspection was interrupted")?;
    ensure!(server.anyone().get("/health/ready")?.status == 200, "{}", server.log());
    house.client.post(&format!("/v1/creatives/{id}/resubmit"), &json!({}))?.expect(200)?;
    let again = stream.inspected(&id)?;
    ensure!(again == "pending_review", "looked at again, it is {again}: {:?}", house.failed(&id)?);
    Ok(())
}
