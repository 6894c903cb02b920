//! The container image: nothing is in it that should not be, it says what it was made of, and it runs as the deployment
//! runs it. Knows the archive, and nothing of how it was built.

mod contained;
mod contents;
mod materials;
mod running;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use creativestore_tests::servers::done;
use creativestore_tests::tools::oci::Archive;

use crate::program::variable;

/// Where the program is in the image.
const PROGRAM: &str = "usr/local/bin/creativestore";

/// The folder of the image that is tested.
fn folder() -> anyhow::Result<PathBuf> {
    let beside = || {
        let test = std::env::current_exe().ok()?;
        Some(test.ancestors().find(|folder| folder.ends_with("target"))?.join("image/out"))
    };
    variable("CREATIVESTORE_TEST_IMAGE").map(PathBuf::from).or_else(beside).context("a target folder")
}

fn archive() -> anyhow::Result<Archive> {
    let path = folder()?.join("creativestore.oci.tar");
    anyhow::ensure!(path.is_file(), "{} is not there: cargo xtask image", path.display());
    Archive::open(&path)
}

/// The image's program, put into a folder.
pub fn program(folder: &Path) -> anyhow::Result<PathBuf> {
    for layer in archive()?.layers(folder)? {
        done(Command::new("tar").arg("-xf").arg(layer).arg("-C").arg(folder).arg(PROGRAM))?;
    }
    Ok(folder.join(PROGRAM))
}
