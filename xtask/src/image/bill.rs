//! The bill of materials: what the image was made of, as CycloneDX 1.6. Crates are those that the program itself says that
//! it was linked from; licences and hashes of them are cargo's. Knows no file of the image but the program.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use auditable_serde::{DependencyKind, Package, Source as Origin, VersionInfo};
use cargo_metadata::{CargoOpt, MetadataCommand};
use creativestore_tests::servers::done;
use creativestore_tests::tools::oci::Archive;
use serde_json::{Value, json};

use super::assembled::NAME;
use super::program;
use super::source::Source;

/// What is in an image whose program is this one.
pub fn of(source: &Source, binary: &Path, archive: &Archive) -> anyhow::Result<Value> {
    let audited = auditable_info::audit_info_from_file(binary, auditable_info::Limits::default())
        .with_context(|| format!("what {} was made of", binary.display()))?;
    let crates = Crates::of(&source.root)?;
    let mut components = Vec::new();
    for package in &audited.packages {
        components.push(crates.component(package)?);
    }
    components.extend(besides(&crates)?);
    let image = json!({
        "type": "container",
        "bom-ref": "image",
        "name": NAME,
        "version": source.version,
        "purl": format!("pkg:oci/creativestore@{}?repository_url={NAME}", archive.digest.replace(':', "%3A")),
        "hashes": [{ "alg": "SHA-256", "content": archive.digest.trim_start_matches("sha256:") }],
        "licenses": [{ "expression": "Apache-2.0" }],
    });
    Ok(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "timestamp": source.created, "component": image },
        "components": components,
        "dependencies": dependencies(&audited, &components),
    }))
}

/// What a package is called within the bill.
fn reference(package: &Package) -> String {
    format!("{}@{}", package.name, package.version)
}

fn dependencies(audited: &VersionInfo, components: &[Value]) -> Vec<Value> {
    let all: Vec<_> = components.iter().map(|component| &component["bom-ref"]).collect();
    let (of_crates, besides) = all.split_at(audited.packages.len());
    let root = audited.packages.iter().filter(|package| package.root).map(|root| json!(reference(root)));
    let in_the_image: Vec<_> = root.chain(besides.iter().map(|it| (*it).clone())).collect();
    let mut dependencies = vec![json!({ "ref": "image", "dependsOn": in_the_image })];
    dependencies.extend(audited.packages.iter().zip(of_crates).map(|(package, its)| {
        let on: Vec<_> = package.dependencies.iter().map(|number| of_crates[*number]).collect();
        json!({ "ref": its, "dependsOn": on })
    }));
    dependencies
}

/// What is linked or put into the image and is none of the program's crates.
fn besides(crates: &Crates) -> anyhow::Result<Vec<Value>> {
    let library = |name: &str, version: &str, license: &str| {
        json!({
            "type": "library",
            "bom-ref": format!("{name}@{version}"),
            "name": name,
            "version": version,
            "licenses": [{ "expression": license }],
        })
    };
    let rust = done(crate::workspace::rustc().arg("-vV"))?;
    let rust = rust.lines().find_map(|line| line.strip_prefix("release: ")).context("rustc's version")?;
    // Its first line ends with the version: `ldd (Debian GLIBC 2.36-9) 2.36`.
    let libc = done(std::process::Command::new("ldd").arg("--version"))?;
    let libc = libc.lines().next().and_then(|line| line.rsplit(' ').next()).context("glibc's version")?;
    let authorities = crates.0.keys().find(|(name, _)| name == "webpki-root-certs");
    let (name, version) = authorities.context("the certificate authorities' crate")?;
    let mut authorities = crates.described(name, version)?;
    authorities["type"] = json!("data");
    Ok(vec![
        library("rust-std", rust, "MIT OR Apache-2.0"),
        library("glibc", libc, "LGPL-2.1-or-later"),
        authorities,
    ])
}

/// Licence and hash of every crate, by name and version.
struct Crates(BTreeMap<(String, String), (Option<String>, Option<String>)>);

impl Crates {
    fn of(root: &Path) -> anyhow::Result<Self> {
        let metadata = MetadataCommand::new()
            .cargo_path(env!("CARGO"))
            .current_dir(root)
            .features(CargoOpt::SomeFeatures(vec![program::FEATURES.to_owned()]))
            // Crates of other systems need not be fetched.
            .other_options(["--locked".to_owned(), format!("--filter-platform={}", program::triple())])
            .exec()
            .context("reading what the workspace depends on")?;
        let lock: toml::Value = toml::from_str(&std::fs::read_to_string(root.join("Cargo.lock"))?)?;
        let mut hashes = BTreeMap::new();
        for package in lock["package"].as_array().context("packages")? {
            let text = |field: &str| package.get(field).and_then(|it| it.as_str()).map(str::to_owned);
            hashes.insert((text("name"), text("version")), text("checksum"));
        }
        let mut crates = BTreeMap::new();
        for package in metadata.packages {
            let (name, version) = (package.name.to_string(), package.version.to_string());
            let hash = hashes.remove(&(Some(name.clone()), Some(version.clone()))).flatten();
            // Before there were expressions, a stroke meant a choice.
            let choice = |license: String| license.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ");
            let license = package.license.map(choice);
            crates.insert((name, version), (license, hash));
        }
        Ok(Self(crates))
    }

    fn described(&self, name: &str, version: &str) -> anyhow::Result<Value> {
        let found = self.0.get(&(name.to_owned(), version.to_owned()));
        let (license, hash) = found.with_context(|| format!("{name} {version} is not in Cargo.lock"))?;
        let mut component = json!({
            "type": "library",
            "bom-ref": format!("{name}@{version}"),
            "name": name,
            "version": version,
        });
        if let Some(license) = license {
            component["licenses"] = json!([{ "expression": license }]);
        }
        if let Some(hash) = hash {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": hash }]);
            component["purl"] = json!(format!("pkg:cargo/{name}@{version}"));
        }
        Ok(component)
    }

    fn component(&self, package: &Package) -> anyhow::Result<Value> {
        let mut component = self.described(&package.name, &package.version.to_string())?;
        let ours = package.source == Origin::Local;
        ensure!(ours != component.get("hashes").is_some(), "{} is from elsewhere", reference(package));
        if package.root {
            component["type"] = json!("application");
        }
        // Only ran while the program was built.
        if package.kind == DependencyKind::Build {
            component["scope"] = json!("excluded");
        }
        Ok(component)
    }
}
