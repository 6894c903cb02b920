//! Where the servers' programs are; on Debian as root they are installed when they are missing, otherwise it is said in
//! a line what is.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;

use super::done;

/// Where Debian puts what is not on everybody's path.
const PLACES: [&str; 4] = ["/usr/lib/postgresql/15/bin", "/usr/sbin", "/usr/bin", "/usr/local/bin"];

/// The program of this name, from this Debian package.
pub fn program(name: &str, package: &str) -> anyhow::Result<PathBuf> {
    if let Some(found) = find(name) {
        return Ok(found);
    }
    install(&[package])?;
    match find(name) {
        Some(found) => Ok(found),
        None => bail!("`{name}` is missing: install {package}"),
    }
}

/// Installs Debian packages, one process at a time: `apt-get update` takes the archives of an install away.
pub fn install(packages: &[&str]) -> anyhow::Result<()> {
    if !rustix::process::geteuid().is_root() || find("apt-get").is_none() {
        bail!("missing: install {}", packages.join(" "));
    }
    // Servers are started by tests, not by their packages.
    let install = format!(
        "apt-get update -q && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
         --no-install-recommends {}",
        packages.join(" ")
    );
    done(Command::new("flock").arg(lock()).args(["sh", "-c", &install]))?;
    Ok(())
}

/// Held by whoever runs apt.
pub(crate) fn lock() -> PathBuf {
    std::env::temp_dir().join("creativestore-apt.lock")
}

#[expect(clippy::disallowed_methods, reason = "programs are found as a shell finds them")]
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let places = std::env::split_paths(&std::env::var_os("PATH")?)
        .chain(PLACES.map(PathBuf::from))
        .collect::<Vec<_>>();
    places.into_iter().map(|place| place.join(name)).find(|path| Path::is_file(path))
}
