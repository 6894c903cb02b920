//! Judges what the service says of VAST documents by libxml2: its reading of the document, and the official schema of
//! the document's own version. There is no official schema of 4.3 (the file is empty), so nothing is judged by one.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::{Finding, measured, refused};
use crate::account::{Account, due};

/// The schema of each version, and the format that stands for it here.
const VERSIONS: [(&str, &str, &str); 5] = [
    ("2.0", "vast_2.0.1.xsd", "vast_2_0"),
    ("3.0", "vast3_draft.xsd", "vast_3_0"),
    ("4.0", "vast4.xsd", "vast_4_0"),
    ("4.1", "vast_4.1.xsd", "vast_4_1"),
    ("4.2", "vast_4.2.xsd", "vast_4_2"),
];

/// Fails with what to do when xmllint is missing.
pub fn check_tool() -> anyhow::Result<()> {
    if Command::new("xmllint").arg("--version").output().is_err() {
        bail!("xmllint is missing, which VAST documents are compared with: install libxml2-utils (libxml2)");
    }
    Ok(())
}

pub fn judge(account: &Account, path: &Path, schemas: &Path) -> anyhow::Result<Finding> {
    let bytes = std::fs::read(path)?;
    let (sha256, facts) = measured(account, &bytes, "vast")?;
    if facts["type"] != "vast" {
        let (found, wrong) = refused(&facts);
        let wrong = wrong.or_else(|| Some("a document that libxml2 reads".to_owned()));
        return Ok(Finding { file: String::new(), found, wrong });
    }
    let ads = facts["ads"].as_array().map(Vec::as_slice).unwrap_or_default();
    let wrappers = ads.iter().filter(|ad| ad["wrapper"] == true).count();
    let version = facts["version"].as_str().unwrap_or_default();
    let (inline, media_files) = (ads.len() - wrappers, media_files(ads));
    let found = format!("VAST {version}, {inline} inline, {wrappers} wrappers, {media_files} media files");

    let mut wrong = Vec::new();
    let own = xpath(path, "string(/*/@version)")?;
    if own != version {
        wrong.push(format!("its version is {own}"));
    }
    for (what, count, query) in [
        ("inline ads", inline, "count(/*/*[local-name()='Ad']/*[local-name()='InLine'])"),
        ("wrappers", wrappers, "count(/*/*[local-name()='Ad']/*[local-name()='Wrapper'])"),
        ("media files", media_files, "count(//*[local-name()='MediaFile'])"),
        ("impressions", listed(ads, "impressions"), "count(/*/*/*/*[local-name()='Impression'])"),
    ] {
        let due = xpath(path, query)?;
        if due != count.to_string() {
            wrong.push(format!("it has {due} {what}, and {count} were found"));
        }
    }
    let known = VERSIONS.iter().find(|(it, ..)| *it == own);
    let (_, schema, format) = known.with_context(|| format!("there is no schema of VAST {own}"))?;
    let valid = valid(path, &schemas.join(schema))?;
    let failed = failed(account, &sha256, format)?;
    // What the schema asks for is asked for here; limits of ours and of platforms are not its business.
    let by_schema: Vec<_> = failed.iter().filter(|(_, source)| source.contains("XML schemas")).collect();
    if valid && !by_schema.is_empty() {
        wrong.push(format!("valid by {schema}, and yet {by_schema:?} failed"));
    }
    if !valid && failed.is_empty() {
        wrong.push(format!("not valid by {schema}, and yet no check failed"));
    }
    let lacking = if valid { lacking(account, path, &schemas.join(schema), format)? } else { Vec::new() };
    wrong.extend(lacking.iter().flatten().cloned());
    let both = lacking.iter().filter(|wrong| wrong.is_none()).count();
    let rules: Vec<_> = failed.iter().map(|(rule, _)| rule.as_str()).collect();
    let judged = if rules.is_empty() { "passes".to_owned() } else { format!("fails {}", rules.join(", ")) };
    let schema = if valid { "valid" } else { "not valid" };
    Ok(Finding {
        file: String::new(),
        found: format!(
            "{found}; {schema} by its schema, {judged} here; refused by both without {both} of its parts"
        ),
        wrong: (!wrong.is_empty()).then(|| wrong.join("; ")),
    })
}

/// What a schema may ask for.
const PARTS: [&str; 9] = [
    "AdSystem",
    "AdTitle",
    "AdServingId",
    "Impression",
    "UniversalAdId",
    "Duration",
    "MediaFiles",
    "Creatives",
    "VASTAdTagURI",
];

