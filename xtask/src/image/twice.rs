//! Whether the same sources make the same image elsewhere: in another folder, with no crate and nothing built at hand.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use sha2::{Digest as _, Sha256};

use super::source::Source;
use super::{Built, assembled, same};
use crate::mutations::copied::Copied;
use crate::workspace;

/// Builds once more, and compares.
pub fn compare(source: &Source, built: &Built) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("creativestore-elsewhere-").tempdir()?;
    let copied = Copied::of(&source.root, folder.path())?;
    let stage = folder.path().join("stage");
    std::fs::create_dir(&stage)?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["xtask", "image", "--files"])
        .arg(stage.join("image"))
        .current_dir(&copied.sources)
        .env("RUSTC", workspace::rustc().get_program())
        .env("CARGO_HOME", folder.path().join("cargo"))
        .env_remove("CARGO_TARGET_DIR");
    ensure!(cargo.status().context("cargo")?.success(), "it cannot be built elsewhere: see above");
    let other = assembled::from_stage(source, &stage, &folder.path().join("creativestore.oci.tar"))?;
    let elsewhere = stage.join("image/usr/local/bin/creativestore");
    let compared = same("program", &hash(&built.program)?, &hash(&elsewhere)?)
        .and_then(|()| same("image", &built.archive.digest, &other.digest));
    // What differs is looked at there.
    compared.with_context(|| format!("it was built elsewhere in {}", folder.keep().display()))
}

fn hash(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    Ok(format!("sha256:{}", hex::encode(Sha256::digest(bytes))))
}
