//! A library of so many creatives, in a moment: a thousand go in through the API as everybody's do, with names, labels,
//! concepts, formats and states as libraries have them, and the database copies them, each copy with a name, a moment and a
//! code of its own. Checks, events and audit entries are not copied: what finds creatives looks at none of them.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use ureq::http::Method;

use super::process;
use crate::account::{Account, due};
use crate::full::{DATABASE, Full};
use crate::{demo, interrupt, workspace};

/// How many go in through the API.
pub const SEEDS: u64 = 1_000;

/// How many copies of each are made in one statement.
const COPIES: u64 = 10;

const ADVERTISERS: [&str; 20] = [
    "Aurora Coffee",
    "Northwind Bikes",
    "Contoso Bank",
    "Fabrikam Motors",
    "Tailspin Toys",
    "Wingtip Air",
    "Litware Books",
    "Proseware Mobile",
    "Adventure Works",
    "Blue Yonder",
    "Café Élan",
    "Señor Sol",
    "Müller Bräu",
    "Žito Pekara",
    "山田茶房",
    "蓝海旅行",
    "新月书店",
    "서울커피",
    "Lumière",
    "Øresund Ferries",
];
const THEMES: [&str; 25] = [
    "holiday",
    "summer sale",
    "back to school",
    "launch",
    "winter clearance",
    "brand film",
    "retargeting",
    "loyalty",
    "app install",
    "new year",
    "black friday",
    "easter",
    "football",
    "festival",
    "weekend offer",
    "first order",
    "newsletter",
    "store opening",
    "元旦促销",
    "夏季大促",
    "新品上市",
    "春の新作",
    "awareness",
    "consideration",
    "conversion",
];
const SHAPES: [(&str, &str); 4] = [
    ("iab_leaderboard_728x90", "leaderboard 728x90"),
    ("iab_medium_rectangle_300x250", "rectangle 300x250"),
    ("iab_skyscraper_160x600", "skyscraper 160x600"),
    ("iab_billboard_970x250", "billboard 970x250"),
];
const LABELS: [&str; 12] =
    ["always on", "q1", "q2", "q3", "q4", "de", "fr", "jp", "cn", "us", "test", "premium"];

