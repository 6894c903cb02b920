//! Reading everything back: creatives, bytes, decisions, uses, lists, events, the audit log. Trusts nothing that the
//! stages before were told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::intake::{described, sha256};
use super::job::{Job, Work};
use super::wrong::{Wrong, equal, list, must, text, with_status, wrong};

/// How long the last event may take to be told.
const PATIENCE: Duration = Duration::from_secs(30);

impl<'a> Job<'a> {
    /// Everything about one creative: kept for the table, and compared with what must be.
    pub fn read(&self, work: &mut Work<'a>) -> Result<(), Wrong> {
        let creative = with_status(&self.client.get(&self.about(&work.path("")))?, 200)?;
        work.creative = creative;
        let checks = with_status(&self.client.get(&self.about(&work.path("/revisions/1/checks")))?, 200)?;
        work.checks = checks["run"].clone();
        let revision = with_status(&self.client.get(&self.about(&work.path("/revisions/1")))?, 200)?;
        work.reviews = revision["reviews"].clone();

        let sample = work.sample;
        let due = sample.final_status();
        equal(&work.creative, "/status", due)?;
        described(&work.creative, work, &self.concepts)?;
        let active = sample.approved().then_some(work.revision.as_str());
        match active {
            Some(hash) => equal(&work.creative, "/active/sha256", hash)?,
            None => equal(&work.creative, "/active", Value::Null)?,
        }
        equal(&revision, "/sha256", work.revision.as_str())?;
        equal(&revision, "/state", due)?;
        let mut sent = self.samples.manifest(sample, &self.blobs)?;
        if let Some(formats) = sent["formats"].as_array_mut() {
            formats.sort_by_key(ToString::to_string);
        }
        let mut kept = revision["manifest"].clone();
        if let Some(formats) = kept["formats"].as_array_mut() {
            formats.sort_by_key(ToString::to_string);
        }
        for part in ["kind", "formats", "assets", "click_url", "trackers"] {
            let kept = kept.get(part).cloned().unwrap_or_default();
            must(
                kept == sent[part] || is_empty(&kept) && is_empty(&sent[part]),
                || format!("the revision's {part} to be {}", sent[part]),
                || kept.to_string(),
            )?;
        }
        let decisions = list(&revision, "/reviews")?;
        let decided = decisions.last().map(|review| (&review["decision"], &review["note"], &review["by"]));
        if let Some(review) = &sample.review {
            let me = Value::from(self.me.as_str());
            let (decision, note) = (Value::from(review.decision.as_str()), Value::from(review.note.clone()));
            must(
                decided == Some((&decision, &note, &me)),
                || format!("the decision {decision} of {me}, saying {note}"),
                || format!("{decided:?}"),
            )?;
        }
        for blob in &work.blobs {
            let bytes = self.client.get(&self.about(&format!("/v1/blobs/{blob}")))?;
            with_status(&bytes, 200)?;
            let hash = sha256(&bytes.body);
            must(hash == *blob, || format!("the bytes of {blob}"), || format!("bytes with the hash {hash}"))?;
        }
        let path = self.about(&format!("/v1/assignments?creative={}&in_use=true", work.id));
        let used = with_status(&self.client.get(&path)?, 200)?;
        let used: Vec<_> = list(&used, "/items")?.iter().map(|it| &it["id"]).collect();
        let assigned: Vec<_> = work.assignment.iter().map(|id| Value::from(id.as_str())).collect();
        must(
            used == assigned.iter().collect::<Vec<_>>(),
            || format!("the assignments {assigned:?}"),
            || format!("{used:?}"),
        )
    }

    /// The list of all creatives has each of them once.
    pub fn list(&self) -> Result<(), Wrong> {
        let listed = self.pages("/v1/creatives?limit=7")?;
        let listed: Vec<_> = listed.iter().filter_map(|it| it["id"].as_str()).collect();
        let due: BTreeSet<_> = self.works.iter().map(|work| work.id.as_str()).collect();
        let due: BTreeSet<_> = due.into_iter().filter(|id| !id.is_empty()).collect();
        must(
            listed.len() == due.len() && listed.iter().all(|id| due.contains(id)),
            || format!("a list of {} creatives", due.len()),
            || format!("{} creatives: {}", listed.len(), listed.join(", ")),
        )
    }

