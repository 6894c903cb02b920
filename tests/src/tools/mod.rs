//! Programs that look at manifests and images: they render, check and translate, and end. Each is installed by whoever needs it
//! first, and kept. Knows nothing of what is looked at.

pub mod kubectl;
pub mod oci;
pub mod promtool;
pub mod python;

use std::path::PathBuf;

use anyhow::Context as _;

/// The folder beside what cargo builds where what was fetched is kept.
fn kept() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().find(|folder| folder.ends_with("target")).context("a target folder")?;
    let kept = target.join("servers");
    std::fs::create_dir_all(&kept)?;
    Ok(kept)
}
