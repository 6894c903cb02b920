//! What a day is made of, in one: looking at creatives, lists, searches, changes, tags, and new ones in one of twenty. On
//! connections that stay open, as fast as answers come or at a pace. An answer that is not well is counted, and told.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use creativestore_tests::chance::Chance;
use serde_json::{Value, json};

use super::connection::Connection;
use super::files::File;
use crate::interrupt;

/// What is asked of a service, and by how many at once.
pub struct Mixed<'a> {
    pub address: SocketAddr,
    pub key: &'a str,
    /// Creatives that are looked at and changed; by nobody else meanwhile.
    pub ids: &'a [String],
    /// Those of them that were approved: tags are made of these.
    pub approved: &'a [String],
    pub files: &'a [File],
    /// Numbers of new files: never the same twice on one service.
    pub number: &'a AtomicU64,
    pub connections: u32,
    pub lasts: Duration,
    /// Requests a second over all connections; as many as are answered when `None`.
    pub pace: Option<f64>,
}

/// What came of it.
#[derive(Default)]
pub struct Tally {
    /// Milliseconds, from when the request was due.
    pub latencies: Vec<f32>,
    pub failed: u64,
    pub first_failure: Option<String>,
    pub took: Duration,
}

impl Tally {
    /// Requests a second.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52")]
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }

    /// The latency that so many of a hundred did not exceed.
    pub fn percentile(&mut self, percent: usize) -> f64 {
        self.latencies.sort_by(f32::total_cmp);
        let place = (self.latencies.len() * percent / 100).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(place).map_or(f64::NAN, |it| f64::from(*it))
    }

    fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.failed += other.failed;
        self.first_failure = self.first_failure.take().or(other.first_failure);
    }
}

/// One connection, and when its next request is due.
struct Hand<'a> {
    mixed: &'a Mixed<'a>,
    connection: Connection,
    own: Vec<&'a str>,
    chance: Chance,
    /// The mean time from one request to the next.
    every: Option<Duration>,
    due: Instant,
    tally: Tally,
}

impl Mixed<'_> {
    pub fn run(&self) -> anyhow::Result<Tally> {
        let start = Instant::now();
        let mut all = Tally::default();
        std::thread::scope(|scope| {
            let hands: Vec<_> =
                (0..self.connections).map(|number| scope.spawn(move || self.hand(number, start))).collect();
            for hand in hands {
                match hand.join() {
                    Ok(tally) => all.add(tally?),
                    Err(_) => bail!("a connection panicked"),
                }
            }
            Ok(())
        })?;
        all.took = start.elapsed();
        Ok(all)
    }

    fn hand(&self, number: u32, start: Instant) -> anyhow::Result<Tally> {
        let step = usize::try_from(self.connections)?;
        let own = self.ids.iter().skip(usize::try_from(number)?).step_by(step).map(String::as_str);
        let every = self.pace.map(|pace| Duration::from_secs_f64(f64::from(self.connections) / pace));
        let mut hand = Hand {
            mixed: self,
            connection: Connection::open(self.address, self.key)?,
            own: own.collect(),
            chance: Chance::new(number.into()),
            every,
            due: start,
            tally: Tally::default(),
        };
        while start.elapsed() < self.lasts {
            interrupt::check()?;
            hand.turn()?;
        }
        Ok(hand.tally)
    }
}

impl Hand<'_> {
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.chance.below(bound.max(1) as u64)).unwrap_or_default()
    }

    /// Waits until the next request is due: independent askers come at intervals that are exponentially distributed.
    fn wait(&mut self) {
        let Some(every) = self.every else {
            self.due = Instant::now();
            return;
        };
        #[expect(clippy::cast_precision_loss, reason = "a million parts are enough")]
        let share = (self.below(1_000_000) as f64 + 1.0) / 1_000_001.0;
        self.due += every.mul_f64(-share.ln());
        let now = Instant::now();
        if self.due > now {
            std::thread::sleep(self.due - now);
        }
    }

    fn ask(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> anyhow::Result<u16> {
        self.wait();
        let status = self.connection.ask(method, path, headers, body)?;
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds")]
        self.tally.latencies.push((self.due.elapsed().as_secs_f64() * 1e3) as f32);
        if status >= 400 {
            self.tally.failed += 1;
            let said = String::from_utf8_lossy(&self.connection.body);
            self.tally.first_failure.get_or_insert_with(|| format!("{method} {path}: {status} {said}"));
        }
        Ok(status)
    }

    fn json(&mut self, method: &str, path: &str, headers: &str, body: &Value) -> anyhow::Result<Value> {
        let headers = format!("content-type: application/json\r\n{headers}");
        self.ask(method, path, &headers, body.to_string().as_bytes())?;
        Ok(serde_json::from_slice(&self.connection.body).unwrap_or_default())
    }

    fn turn(&mut self) -> anyhow::Result<()> {
        let (mine, any) = (self.below(self.own.len()), self.below(self.mixed.ids.len()));
        let (mine, any) = (self.own[mine], &self.mixed.ids[any]);
        match self.below(20) {
            0 => self.new_one()?,
            1 | 2 => {
                self.ask("GET", &format!("/v1/creatives/{mine}"), "", &[])?;
                let seen: Value = serde_json::from_slice(&self.connection.body).unwrap_or_default();
                let condition = format!("if-match: \"{}\"\r\n", seen["version"]);
                let name = format!("Changed {}", self.chance.below(1 << 24));
                self.json("PATCH", &format!("/v1/creatives/{mine}"), &condition, &json!({ "name": name }))?;
            }
            3 => {
                let approved = self.mixed.approved;
                let approved = approved[self.below(approved.len())].clone();
                self.json("POST", &format!("/v1/creatives/{approved}/tag"), "", &json!({}))?;
            }
            4 => drop(self.ask("GET", "/v1/creatives?q=number%200001&limit=20", "", &[])?),
            5..=7 => drop(self.ask("GET", "/v1/creatives?limit=20", "", &[])?),
            _ => drop(self.ask("GET", &format!("/v1/creatives/{any}"), "", &[])?),
        }
        Ok(())
    }

    fn new_one(&mut self) -> anyhow::Result<()> {
        let number = self.mixed.number.fetch_add(1, Ordering::Relaxed);
        let file = &self.mixed.files[self.below(self.mixed.files.len())];
        let bytes = file.numbered(number);
        self.ask("POST", "/v1/blobs", "content-type: application/octet-stream\r\n", &bytes)?;
        let stored: Value = serde_json::from_slice(&self.connection.body).unwrap_or_default();
        let Some(blob) = stored["sha256"].as_str() else { return Ok(()) };
        let body = json!({
            "name": format!("A new creative, number {number}"),
            "manifest": {
                "kind": file.kind,
                "formats": [file.format],
                "assets": { file.slot: { "type": file.asset, "blob": blob } },
                "click_url": "https://www.auroracoffee.example/order",
            },
        });
        self.json("POST", "/v1/creatives", "", &body).map(drop)
    }
}

/// Approves some creatives, so that there is something to make tags of.
pub fn approve(account: &crate::account::Account, ids: &[String]) -> anyhow::Result<()> {
    for id in ids {
        let path = account.path(&format!("/v1/creatives/{id}/revisions/1/reviews"));
        let answer = account.client.post(&path, &json!({ "decision": "approve" }))?;
        crate::account::due(&answer, 201).context("approving a creative")?;
    }
    Ok(())
}
