//! Where the repository is, and how cargo is called on it. Knows no command.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use cargo_metadata::{Metadata, MetadataCommand};

/// The folder of the root manifest.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}

/// The cargo that built this program, set to work in the root folder.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root());
    cargo
}

/// The compiler beside it.
pub fn rustc() -> Command {
    let mut rustc = Command::new(Path::new(env!("CARGO")).with_file_name("rustc"));
    rustc.current_dir(root());
    rustc
}

/// What the manifests under `root` say, without resolving anything: needs neither network nor lock file.
pub fn metadata(root: &Path) -> anyhow::Result<Metadata> {
    MetadataCommand::new()
        .cargo_path(env!("CARGO"))
        .current_dir(root)
        .no_deps()
        .exec()
        .with_context(|| format!("reading the manifests under {}", root.display()))
}

/// Where cargo puts what it builds.
pub fn target_folder() -> anyhow::Result<PathBuf> {
    Ok(metadata(&root())?.target_directory.into_std_path_buf())
}
