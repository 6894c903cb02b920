//! Fills an account with creatives, through the API like everybody else.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use ureq::http::Method;

use crate::account::{Account, due};
use crate::{demo, workspace};

/// How many ask at once.
const AT_ONCE: usize = 4;

/// Puts creatives with these numbers in, all with the same picture, and says their ids.
pub fn fill(account: &Account, numbers: std::ops::Range<u32>) -> anyhow::Result<Vec<String>> {
    let picture = std::fs::read(workspace::root().join("samples/aurora-728x90.png"))?;
    let headers = [("content-type", "application/octet-stream")];
    let answer = account.client.ask(Method::POST, &account.path("/v1/blobs"), &headers, Some(&picture))?;
    // 200 when it is there already.
    ensure!(answer.status < 300, "{}", answer.told());
    let blob = answer.json()["sha256"].clone();
    let progress = demo::progress();
    progress.set_length(numbers.len() as u64);
    progress.set_message("putting creatives in");
    let (next, ids) = (AtomicU32::new(numbers.start), Mutex::new(Vec::new()));
    let work = || -> anyhow::Result<()> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= numbers.end {
                return Ok(());
            }
            let answer = account.client.post(&account.path("/v1/creatives"), &creative(number, &blob))?;
            let id = due(&answer, 201)?["id"].as_str().context("an id")?.to_owned();
            ids.lock().unwrap_or_else(PoisonError::into_inner).push(id);
            progress.inc(1);
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(done) => done,
            Err(_) => anyhow::bail!("a worker panicked"),
        })
    })?;
    progress.finish_and_clear();
    Ok(ids.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// All of them are described in as many bytes.
fn creative(number: u32, blob: &Value) -> Value {
    json!({
        "external_id": format!("bench-{number:06}"),
        "name": format!("A creative to be read, number {number:06}"),
        "labels": ["bench", "leaderboard"],
        "manifest": {
            "kind": "image",
            "formats": ["iab_leaderboard_728x90"],
            "assets": { "image": { "type": "image", "blob": blob } },
            "click_url": "https://www.auroracoffee.example/order",
        },
    })
}
