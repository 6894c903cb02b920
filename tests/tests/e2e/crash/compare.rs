//! What was acknowledged, held against what the service now says.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use creativestore_tests::asked::Asked;
use creativestore_tests::bytes::sha256;
use creativestore_tests::http::Client;
use serde_json::{Value, json};

use super::campaign::Tally;
use super::ledger::{Done, Ledger};
use super::mirror::Mirror;

/// Everything that was acknowledged is there, its event once; what was not answered can be asked again and is then
/// there once.
pub fn ledger(client: &Client, mirror: &mut Mirror, ledger: Ledger, tally: &mut Tally) -> anyhow::Result<()> {
    let mut again = Vec::new();
    for asked in ledger.unanswered() {
        again.push(repeat(client, asked).with_context(|| format!("unanswered: {asked:?}"))?);
        *tally.unanswered.entry(asked.op.clone()).or_default() += 1;
    }
    let mut sequences = BTreeMap::new();
    let mut names = BTreeMap::new();
    let acknowledged = ledger.done.len();
    let done: Vec<Done> = ledger.done.into_iter().chain(again).collect();
    for Done { asked, said } in &done {
        if let Some(creative) = subject(asked, said) {
            sequences.insert(creative.to_owned(), 0);
            if let Some(name) = asked.body["name"].as_str() {
                names.insert(creative.to_owned(), name);
            }
        }
    }
    for (creative, sequence) in &mut sequences {
        let now = client.get(&format!("/v1/creatives/{creative}"))?.expect(200)?;
        *sequence = now["sequence"].as_u64().context("a sequence")?;
        let name = names.get(creative).copied();
        ensure!(name.is_none_or(|name| now["name"] == name), "not called {name:?}: {now}");
        let newest = now["newest"]["number"].as_u64().context("a number")?;
        client.get(&format!("/v1/creatives/{creative}/revisions/{newest}"))?.expect(200)?;
    }
    mirror.catch_up(client, &sequences)?;
    for (n, one) in done.iter().enumerate() {
        check(client, mirror, one).with_context(|| format!("acknowledged: {:?}: {}", one.asked, one.said))?;
        if n < acknowledged {
            *tally.acknowledged.entry(one.asked.op.clone()).or_default() += 1;
        }
    }
    Ok(())
}

/// Which creative a request was about.
fn subject<'a>(asked: &Asked, said: &'a Value) -> Option<&'a str> {
    match asked.op.as_str() {
        "create" | "amend" => said["id"].as_str(),
        "upsert" | "review" => said["creative"]["id"].as_str(),
        "assign" => said["creative"].as_str(),
        _ => None,
    }
}

fn check(client: &Client, mirror: &Mirror, Done { asked, said }: &Done) -> anyhow::Result<()> {
    let creative = subject(asked, said);
    let once = |kind: &str, data: &[(&str, &Value)]| {
        let told = mirror.count(creative.unwrap_or_default(), kind, data);
        ensure!(told == 1, "{told} events {kind} with {data:?}");
        anyhow::Ok(())
    };
    match asked.op.as_str() {
        "upload" => {
            let bytes = asked.bytes();
            let name = sha256(&bytes);
            ensure!(said["sha256"] == name, "it was called otherwise");
            let kept = client.get(&format!("/v1/blobs/{name}"))?;
            kept.expect(200)?;
            ensure!(kept.body == bytes, "other bytes");
        }
        "create" => {
            ensure!(said["external_id"] == asked.body["external_id"], "another external id");
            once("creative.created", &[])?;
        }
        "upsert" => match said["result"].as_str() {
            Some("created") => once("creative.created", &[])?,
            Some("changed") => {
                let (revision, version) =
                    (&said["creative"]["newest"]["number"], &said["creative"]["version"]);
                if said["revision_added"] == true {
                    once("creative.revision_added", &[("revision", revision)])?;
                }
                if said["metadata_changed"] == true {
                    once("creative.metadata_changed", &[("version", version)])?;
                }
            }
            _ => {}
        },
        "amend" => once("creative.metadata_changed", &[("version", &said["version"])])?,
        "review" => {
            let step = &asked.body["decision"];
            let revision = &said["review"]["revision"];
            once("creative.status_changed", &[("step", step), ("revision", revision)])?;
            let creative = creative.context("a creative")?;
            let seen = client.get(&format!("/v1/creatives/{creative}/revisions/{revision}"))?.expect(200)?;
            let reviews = seen["reviews"].as_array().context("reviews")?;
            ensure!(reviews.iter().filter(|it| it["id"] == said["review"]["id"]).count() == 1, "{seen}");
        }
        "assign" => {
            once("assignment.changed", &[("assignment", &said["id"]), ("in_use", &json!(true))])?;
            let package = asked.body["package"].as_str().context("a package")?;
            let found = client.get(&format!("/v1/assignments?package={package}"))?.expect(200)?;
            let found = found["items"].as_array().context("items")?;
            ensure!(found.len() == 1 && found[0]["id"] == said["id"], "in that package: {found:?}");
        }
        other => bail!("a request of no kind: {other}"),
    }
    Ok(())
}

/// A request of which nobody knows what came: it was done wholly or not at all, and asking again makes it so, once.
fn repeat(client: &Client, asked: &Asked) -> anyhow::Result<Done> {
    let asked = asked.clone();
    if asked.op == "upload" {
        let bytes = asked.bytes();
        let found = client.get(&format!("/v1/blobs/{}", sha256(&bytes)))?;
        ensure!(found.status == 404 || (found.status == 200 && found.body == bytes), "{}", found.status);
    }
    let answer = asked.send(client)?;
    let said = match (asked.op.as_str(), answer.status) {
        ("amend", 412) => {
            // It was done: nobody else has the creative.
            let now = client.get(&asked.path)?.expect(200)?;
            let next = asked.seen.context("a version")? + 1;
            ensure!(now["version"] == next && now["name"] == asked.body["name"], "half amended: {now}");
            now
        }
        (_, 200 | 201) => answer.value(),
        (_, status) => bail!("asked again, it is refused: {status}: {}", answer.text()),
    };
    if asked.op == "create" {
        let label = asked.body["labels"][0].as_str().context("a label")?;
        let found = client.get(&format!("/v1/creatives?label={label}"))?.expect(200)?;
        ensure!(found["items"].as_array().map(Vec::len) == Some(1), "not once: {found}");
    }
    Ok(Done { asked, said })
}
