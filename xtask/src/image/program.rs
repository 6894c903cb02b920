//! The program as the image has it: static, with the list of what it was made of inside, the same bytes wherever it is
//! built. Knows nothing of images.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use creativestore_tests::servers::done;

use crate::workspace;

/// Adds to a program what it was linked from, so that whoever has the image alone can look for known flaws.
const AUDITABLE: &str = "0.7.7";

/// An image can keep bytes wherever the documentation says that they can be kept.
pub const FEATURES: &str = "creativestore-app/clouds";

/// Builds the program, in a folder of its own: other builds have other flags, and would all be done again.
pub fn build() -> anyhow::Result<PathBuf> {
    let target = workspace::target_folder()?.join("image");
    let auditable = auditable(&target)?;
    let triple = triple();
    let places = Places::here(&target)?;
    let mut cargo = workspace::cargo();
    cargo
        // As `cargo auditable build --locked` sets them, but for the wrapper's folder: its path is part of the name of
        // everything that it compiles, so it is found by name.
        .env("RUSTC_WORKSPACE_WRAPPER", "cargo-auditable")
        .env("CARGO_AUDITABLE_ORIG_ARGS", r#"{"offline":false,"locked":true,"frozen":false,"config":[]}"#)
        .env("PATH", before_path(&auditable)?)
        // Said outright: one that is looked for would be another one for crates that name a toolchain of their own.
        .env("RUSTC", workspace::rustc().get_program())
        .env("CARGO_ENCODED_RUSTFLAGS", places.rust_flags().join("\x1f"))
        .env("CFLAGS", places.c_flags())
        .args(["build", "--locked", "--release", "--package", "creativestore-app"])
        .args(["--bin", "creativestore", "--features", FEATURES])
        // Named even though it is this machine's: flags are then not for what runs while building.
        .args(["--target", &triple, "--target-dir"])
        .arg(&target);
    ensure!(cargo.status()?.success(), "the program cannot be built: see above");
    Ok(target.join(triple).join("release/creativestore"))
}

/// What it is built for: this machine's processor. glibc rather than musl: ARCHITECTURE.md says why.
pub fn triple() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}

/// Where programs are looked for, in this folder first.
#[expect(clippy::disallowed_methods, reason = "programs are found as a shell finds them")]
fn before_path(folder: &Path) -> anyhow::Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    Ok(std::env::join_paths(places)?)
}

/// The folder of `cargo auditable`, installed once and kept beside what it builds.
fn auditable(target: &Path) -> anyhow::Result<PathBuf> {
    let place = target.join(format!("tools/auditable-{AUDITABLE}"));
    if !place.join("bin/cargo-auditable").is_file() {
        let mut cargo = workspace::cargo();
        cargo.args(["install", "--locked", "--version", AUDITABLE, "--root"]).arg(&place);
        cargo.arg("--target-dir").arg(target.join("tools/build")).arg("cargo-auditable");
        ensure!(cargo.status()?.success(), "cargo-auditable {AUDITABLE} cannot be installed: see above");
    }
    Ok(place.join("bin"))
}

/// The folders that would otherwise be named in the program, and what is named instead.
struct Places(Vec<(PathBuf, String)>);

impl Places {
    fn here(target: &Path) -> anyhow::Result<Self> {
        let rustc = |arguments: &[&str]| done(workspace::rustc().args(arguments));
        let version = rustc(&["-vV"])?;
        let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: "));
        let library = Path::new(rustc(&["--print", "sysroot"])?.trim()).join("lib/rustlib/src/rust");
        Ok(Self(vec![
            (workspace::root(), "/source".to_owned()),
            // Inside the one before, as a rule: the last one that fits wins.
            (target.to_owned(), "/target".to_owned()),
            (cargo_home()?, "/cargo".to_owned()),
            // As where the library's sources are not installed.
            (library, format!("/rustc/{}", commit.context("rustc's own commit")?)),
        ]))
    }

    fn rust_flags(&self) -> Vec<String> {
        let remap = |(from, to): &(PathBuf, String)| format!("--remap-path-prefix={}={to}", from.display());
        let fixed = ["-Ctarget-feature=+crt-static".to_owned()];
        fixed.into_iter().chain(self.0.iter().map(remap)).collect()
    }

    fn c_flags(&self) -> String {
        let remap = |(from, to): &(PathBuf, String)| format!("-ffile-prefix-map={}={to}", from.display());
        self.0.iter().map(remap).collect::<Vec<_>>().join(" ")
    }
}

/// Where cargo keeps the sources of crates.
#[expect(clippy::disallowed_methods, reason = "cargo is told by its environment")]
fn cargo_home() -> anyhow::Result<PathBuf> {
    let given = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let given = given.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    given.context("neither CARGO_HOME nor a home is known")
}
