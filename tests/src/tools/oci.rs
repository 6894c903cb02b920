//! An OCI archive: the tar file of one image. Knows the format, and not what should be in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::servers::done;

/// An archive with one image.
#[derive(Clone, Debug)]
pub struct Archive {
    /// Where it is.
    pub path: PathBuf,
    /// What the image is called everywhere: the hash of its manifest.
    pub digest: String,
    /// What it consists of.
    pub manifest: Value,
    /// How it is run.
    pub config: Value,
}

impl Archive {
    /// Reads what an archive says of its image.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let index: Value = serde_json::from_str(&member(path, "index.json")?)?;
        let images = index["manifests"].as_array().context("an index of images")?;
        ensure!(images.len() == 1, "{} images are in {}", images.len(), path.display());
        let digest = images[0]["digest"].as_str().context("a digest")?.to_owned();
        let manifest: Value = serde_json::from_str(&member(path, &blob(&digest)?)?)?;
        let config = manifest["config"]["digest"].as_str().context("a configuration")?;
        let config = serde_json::from_str(&member(path, &blob(config)?)?)?;
        Ok(Self { path: path.to_owned(), digest, manifest, config })
    }

    /// What one of its standard labels says, of which only the last word is given.
    pub fn label(&self, name: &str) -> &str {
        let name = format!("org.opencontainers.image.{name}");
        self.config["config"]["Labels"][name].as_str().unwrap_or_default()
    }

    /// Puts its layers, which lie below each other, into a folder: the names of the files of these layers.
    pub fn layers(&self, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
        done(Command::new("tar").arg("-xf").arg(&self.path).arg("-C").arg(folder))?;
        let layers = self.manifest["layers"].as_array().context("layers")?;
        let path = |layer: &Value| Ok(folder.join(blob(layer["digest"].as_str().context("a digest")?)?));
        layers.iter().map(path).collect()
    }
}

/// Where a blob is within an archive.
fn blob(digest: &str) -> anyhow::Result<String> {
    let (algorithm, hash) = digest.split_once(':').with_context(|| format!("{digest} is no digest"))?;
    Ok(format!("blobs/{algorithm}/{hash}"))
}

fn member(archive: &Path, name: &str) -> anyhow::Result<String> {
    done(Command::new("tar").arg("-xOf").arg(archive).arg(name))
}