    /// All items of a list, page by page.
    fn pages(&self, path: &str) -> Result<Vec<Value>, Wrong> {
        let mut items = Vec::new();
        let mut next = String::new();
        loop {
            let page = with_status(&self.client.get(&self.about(&format!("{path}{next}")))?, 200)?;
            items.extend(list(&page, "/items")?.iter().cloned());
            match page["next"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => return Ok(items),
            }
        }
    }

    /// The events as a stream until the last one was told, and as pages: the same ones, in order and without gaps
    /// per creative, ending where each creative stands.
    pub fn events(&self) -> Result<(), Wrong> {
        let last = |work: &Work<'a>| Some((work.id.clone(), work.creative["sequence"].as_u64()?));
        let mut waiting: BTreeMap<_, _> = self.works.iter().filter_map(last).collect();
        let mut told = Vec::new();
        if !waiting.is_empty() {
            self.client.follow(&self.about("/v1/events"), PATIENCE, |event| {
                let subject = event["subject"].as_str().unwrap_or_default();
                if waiting.get(subject).is_some_and(|last| Some(*last) == sequence(&event)) {
                    waiting.remove(subject);
                }
                told.push(event);
                Ok(waiting.is_empty())
            })?;
        }
        let mut paged = Vec::new();
        loop {
            let after = paged.last().map_or("0", |last: &Value| last["position"].as_str().unwrap_or("0"));
            let path = self.about(&format!("/v1/events?limit=50&after={after}"));
            let page = with_status(&self.client.get(&path)?, 200)?;
            let items = list(&page, "/items")?;
            if items.is_empty() {
                break;
            }
            paged.extend(items.iter().cloned());
        }
        must(
            told == paged,
            || format!("the same {} events in pages as in the stream", told.len()),
            || format!("{} events", paged.len()),
        )?;
        self.works.iter().filter(|work| !work.lost).try_for_each(|work| of_one(work, &told))
    }

    /// The audit log has a line for each event, and says who decided.
    pub fn audit(&self) -> Result<(), Wrong> {
        let lines = self.pages("/v1/audit?limit=50")?;
        for work in self.works.iter().filter(|work| !work.lost) {
            let id = &work.sample.external_id;
            let of_one: Vec<_> = lines.iter().filter(|line| line["subject"] == *work.id).collect();
            let due = work.creative["sequence"].as_u64().unwrap_or_default();
            must(
                of_one.len() as u64 == due,
                || format!("{due} lines about {id}"),
                || format!("{} lines", of_one.len()),
            )?;
            let made = of_one.iter().find(|line| line["action"] == "creative.created");
            must(
                made.is_some_and(|line| line["by"] == *self.me),
                || format!("a line that {} made {id}", self.me),
                || made.map_or("none".into(), |line| line.to_string()),
            )?;
            if work.sample.review.is_some() {
                let mine = of_one.iter().filter(|line| line["by"] == *self.me);
                let decided = mine.filter(|line| line["action"] == "creative.status_changed").count();
                must(
                    decided == 1,
                    || format!("one line with the decision on {id}"),
                    || format!("{decided} lines"),
                )?;
            }
        }
        Ok(())
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn sequence(event: &Value) -> Option<u64> {
    event["sequence"].as_str()?.parse().ok()
}

/// That the events of one creative tell its whole story.
fn of_one(work: &Work<'_>, told: &[Value]) -> Result<(), Wrong> {
    let id = &work.sample.external_id;
    let of_one: Vec<_> = told.iter().filter(|event| event["subject"] == *work.id).collect();
    let numbers: Vec<_> = of_one.iter().filter_map(|event| sequence(event)).collect();
    let due: Vec<_> = (1..=work.creative["sequence"].as_u64().unwrap_or_default()).collect();
    must(numbers == due, || format!("events {due:?} of {id}"), || format!("{numbers:?}"))?;
    let types: Vec<_> = of_one.iter().filter_map(|event| event["type"].as_str()).collect();
    must(
        types.first() == Some(&"creative.created"),
        || format!("the events of {id} to begin with creative.created"),
        || types.join(", "),
    )?;
    let last = of_one.iter().rev().find(|event| event["type"] == "creative.status_changed");
    let Some(last) = last else { return wrong(format!("a change of the status of {id}"), types.join(", ")) };
    let status = text(last, "/data/status/to")?;
    must(
        status == work.sample.final_status(),
        || format!("{id} to end as {}", work.sample.final_status()),
        || status.clone(),
    )?;
    must(
        types.contains(&"assignment.changed") == work.assignment.is_some(),
        || format!("an event that {id} was put to use, if it was"),
        || types.join(", "),
    )
}
