//! What no package of this Debian has: brought once by whoever needs it first, and kept beside what cargo builds.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use super::{done, packages};

/// The folder where it is kept.
fn folder() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().find(|folder| folder.ends_with("target")).context("a target folder")?;
    let kept = target.join("servers");
    std::fs::create_dir_all(&kept)?;
    Ok(kept)
}

/// A program from another release of Debian: `script` puts it where its first argument says, and needs these packages.
pub(crate) fn debian(name: &str, script: &str, needs: &[&str]) -> anyhow::Result<PathBuf> {
    let program = folder()?.join(name);
    if !program.is_file() {
        if !needs.is_empty() {
            packages::install(needs)?;
        }
        let script = [include_str!("debian.sh"), script].concat();
        let mut sh = Command::new("flock");
        done(sh.arg(packages::lock()).args(["sh", "-c", &script, "bring"]).arg(&program))?;
    }
    Ok(program)
}

/// The folder of programs of an environment of Python's with these packages, of this name.
pub(crate) fn python(name: &str, with: &[&str]) -> anyhow::Result<PathBuf> {
    const INSTALL: &str = r#"set -e
        place=$1
        shift
        [ -e "$place/done" ] && exit
        rm -rf "$place"
        python3 -m venv "$place"
        "$place/bin/pip" install --quiet "$@"
        touch "$place/done""#;
    let kept = folder()?;
    let place = kept.join(name);
    if !place.join("done").is_file() {
        let python = packages::program("python3", "python3")?;
        if done(Command::new(python).args(["-c", "import ensurepip, venv"])).is_err() {
            packages::install(&["python3-venv"])?;
        }
        let lock = kept.join(format!("{name}.lock"));
        done(Command::new("flock").arg(lock).args(["sh", "-c", INSTALL, "install"]).arg(&place).args(with))?;
    }
    Ok(place.join("bin"))
}
