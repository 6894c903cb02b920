//! What became of the creatives, as a table for people and as JSON for programs. Tells what was read back from the API,
//! and what went otherwise than it must.

use std::io::IsTerminal as _;

use serde_json::{Value, json};

use super::job::{Job, Work};
use super::looking::all_checks;
use crate::plain_table;

/// The checks of a run that came out this way.
fn of_outcome<'a>(work: &'a Work<'_>, outcome: &str) -> Vec<&'a Value> {
    let mut checks = all_checks(&work.checks);
    checks.retain(|check| check["outcome"] == outcome);
    checks
}

fn count(work: &Work<'_>, outcome: &str) -> usize {
    of_outcome(work, outcome).len()
}

fn status<'a>(work: &'a Work<'_>) -> &'a str {
    work.creative["status"].as_str().unwrap_or("not there")
}

/// What a reviewer had to say about a rejection.
fn said<'a>(work: &'a Work<'_>) -> Option<&'a str> {
    let reviews = work.reviews.as_array()?;
    reviews.iter().rev().find(|review| review["decision"] == "reject")?["note"].as_str()
}

fn words<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Everything, for people.
pub fn print(job: &Job<'_>) {
    let terminal = std::io::stdout().is_terminal();
    let mut table = plain_table::with_header(["creative", "kind", "checks", "status", "tag address"]);
    for work in &job.works {
        let outcomes = [("passed", "passed"), ("warning", "warned"), ("failed", "failed")];
        let counts = outcomes.map(|(outcome, word)| (count(work, outcome), word));
        let counts = counts.iter().filter(|(count, word)| *count > 0 || *word == "passed");
        let checks: Vec<_> = counts.map(|(count, word)| format!("{count} {word}")).collect();
        let tag = match &work.tag {
            None => "–".to_owned(),
            // Two hundred characters would break every line; they are given below.
            Some((_, address)) if terminal => shortened(address),
            Some((_, address)) => address.clone(),
        };
        table.add_row([
            work.sample.external_id.clone(),
            work.sample.kind.clone(),
            checks.join(", "),
            status(work).to_owned(),
            tag,
        ]);
    }
    plain_table::print(&table);
    let wrong = job.works.iter().filter(|work| status(work) == "rejected");
    for work in wrong {
        println!("\n{} is rejected:", work.sample.external_id);
        if let Some(note) = said(work) {
            println!("  the reviewer: {note}");
        }
        for check in of_outcome(work, "failed").into_iter().chain(of_outcome(work, "warning")) {
            println!("  {} at {} ({})", words(check, "rule"), words(check, "at"), words(check, "outcome"));
            println!("    found    {}", words(check, "found"));
            println!("    allowed  {}", words(check, "allowed"));
            println!("    rule of  {}", words(check, "source"));
            println!("    mend it  {}", words(check, "fix"));
        }
    }
    if let Some((creative, matrix)) = &job.matrix {
        println!("\nWhere can {creative} run?");
        matrix_table(matrix);
    }
}

/// Every format of its kind, and the first thing that stands against it.
fn matrix_table(matrix: &Value) {
    let mut table = plain_table::with_header(["format", "", "what stands against it"]);
    for report in matrix["formats"].as_array().into_iter().flatten() {
        let checks = report["checks"].as_array();
        let against = checks.into_iter().flatten().find(|check| check["outcome"] == report["outcome"]);
        let against = against.filter(|_| report["outcome"] != "passed").map(|check| {
            let (rule, found) = (words(check, "rule"), words(check, "found"));
            format!("{rule}: {found}, where {} is due", words(check, "allowed"))
        });
        table.add_row([words(report, "format"), words(report, "outcome"), &against.unwrap_or_default()]);
    }
    plain_table::print(&table);
}

/// An address by its beginning and its end.
fn shortened(address: &str) -> String {
    let (head, channel) = address.rsplit_once('/').unwrap_or((address, ""));
    let head: String = head.chars().take(36).collect();
    format!("{head}…/{channel}")
}

/// The addresses to open.
pub fn print_addresses(job: &Job<'_>) {
    println!("\nTo open:");
    println!("  {}/openapi.json  (every route)", job.client.base());
    for work in &job.works {
        let id = &work.sample.external_id;
        if let Some(address) = &work.preview {
            println!("  {address}  (preview of {id})");
        }
        if let Some((channel, address)) = &work.tag {
            println!("  {address}  ({channel} tag of {id})");
        }
    }
}

/// How to ask further: a key that works as long as the service does.
pub fn print_sign_in(job: &Job<'_>) -> anyhow::Result<()> {
    let wanted = json!({ "name": "To look around", "role": "editor" });
    let answer = job.client.post(&job.about("/v1/api-keys"), &wanted)?;
    let key = answer.json();
    let Some(secret) = key["secret"].as_str() else {
        anyhow::bail!("no key to look around with: {}", answer.told())
    };
    println!("\nTo ask, as an editor of the account:");
    println!("  curl -H 'authorization: Bearer {secret}' '{}/v1/creatives?q=coffee'", job.client.base());
    Ok(())
}

/// Everything, for programs.
pub fn json(job: &Job<'_>) -> Value {
    let creatives = job.works.iter().map(|work| {
        json!({
            "creative": work.sample.external_id,
            "id": work.id,
            "kind": work.sample.kind,
            "status": status(work),
            "checks": {
                "passed": count(work, "passed"),
                "warning": count(work, "warning"),
                "failed": count(work, "failed"),
            },
            "failed": of_outcome(work, "failed"),
            "note": said(work),
            "tag": work.tag.as_ref().map(|(channel, address)| json!({ "channel": channel, "address": address })),
            "preview": work.preview,
        })
    });
    json!({
        "passed": job.mismatches.is_empty(),
        "url": job.client.base(),
        "account": job.account,
        "creatives": creatives.collect::<Vec<_>>(),
        "runs_as": job.matrix.as_ref().map(|(creative, matrix)| json!({ "creative": creative, "formats": matrix["runs_as"] })),
        "mismatches": job.mismatches,
    })
}
