//! Changing things as fast as it goes, and writing down every request before it is made and every answer when it
//! came: whoever reads that remembers what the service, killed meanwhile, may have forgotten.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::asked::Asked;
use crate::chance::Chance;
use crate::http::Client;

/// How many hands there are; the first does little but upload.
const HANDS: u64 = 4;
/// The most noise that is uploaded at once.
const MOST_NOISE: u64 = 1 << 20;

/// Hammers until every hand found the service gone.
pub fn run(base: &str, key: &str, seed: u64) -> anyhow::Result<()> {
    let client = Client::new(base).with_bearer(key);
    let waiting = client.get("/v1/reviews/queue?limit=40")?.expect(200)?;
    let waiting: Vec<Own> = waiting["items"].as_array().into_iter().flatten().filter_map(Own::of).collect();
    let record = Record { n: AtomicU64::new(0), out: Mutex::new(std::io::stdout()) };
    std::thread::scope(|scope| {
        for hand in 0..HANDS {
            // Nobody else touches what a hand has, so it knows the version that it sees.
            let mut own = waiting.iter().enumerate();
            let mut hand = Hand {
                client: client.clone(),
                chance: Chance::new(seed ^ (hand << 56)),
                record: &record,
                uploads: hand == 0,
                name: format!("{seed:016x}-{hand}"),
                made: 0,
                pictures: Vec::new(),
                own: std::iter::from_fn(|| own.next())
                    .filter(|(n, _)| *n as u64 % HANDS == hand)
                    .map(|(_, own)| own.clone())
                    .collect(),
            };
            scope.spawn(move || while hand.turn().is_some() {});
        }
    });
    Ok(())
}

/// What was asked and answered, a line of JSON each.
struct Record {
    n: AtomicU64,
    out: Mutex<std::io::Stdout>,
}

impl Record {
    fn write(&self, line: &Value) -> anyhow::Result<()> {
        let mut out = self.out.lock().ok().context("another hand broke")?;
        writeln!(out, "{line}")?;
        Ok(out.flush()?)
    }
}

/// A creative that one hand has.
#[derive(Clone)]
struct Own {
    id: String,
    external_id: Option<String>,
    tag: bool,
    version: u64,
    newest: u64,
    active: bool,
}

impl Own {
    fn of(creative: &Value) -> Option<Self> {
        Some(Self {
            id: creative["id"].as_str()?.to_owned(),
            external_id: creative["external_id"].as_str().map(str::to_owned),
            tag: creative["kind"] == "display_tag",
            version: creative["version"].as_u64()?,
            newest: creative["newest"]["number"].as_u64()?,
            active: creative["active"].is_object(),
        })
    }
}

struct Hand<'a> {
    client: Client,
    chance: Chance,
    record: &'a Record,
    uploads: bool,
    name: String,
    made: u64,
    pictures: Vec<String>,
    own: Vec<Own>,
}

