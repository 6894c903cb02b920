//! Which crate may see which. Looks at normal and build dependencies: tests may use real stores.

use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, Package};

use super::{File, Violation};

/// The rooms and what each may see of the others, lowest first. `*` stands for every folder there.
const ROOMS: &[(&str, &[&str])] = &[
    ("crates/domain", &[]),
    ("crates/ports", &["crates/domain"]),
    ("crates/usecases", &["crates/domain", "crates/ports"]),
    ("crates/wire", &["crates/domain", "crates/ports"]),
    ("crates/contract", &["crates/domain", "crates/ports"]),
    ("crates/inbound/*", &["crates/domain", "crates/ports", "crates/usecases", "crates/wire"]),
    ("crates/outbound/postgres", &["crates/domain", "crates/ports", "crates/wire", "crates/outbound/sql"]),
    ("crates/outbound/sqlite", &["crates/domain", "crates/ports", "crates/wire", "crates/outbound/sql"]),
    ("crates/outbound/*", &["crates/domain", "crates/ports", "crates/wire"]),
    (
        "crates/app",
        &[
            "crates/domain",
            "crates/ports",
            "crates/usecases",
            "crates/wire",
            "crates/inbound/*",
            "crates/outbound/*",
        ],
    ),
    ("tests", &[]),
    ("xtask", &["tests"]),
];

/// What the inner rooms refuse to know, by the names of packages.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "crates/domain",
        &[
            "async-trait",
            "axum",
            "bytes",
            "futures",
            "futures-util",
            "http",
            "hyper",
            "rustix",
            "serde",
            "serde_json",
            "sqlx",
            "tokio",
            "toml",
            "tracing",
            "ureq",
        ],
    ),
    ("crates/ports", &["axum", "http", "hyper", "serde", "serde_json", "sqlx", "tokio"]),
    ("crates/usecases", &["axum", "http", "hyper", "serde", "serde_json", "sqlx"]),
];

/// The rooms in which any error will do.
const ANYHOW: &[&str] = &["crates/app", "tests", "xtask"];

/// The only files that name outbound crates.
const WIRING: &str = "crates/app/src/wiring";

pub fn check(base: &Path, metadata: &Metadata) -> anyhow::Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for package in &metadata.packages {
        let room = folder(package, metadata);
        let manifest = format!("{room}/Cargo.toml");
        let Some((_, visible)) = ROOMS.iter().find(|(pattern, _)| matches(pattern, &room)) else {
            violations.push(Violation {
                rule: "rooms",
                place: manifest,
                found: format!("`{}` is in no room of the house", package.name),
                mend: "put it under a folder that ARCHITECTURE.md names, or add the room to tidy's table",
            });
            continue;
        };
        let name = room.rsplit('/').next().unwrap_or_default();
        if package.name.as_str() != format!("creativestore-{name}") && room != "xtask" {
            violations.push(Violation {
                rule: "names",
                place: manifest.clone(),
                found: format!("the package in `{room}` is called `{}`", package.name),
                mend: "call a package creativestore-<folder>",
            });
        }
        let text = std::fs::read_to_string(base.join(&manifest))?;
        if !text.replace(' ', "").contains("[lints]\nworkspace=true") {
            violations.push(Violation {
                rule: "lints",
                place: manifest.clone(),
                found: "the workspace's lints are not taken over".to_owned(),
                mend: "add `[lints]` with `workspace = true`",
            });
        }
        for dependency in &package.dependencies {
            if dependency.kind == DependencyKind::Development {
                continue;
            }
            let line = line_of(&text, &dependency.name);
            let place = format!("{manifest}:{line}");
            if let Some(path) = &dependency.path {
                let target = path.strip_prefix(&metadata.workspace_root).unwrap_or(path).as_str();
                if !visible.iter().any(|pattern| matches(pattern, target)) {
                    violations.push(Violation {
                        rule: "edges",
                        place,
                        found: format!("`{room}` must not see `{target}`"),
                        mend: "domain ← ports ← usecases ← inbound ← app; outbound sees ports and domain, \
                               stores also sql: move what is shared to the lower room, or wire it in app",
                    });
                }
            } else if REFUSED.iter().any(|(at, names)| *at == room && names.contains(&&*dependency.name)) {
                violations.push(Violation {
                    rule: "refused crates",
                    place,
                    found: format!("`{room}` refuses to know `{}`", dependency.name),
                    mend: "do this at an edge: inbound, outbound or app",
                });
            } else if dependency.name == "anyhow" && !ANYHOW.contains(&&*room) {
                violations.push(Violation {
                    rule: "refused crates",
                    place,
                    found: format!("`{room}` takes any error"),
                    mend: "`anyhow` is for app and xtask: give the room an error enum of its own",
                });
            }
        }
    }
    Ok(violations)
}

/// Outbound crates that app names outside its wiring.
pub fn check_names(rust: &[File], metadata: &Metadata) -> Vec<Violation> {
    let outbound: Vec<String> = metadata
        .packages
        .iter()
        .filter(|package| folder(package, metadata).starts_with("crates/outbound/"))
        .map(|package| package.name.replace('-', "_"))
        .collect();
    let mut violations = Vec::new();
    for file in rust {
        let wiring = file.path == format!("{WIRING}.rs") || file.path.starts_with(&format!("{WIRING}/"));
        if !file.path.starts_with("crates/app/") || wiring {
            continue;
        }
        for (number, line) in (1..).zip(file.text.lines()) {
            let named = outbound.iter().find(|name| words(line).any(|word| word == **name));
            if let (Some(name), false) = (named, line.trim_start().starts_with("//")) {
                violations.push(Violation {
                    rule: "wiring",
                    place: format!("{}:{number}", file.path),
                    found: format!("names `{name}`"),
                    mend: "only crates/app/src/wiring.rs names outbound crates: take a port instead",
                });
            }
        }
    }
    violations
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// The folder of a package, relative to the root.
fn folder(package: &Package, metadata: &Metadata) -> String {
    let folder = package.manifest_path.parent().expect("a manifest lies in a folder");
    folder.strip_prefix(&metadata.workspace_root).unwrap_or(folder).to_string()
}

fn matches(pattern: &str, room: &str) -> bool {
    pattern == room
        || pattern.strip_suffix('*').is_some_and(|stem| {
            room.strip_prefix(stem).is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
        })
}

/// The line in a manifest where a dependency is named, counted from 1.
fn line_of(manifest: &str, name: &str) -> usize {
    manifest.lines().position(|line| words_of_key(line) == name).map_or(1, |at| at + 1)
}

fn words_of_key(line: &str) -> &str {
    line.split(['.', '=', ' ']).next().unwrap_or_default().trim_matches('"')
}
