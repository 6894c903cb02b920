//! That nothing is forgotten: every promise is on the list, every method of a port that has an implementation here is
//! called by a promise, and every method that takes an account is asked for another account's things. Reads text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The ports whose promises stand here, by how a promise calls them.
const PORTS: &[(&str, &str)] = &[
    ("Store", "store"),
    ("Tenancy", "tenancy()"),
    ("Creatives", "creatives()"),
    ("Revisions", "revisions()"),
    ("Reviews", "reviews()"),
    ("Assignments", "assignments()"),
    ("Assets", "assets()"),
    ("Journal", "journal()"),
    ("Outbox", "outbox()"),
    ("Jobs", "jobs()"),
    ("People", "people()"),
    ("Idempotency", "idempotency()"),
    ("UnitOfWork", "work"),
    ("Blobs", "blobs"),
    ("Bus", "bus"),
    ("RateLimit", "limit"),
];

/// Ports without promises: what they ask for is tested where it is implemented.
const ELSEWHERE: &[&str] =
    &["Tokens", "Passwords", "Clock", "Ids", "Random", "DerivedSink", "Inspector", "Cache", "Inbox"];

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The sources under a folder, by path from there.
fn sources(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below it").to_string_lossy().into_owned();
                found.insert(name, std::fs::read_to_string(&path).expect("a text"));
            }
        }
    }
    found
}

fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

#[test]
fn every_promise_is_on_the_list() {
    let all = sources(&folder("src"));
    let list = &all["list.rs"];
    let mut listed = BTreeSet::new();
    for part in list.split("=> ").skip(1) {
        let (port, rooms) = part.split_once(":\n").unwrap_or_default();
        let rooms = rooms.split("    };\n").next().unwrap_or_default();
        for room in rooms.split(" {\n").zip(rooms.split(" {\n").skip(1)) {
            let name = room.0.rsplit(' ').next().unwrap_or_default();
            let promises = room.1.split('}').next().unwrap_or_default();
            listed.extend(promises.split_whitespace().map(|it| format!("{port}::{name}::{it}")));
        }
    }
    let mut promised = BTreeSet::new();
    for (path, text) in &all {
        let Some((port, room)) = path.strip_suffix(".rs").and_then(|path| path.split_once('/')) else {
            continue;
        };
        let names = text.split("\npub async fn ").skip(1).map(word);
        promised.extend(names.map(|name| format!("{port}::{room}::{name}")));
    }
    assert!(promised.len() > 100, "{promised:?}");
    let forgotten: Vec<_> = promised.difference(&listed).collect();
    assert!(forgotten.is_empty(), "put these on the list, in list.rs: {forgotten:#?}");
}

/// The methods of every trait of the ports, each with its signature.
fn methods() -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for text in sources(&folder("../ports/src")).into_values() {
        for part in text.split("\npub trait ").skip(1) {
            let body = part.split("\n}").next().unwrap_or_default();
            let pieces = body.replace("async fn ", "fn ");
            for method in pieces.split("    fn ").skip(1) {
                let signature = method.split(';').next().unwrap_or_default();
                found.push((word(part).to_owned(), word(method).to_owned(), signature.to_owned()));
            }
        }
    }
    found
}

/// All sources as one text without white space, so that it does not matter how a call is broken into lines.
fn calls(sources: impl IntoIterator<Item = String>) -> String {
    sources
        .into_iter()
        .flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

#[test]
fn every_method_of_a_port_is_called_by_a_promise() {
    let all = calls(sources(&folder("src")).into_values());
    let methods = methods();
    assert!(methods.len() > 80, "{methods:?}");
    for (port, method, _) in methods {
        if ELSEWHERE.contains(&port.as_str()) {
            continue;
        }
        let Some((_, called)) = PORTS.iter().find(|(name, _)| *name == port) else {
            panic!("`{port}` is a new port: say how promises call it, or that its tests are elsewhere")
        };
        assert!(all.contains(&format!("{called}.{method}(")), "`{port}::{method}` has no promise");
    }
}

#[test]
fn every_method_that_takes_an_account_is_asked_for_another_accounts_things() {
    let asked = calls([std::fs::read_to_string(folder("src/store/scope.rs")).expect("a text")]);
    let scoped: Vec<_> = methods()
        .into_iter()
        .filter(|(_, _, signature)| {
            signature.contains("account: AccountId") || signature.contains("account: Option<AccountId>")
        })
        .filter(|(port, _, _)| port != "Blobs" && !ELSEWHERE.contains(&port.as_str()))
        .collect();
    assert!(scoped.len() > 25, "{scoped:?}");
    for (port, method, _) in scoped {
        let called = PORTS.iter().find(|(name, _)| *name == port).map_or("", |(_, called)| called);
        let ways = ["other()", "Some(other())"].map(|other| format!("{called}.{method}({other}"));
        assert!(ways.iter().any(|way| asked.contains(way)), "`{port}::{method}` is not asked in scope.rs");
    }
}