/// Puts the seeds in. One in four fits its format and is approved or waits; the others are rejected for their size.
pub fn seed(account: &Account, service: u32) -> anyhow::Result<()> {
    let picture = std::fs::read(workspace::root().join("samples/aurora-728x90.png"))?;
    let headers = [("content-type", "application/octet-stream")];
    let answer = account.client.ask(Method::POST, &account.path("/v1/blobs"), &headers, Some(&picture))?;
    let blob = due(&answer, 201)?["sha256"].clone();
    let mut concepts = Vec::new();
    for theme in THEMES {
        let made = account.client.post(&account.path("/v1/concepts"), &json!({ "name": theme }))?;
        concepts.push(due(&made, 201)?["id"].clone());
    }
    let progress = demo::progress();
    progress.set_length(SEEDS);
    progress.set_message("putting the first thousand in");
    let mut fitting = Vec::new();
    for number in 0..SEEDS {
        interrupt::check()?;
        let place = usize::try_from(number)?;
        let made = account.client.post(&account.path("/v1/creatives"), &creative(place, &concepts, &blob))?;
        if place % SHAPES.len() == 0 {
            fitting.push(due(&made, 201)?["id"].as_str().context("an id")?.to_owned());
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    process::wait_until_idle(service, Duration::from_mins(10))?;
    super::mixed::approve(account, &fitting[..fitting.len() / 2])
}

fn creative(place: usize, concepts: &[Value], blob: &Value) -> Value {
    let (advertiser, theme) = (ADVERTISERS[place % ADVERTISERS.len()], THEMES[place / 7 % THEMES.len()]);
    let (format, shape) = SHAPES[place % SHAPES.len()];
    let label = |n: usize| LABELS[(place / n + n) % LABELS.len()];
    json!({
        "external_id": format!("seed-{place:04}"),
        "name": format!("{advertiser} – {theme} – {shape}"),
        "labels": [label(1), label(3)],
        "concept": concepts[place / 7 % THEMES.len()],
        "manifest": {
            "kind": "image",
            "formats": [format],
            "assets": { "image": { "type": "image", "blob": blob } },
            "click_url": format!("https://www.example.com/{place}"),
        },
    })
}

/// Copies the seeds until there are so many creatives.
pub fn grow(full: &Full, from: u64, to: u64) -> anyhow::Result<()> {
    let progress = demo::progress();
    progress.set_length(to);
    progress.set_message("creatives in the library");
    progress.set_position(from);
    let ask = |sql: &str| full.postgres.ask(DATABASE, sql);
    ask("CREATE TABLE IF NOT EXISTS bench_seeds AS SELECT c.*, row_number() OVER (ORDER BY c.id) AS seed \
         FROM creatives c")?;
    let mut copy = from / SEEDS;
    while copy * SEEDS < to {
        interrupt::check()?;
        let last = (copy + COPIES).min(to / SEEDS);
        ask(&copies(copy, last))?;
        copy = last;
        progress.set_position(copy * SEEDS);
    }
    progress.finish_and_clear();
    ask("VACUUM ANALYZE")?;
    // What was written goes to the disk now, not beside what is measured.
    ask("CHECKPOINT").map(drop)
}

/// Copies `first` up to, but not including, `last`, of every seed. A copy is older than the one before by six hours, give or
/// take; so a library of a thousand copies covers some eight months.
fn copies(first: u64, last: u64) -> String {
    format!(
        "BEGIN; SET LOCAL session_replication_role = replica;
CREATE TEMPORARY TABLE made ON COMMIT DROP AS
  SELECT s.id AS of, k.copy, made_at.at,
    'cr_' || lpad(to_hex(made_at.at / 1000), 12, '0') || '7' || substr(md5(s.id || k.copy), 1, 19) AS id,
    'c' || substr(md5('code' || s.id || k.copy), 1, 10) AS code
  FROM bench_seeds s CROSS JOIN generate_series({first}, {last} - 1) AS k (copy)
  CROSS JOIN LATERAL (SELECT s.created_at - k.copy * 21600000000::bigint
    - (('x' || substr(md5(k.copy || s.id), 1, 8))::bit(32)::bigint % 21600000000) AS at) AS made_at;
INSERT INTO creatives (id, account_id, external_id, kind, name, name_key, concept_id, labels, rights_from, rights_until,
  change_policy, standing, newest_no, newest_hash, newest_state, active_no, active_hash, status, waiting_since, version,
  sequence, created_at, updated_at)
  SELECT m.id, s.account_id, s.external_id || '-' || m.copy, s.kind, s.name || ' ' || m.code, s.name_key || ' ' || m.code,
    s.concept_id, s.labels, s.rights_from, s.rights_until, s.change_policy, s.standing, s.newest_no, s.newest_hash,
    s.newest_state, s.active_no, s.active_hash, s.status, s.waiting_since - s.created_at + m.at, s.version, s.sequence, m.at,
    s.updated_at - s.created_at + m.at
  FROM made m JOIN bench_seeds s ON s.id = m.of;
INSERT INTO creative_labels (account_id, label, creative_id, created_at)
  SELECT l.account_id, l.label, m.id, m.at FROM made m JOIN creative_labels l ON l.creative_id = m.of;
INSERT INTO creative_formats (account_id, format_id, creative_id, created_at)
  SELECT f.account_id, f.format_id, m.id, m.at FROM made m JOIN creative_formats f ON f.creative_id = m.of;
INSERT INTO creative_terms (account_id, term, creative_id, created_at)
  SELECT t.account_id, t.term, m.id, m.at FROM made m JOIN creative_terms t ON t.creative_id = m.of
  UNION ALL SELECT s.account_id, m.code, m.id, m.at FROM made m JOIN bench_seeds s ON s.id = m.of;
INSERT INTO revisions
  SELECT m.id, r.no, r.account_id, r.manifest, r.hash, r.author, r.parent, r.state, m.at
  FROM made m JOIN revisions r ON r.creative_id = m.of;
COMMIT;"
    )
}
