//! What the image was made of: the same by the program itself, by the bill of materials and by `Cargo.lock`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use auditable_serde::{DependencyKind, VersionInfo};
use serde_json::Value;

use super::{archive, folder, program};
use crate::deploy;

/// What the program in the image says that it was made of.
fn audited() -> anyhow::Result<VersionInfo> {
    let folder = crate::server::folder();
    let program = program(folder.path())?;
    Ok(auditable_info::audit_info_from_file(&program, auditable_info::Limits::default())?)
}

/// The versions of every crate in `Cargo.lock`.
fn locked() -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
    let lock = std::fs::read_to_string(deploy::file("Cargo.lock"))?;
    let mut locked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut name = None;
    for line in lock.lines() {
        let value = |field: &str| line.strip_prefix(field)?.strip_prefix(" = \"")?.strip_suffix('"');
        name = value("name").map(str::to_owned).or(name);
        if let (Some(version), Some(name)) = (value("version"), &name) {
            locked.entry(name.clone()).or_default().insert(version.to_owned());
        }
    }
    Ok(locked)
}

#[test]
fn the_program_names_the_crates_that_it_was_linked_from() -> anyhow::Result<()> {
    let (audited, locked) = (audited()?, locked()?);
    for package in &audited.packages {
        let versions =
            locked.get(&package.name).with_context(|| format!("{} is not locked", package.name))?;
        let version = package.version.to_string();
        ensure!(versions.contains(&version), "{} {version}, where {versions:?} are locked", package.name);
    }
    let linked = |name: &str| {
        audited.packages.iter().any(|package| package.name == name && package.kind == DependencyKind::Runtime)
    };
    // Among them what keeps bytes in every cloud that the documentation names.
    for name in ["creativestore-app", "sqlx", "tokio", "axum", "object_store", "opentelemetry-otlp", "rustls"]
    {
        ensure!(linked(name), "{name} is not linked");
    }
    ensure!(!linked("openssl-sys") && !linked("creativestore-contract"), "too much is linked");
    Ok(())
}

#[test]
fn the_bill_of_materials_lists_what_the_program_names_and_what_lies_beside_it() -> anyhow::Result<()> {
    let bill: Value = serde_json::from_slice(&std::fs::read(folder()?.join("creativestore.cdx.json"))?)?;
    let name = |name: &str, version: &str| format!("{name}@{version}");
    let components = bill["components"].as_array().context("components")?;
    let mut listed = BTreeSet::new();
    for component in components {
        let it = name(
            component["name"].as_str().context("a name")?,
            component["version"].as_str().context("one")?,
        );
        ensure!(component["licenses"][0]["expression"].is_string(), "{it} has no licence");
        ensure!(listed.insert(it.clone()), "{it} is listed twice");
    }
    for package in &audited()?.packages {
        let it = name(&package.name, &package.version.to_string());
        ensure!(listed.remove(&it), "{it} is linked and not listed");
    }
    let besides: Vec<_> = listed.iter().filter_map(|it| it.split('@').next()).collect();
    ensure!(besides == ["glibc", "rust-std", "webpki-root-certs"], "{listed:?}");
    let image = &bill["metadata"]["component"];
    ensure!(image["hashes"][0]["content"] == archive()?.digest.trim_start_matches("sha256:"), "{image}");
    ensure!(bill["specVersion"] == "1.6" && bill["bomFormat"] == "CycloneDX", "{bill}");
    let named: BTreeSet<_> = components.iter().map(|it| it["bom-ref"].to_string()).collect();
    for dependency in bill["dependencies"].as_array().context("dependencies")? {
        for on in dependency["dependsOn"].as_array().context("a list")? {
            ensure!(named.contains(&on.to_string()), "{on} is not listed");
        }
    }
    Ok(())
}
