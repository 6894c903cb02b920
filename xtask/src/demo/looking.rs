//! Waiting for the inspection, and what the checks say. Knows how events tell of it and how reports are built.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::job::{Job, Work};
use super::wrong::{Stage, Wrong, equal, list, must, text, with_status, wrong};

/// How long all creatives together may be looked inside: a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

impl<'a> Job<'a> {
    /// Follows the events until every creative has left `processing`, and looks where it went.
    pub fn inspect(&mut self) {
        self.begin(Stage::Inspect);
        let waiting = self.works.iter().filter(|work| !work.lost).map(|work| work.id.clone());
        let mut waiting: Vec<_> = waiting.collect();
        let mut told: BTreeMap<String, String> = BTreeMap::new();
        let step = || self.step();
        let followed = if waiting.is_empty() {
            Ok(())
        } else {
            self.client.follow(&self.about("/v1/events"), PATIENCE, |event| {
                let data = &event["data"];
                if event["type"] == "creative.status_changed"
                    && data["revision_state"]["from"] == "processing"
                    && let Some(place) = waiting.iter().position(|id| event["subject"] == **id)
                {
                    let to = data["revision_state"]["to"].as_str().unwrap_or_default().to_owned();
                    told.insert(waiting.swap_remove(place), to);
                    step();
                }
                Ok(waiting.is_empty())
            })
        };
        let ended = followed.err().map(|error| format!("nothing: {error:#}"));
        let mut works = std::mem::take(&mut self.works);
        for work in works.iter_mut().filter(|work| !work.lost) {
            let looked = match (told.get(&work.id), &ended) {
                (Some(status), _) => self.looked_inside(work, status),
                (None, Some(ended)) => wrong("an event that it was looked inside", ended.as_str()),
                (None, None) => wrong("an event that it was looked inside", "nothing"),
            };
            if let Err(wrong) = looked {
                self.mismatch(Stage::Inspect, Some(work), wrong);
                work.lost = true;
            }
        }
        self.works = works;
    }

    fn looked_inside(&self, work: &Work<'a>, told: &str) -> Result<(), Wrong> {
        let expected = &work.sample.expect.status;
        must(
            told == expected,
            || format!("an event that it is {expected}"),
            || format!("that it is {told}"),
        )?;
        let creative = with_status(&self.client.get(&self.about(&work.path("")))?, 200)?;
        equal(&creative, "/status", expected.as_str())?;
        equal(&creative, "/newest_state", expected.as_str())
    }

    /// What the checks said: nothing failed, or what must have.
    pub fn check(&self, work: &mut Work<'a>) -> Result<(), Wrong> {
        let answer = with_status(&self.client.get(&self.about(&work.path("/revisions/1/checks")))?, 200)?;
        let sample = work.sample;
        let mut formats: Vec<_> = list(&answer, "/run/reports")?.iter().map(|it| &it["format"]).collect();
        formats.retain(|format| !format.is_null());
        let complete = formats.len() == sample.formats.len()
            && sample.formats.iter().all(|format| formats.iter().any(|it| *it == format));
        must(
            complete,
            || format!("a report on each of {}", sample.formats.join(", ")),
            || format!("reports on {formats:?}"),
        )?;
        let checks = all_checks(&answer["run"]);
        must(!checks.is_empty(), || "checks".into(), || "none".into())?;
        let failed: Vec<_> = checks.iter().filter(|check| check["outcome"] == "failed").collect();
        for check in &failed {
            for part in ["/rule", "/found", "/allowed", "/source", "/fix"] {
                text(check, part)?;
            }
        }
        let rules: Vec<_> = failed.iter().filter_map(|check| check["rule"].as_str()).collect();
        if sample.expect.status == "rejected" {
            equal(&answer, "/run/outcome", "failed")?;
        } else {
            must(failed.is_empty(), || "no check to fail".into(), || rules.join(", "))?;
        }
        for rule in &sample.expect.failed {
            must(
                rules.contains(&rule.as_str()),
                || format!("the check `{rule}` to fail"),
                || {
                    if rules.is_empty() {
                        "none failed".into()
                    } else {
                        format!("failed: {}", rules.join(", "))
                    }
                },
            )?;
        }
        Ok(())
    }

    /// Asks of one sample where it could run, over the whole catalogue.
    pub fn where_can_it_run(&mut self) -> Result<(), Wrong> {
        let asked = self.works.iter().find(|work| {
            work.sample.kind == "image" && !work.lost && work.sample.expect.status == "pending_review"
        });
        let Some(work) = asked else { return Ok(()) };
        let sample = work.sample;
        let manifest = self.samples.manifest(sample, &self.blobs)?;
        let answer = self.client.post(&self.about("/v1/checks"), &json!({ "manifest": manifest }))?;
        let matrix = with_status(&answer, 200)?;
        equal(&matrix, "/kind", sample.kind.as_str())?;
        let runs_as = list(&matrix, "/runs_as")?;
        for format in &sample.formats {
            must(
                runs_as.iter().any(|it| it.as_str() == Some(format)),
                || format!("{} to run as {format}", sample.external_id),
                || format!("{runs_as:?}"),
            )?;
        }
        self.matrix = Some((sample.external_id.clone(), matrix));
        Ok(())
    }
}

/// The checks of all reports of a run.
pub fn all_checks(run: &Value) -> Vec<&Value> {
    let reports = run["reports"].as_array().into_iter().flatten();
    reports.flat_map(|report| report["checks"].as_array().into_iter().flatten()).collect()
}