impl Hand<'_> {
    /// Makes one request; `None` when the service is gone.
    fn turn(&mut self) -> Option<()> {
        self.made += 1;
        if self.uploads || self.chance.percent(15) {
            return self.upload();
        }
        match self.chance.below(85) {
            0..30 => self.create(),
            30..45 => self.upsert(),
            45..60 => self.amend(),
            60..75 => self.review(),
            _ => self.assign(),
        }
    }

    /// The answer, when it acknowledges.
    fn ask(&self, asked: &Asked) -> Option<Value> {
        let n = self.record.n.fetch_add(1, Ordering::SeqCst);
        self.record.write(&json!({ "n": n, "asked": asked.written() })).ok()?;
        let answer = asked.send(&self.client).ok()?;
        let said = answer.value();
        self.record.write(&json!({ "n": n, "status": answer.status, "said": said })).ok()?;
        Some(if answer.status < 300 { said } else { Value::Null })
    }

    fn unique(&self, what: &str) -> String {
        format!("{what}-{}-{}", self.name, self.made)
    }

    fn upload(&mut self) -> Option<()> {
        let noise = self.chance.percent(60).then(|| 1 + self.chance.below(MOST_NOISE));
        let asked = Asked::upload(self.chance.draw(), noise.and_then(|size| usize::try_from(size).ok()));
        let said = self.ask(&asked)?;
        if noise.is_none()
            && let Some(sha256) = said["sha256"].as_str()
        {
            self.pictures.push(sha256.to_owned());
        }
        Some(())
    }

    /// Content that nobody else has: a tag, or a picture that was uploaded.
    fn manifest(&mut self, tag: bool) -> Value {
        let click = format!("https://www.example.com/{}", self.unique("landing"));
        if tag || self.pictures.is_empty() {
            let text = format!("<div><a href=\"{click}\">{}</a></div>", self.unique("offer"));
            return json!({
                "kind": "display_tag",
                "assets": { "tag": { "type": "html", "text": text } },
                "click_url": click,
            });
        }
        json!({
            "kind": "image",
            "formats": ["iab_medium_rectangle_300x250"],
            "assets": { "image": { "type": "image", "blob": self.chance.one(&self.pictures) } },
            "click_url": click,
        })
    }

    fn create(&mut self) -> Option<()> {
        let external_id = self.chance.percent(50).then(|| self.unique("ext"));
        let tag = self.chance.percent(60);
        let body = json!({
            "name": self.unique("creative"),
            "external_id": external_id,
            "labels": [self.unique("label")],
            "manifest": self.manifest(tag),
        });
        let mut asked = Asked::new("create", "POST", "/v1/creatives".into(), body);
        asked.key = Some(self.unique("key"));
        let said = self.ask(&asked)?;
        self.own.extend(Own::of(&said));
        Some(())
    }

    fn upsert(&mut self) -> Option<()> {
        let known: Vec<usize> =
            (0..self.own.len()).filter(|n| self.own[*n].external_id.is_some() && self.own[*n].tag).collect();
        let new = known.is_empty() || self.chance.percent(40);
        let chosen = if new { None } else { Some(*self.chance.one(&known)) };
        let external_id = chosen.and_then(|n| self.own[n].external_id.clone());
        let external_id = external_id.unwrap_or_else(|| self.unique("ext"));
        let body = json!({
            "name": self.unique("wanted"),
            "labels": [self.unique("label")],
            "manifest": self.manifest(true),
        });
        let path = format!("/v1/creatives/by-external-id/{external_id}");
        let said = self.ask(&Asked::new("upsert", "PUT", path, body))?;
        if let Some(now) = Own::of(&said["creative"]) {
            match chosen {
                Some(n) => self.own[n] = now,
                None => self.own.push(now),
            }
        }
        Some(())
    }

    fn amend(&mut self) -> Option<()> {
        let Some(n) = self.any() else { return self.create() };
        let path = format!("/v1/creatives/{}", self.own[n].id);
        let mut asked = Asked::new("amend", "PATCH", path, json!({ "name": self.unique("amended") }));
        asked.seen = Some(self.own[n].version);
        let said = self.ask(&asked)?;
        if let Some(now) = Own::of(&said) {
            self.own[n] = now;
        }
        Some(())
    }

    fn review(&mut self) -> Option<()> {
        let Some(n) = self.any() else { return self.create() };
        let now = self.client.get(&format!("/v1/creatives/{}", self.own[n].id)).ok()?.value();
        if now["newest_state"] != "pending_review" {
            return Some(());
        }
        let path = format!("/v1/creatives/{}/revisions/{}/reviews", self.own[n].id, self.own[n].newest);
        let body = if self.chance.percent(80) {
            json!({ "decision": "approve", "note": self.unique("seen") })
        } else {
            json!({ "decision": "reject", "reason_code": "review_failure" })
        };
        let mut asked = Asked::new("review", "POST", path, body);
        asked.key = Some(self.unique("key"));
        let said = self.ask(&asked)?;
        if let Some(now) = Own::of(&said["creative"]) {
            self.own[n] = now;
        }
        Some(())
    }

    fn assign(&mut self) -> Option<()> {
        let active: Vec<usize> = (0..self.own.len()).filter(|n| self.own[*n].active).collect();
        if active.is_empty() {
            return self.review();
        }
        let creative = self.own[*self.chance.one(&active)].id.clone();
        let body = json!({ "creative": creative, "package": self.unique("pkg"), "media_buy": "mb" });
        let mut asked = Asked::new("assign", "POST", "/v1/assignments".into(), body);
        asked.key = Some(self.unique("key"));
        self.ask(&asked)?;
        Some(())
    }

    fn any(&mut self) -> Option<usize> {
        let n = self.chance.below(self.own.len().max(1) as u64);
        usize::try_from(n).ok().filter(|n| *n < self.own.len())
    }
}
