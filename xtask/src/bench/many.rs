//! Large files and large pictures, twenty at once: what takes memory where there is little.

use std::io::BufWriter;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use creativestore_tests::chance::Chance;
use serde_json::{Value, json};

use super::connection::Connection;

/// How many are put in at once.
pub const AT_ONCE: usize = 20;

/// Bytes of a file that is no picture.
const LARGE: usize = 24 << 20;
/// Pixels of a picture whose file is as large as its pixels, and of one whose file is small.
const NOISE: (u32, u32) = (2400, 1600);
const PLAIN: (u32, u32) = (6000, 4000);

/// How long all of them may take to be looked into.
const PATIENCE: Duration = Duration::from_mins(10);

/// What came of it.
pub struct Many {
    pub failed: u32,
    pub mebibytes: usize,
    pub took: Duration,
}

/// Puts all of them in, the pictures as creatives, and waits until each picture was looked into.
pub fn put_in(address: SocketAddr, key: &str) -> anyhow::Result<Many> {
    let files = (0..AT_ONCE).map(file).collect::<anyhow::Result<Vec<_>>>()?;
    let mebibytes = files.iter().map(|(bytes, _)| bytes.len()).sum::<usize>() >> 20;
    let start = Instant::now();
    let failed = std::thread::scope(|scope| {
        let hands: Vec<_> = files.iter().map(|file| scope.spawn(move || one(address, key, file))).collect();
        let mut failed = 0;
        for hand in hands {
            match hand.join() {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    eprintln!("a large file was not taken: {error:#}");
                    failed += 1;
                }
                Err(_) => bail!("an upload panicked"),
            }
        }
        Ok(failed)
    })?;
    Ok(Many { failed, mebibytes, took: start.elapsed() })
}

/// One file, and whether it is a picture.
fn file(number: usize) -> anyhow::Result<(Vec<u8>, bool)> {
    let mut chance = Chance::new(u64::try_from(number)?);
    // Nowhere the same again, so that it does not compress.
    let mut noise =
        |length: usize| -> Vec<u8> { (0..length / 8).flat_map(|_| chance.draw().to_le_bytes()).collect() };
    let pixels = |(width, height): (u32, u32)| usize::try_from(u64::from(width) * u64::from(height) * 3);
    Ok(match number % 4 {
        0 | 1 => (noise(LARGE), false),
        2 => (png(NOISE, &noise(pixels(NOISE)?))?, true),
        _ => (png(PLAIN, &vec![u8::try_from(number)?; pixels(PLAIN)?])?, true),
    })
}

fn png((width, height): (u32, u32), pixels: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(BufWriter::new(&mut bytes), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(bytes)
}

fn one(address: SocketAddr, key: &str, (bytes, picture): &(Vec<u8>, bool)) -> anyhow::Result<()> {
    let mut connection = Connection::open(address, key)?;
    let mut ask = |method: &str, path: &str, kind: &str, body: &[u8], due: u16| -> anyhow::Result<Value> {
        let status = connection.ask(method, path, &format!("content-type: {kind}\r\n"), body)?;
        let said = String::from_utf8_lossy(&connection.body);
        ensure!(status == due, "{method} {path}: {status} {said}");
        Ok(serde_json::from_str(&said)?)
    };
    let stored = ask("POST", "/v1/blobs", "application/octet-stream", bytes, 201)?;
    if !picture {
        return Ok(());
    }
    let body = json!({
        "name": "A large picture",
        "manifest": {
            "kind": "image",
            "formats": ["iab_medium_rectangle_300x250"],
            "assets": { "image": { "type": "image", "blob": stored["sha256"] } },
            "click_url": "https://www.auroracoffee.example/order",
        },
    });
    let made = ask("POST", "/v1/creatives", "application/json", body.to_string().as_bytes(), 201)?;
    let path = format!("/v1/creatives/{}", made["id"].as_str().context("an id")?);
    let start = Instant::now();
    while ask("GET", &path, "application/json", &[], 200)?["newest_state"] == "processing" {
        ensure!(start.elapsed() < PATIENCE, "{path} was not looked into within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(500));
    }
    Ok(())
}