/// The document without one of its parts, for each part that its schema asks for: what the schema refuses must be
/// refused here, too. What is wrong with each, `None` when nothing is.
fn lacking(
    account: &Account,
    path: &Path,
    schema: &Path,
    format: &str,
) -> anyhow::Result<Vec<Option<String>>> {
    let text = std::fs::read_to_string(path)?;
    let folder = tempfile::tempdir()?;
    let mut judged = Vec::new();
    for part in PARTS {
        let Some(without) = without(&text, part) else { continue };
        let file = folder.path().join(part);
        std::fs::write(&file, &without)?;
        if valid(&file, schema)? {
            continue;
        }
        let (sha256, facts) = measured(account, without.as_bytes(), "vast")?;
        // Before 4.0 a wrapper must have <Creatives>, which may be empty: without, it adds nothing either.
        let inline = |ad: &Value| ad["wrapper"] == false;
        if part == "Creatives" && !facts["ads"].as_array().is_some_and(|ads| ads.iter().any(inline)) {
            continue;
        }
        let passes = facts["type"] == "vast" && failed(account, &sha256, format)?.is_empty();
        let wrong =
            passes.then(|| format!("without <{part}> it is not valid by its schema, and no check failed"));
        judged.push(wrong);
    }
    Ok(judged)
}

/// The document without the first element of this name.
fn without(text: &str, name: &str) -> Option<String> {
    let open = format!("<{name}");
    let starts = text.match_indices(&open).map(|(at, _)| at);
    let whole =
        |at: &usize| text[at + open.len()..].starts_with(|c: char| c == '>' || c == '/' || c.is_whitespace());
    let start = starts.into_iter().find(whole)?;
    let close = format!("</{name}>");
    let end = start + text[start..].find(&close)? + close.len();
    Some(format!("{}{}", &text[..start], &text[end..]))
}

fn media_files(ads: &[Value]) -> usize {
    let creatives = ads.iter().flat_map(|ad| ad["creatives"].as_array().into_iter().flatten());
    creatives.map(|creative| creative["media_files"].as_array().map_or(0, Vec::len)).sum()
}

/// How many of something the ads have together: given as a list or as a number.
fn listed(ads: &[Value], name: &str) -> usize {
    let count = |ad: &Value| match &ad[name] {
        Value::Array(list) => list.len(),
        other => other.as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or_default(),
    };
    ads.iter().map(count).sum()
}

/// The checks of one format that failed: rule and source.
fn failed(account: &Account, sha256: &str, format: &str) -> anyhow::Result<Vec<(String, String)>> {
    let manifest = json!({
        "kind": "video_vast",
        "formats": [format],
        "assets": { "vast": { "type": "vast", "blob": sha256 } },
    });
    let question = json!({ "manifest": manifest, "formats": [format] });
    let matrix = due(&account.client.post(&account.path("/v1/checks"), &question)?, 200)?;
    let reports = matrix["formats"].as_array().into_iter().flatten();
    let reports = reports.chain([&matrix["integrity"]]);
    let checks = reports.flat_map(|report| report["checks"].as_array().into_iter().flatten());
    let text = |check: &Value, name: &str| check[name].as_str().unwrap_or_default().to_owned();
    Ok(checks
        .filter(|check| check["outcome"] == "failed")
        .map(|check| (text(check, "rule"), text(check, "source")))
        .collect())
}

fn xpath(path: &Path, query: &str) -> anyhow::Result<String> {
    let output = Command::new("xmllint").args(["--nonet", "--xpath", query]).arg(path).output()?;
    anyhow::ensure!(output.status.success(), "xmllint cannot read it");
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn valid(path: &Path, schema: &Path) -> anyhow::Result<bool> {
    let output =
        Command::new("xmllint").args(["--nonet", "--noout", "--schema"]).arg(schema).arg(path).output()?;
    // 3 and 4 say that a document is not valid; anything else, that this could not be found out.
    match output.status.code() {
        Some(0) => Ok(true),
        Some(3 | 4) => Ok(false),
        _ => bail!("xmllint with {}: {}", schema.display(), String::from_utf8_lossy(&output.stderr)),
    }
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn the_first_element_of_a_name_is_taken_out_and_no_other() {
        let text = "<a><AdTitles/><AdTitle x='1'>one</AdTitle><AdTitle>two</AdTitle></a>";
        assert_eq!(without(text, "AdTitle").as_deref(), Some("<a><AdTitles/><AdTitle>two</AdTitle></a>"));
        assert_eq!(without(text, "Impression"), None);
    }
}
