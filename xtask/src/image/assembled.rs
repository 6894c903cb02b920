//! The image, put together from its files by the Dockerfile's final stage. Knows buildah.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use creativestore_tests::servers::{done, packages};
use creativestore_tests::tools::oci::Archive;

use super::files;
use super::source::Source;
use crate::workspace;

/// What the image is called, without its tag.
pub const NAME: &str = "ghcr.io/yldm-tech/creativestore";

/// The variables that the image sets for its program, by the Dockerfile.
pub fn variables() -> anyhow::Result<Vec<(String, String)>> {
    let dockerfile = std::fs::read_to_string(workspace::root().join("Dockerfile"))?;
    let set = dockerfile.lines().filter_map(|line| line.strip_prefix("ENV ")?.split_once('='));
    Ok(set.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// The one of this name.
pub fn variable(name: &str) -> anyhow::Result<String> {
    let found = variables()?.into_iter().find(|(it, _)| it == name);
    found.map(|(_, value)| value).with_context(|| format!("the Dockerfile sets no {name}"))
}

/// The image with this program, as an archive.
pub fn from_program(source: &Source, program: &Path, archive: &Path) -> anyhow::Result<Archive> {
    let folder = tempfile::tempdir()?;
    files::lay(program, &folder.path().join("image"))?;
    from_stage(source, folder.path(), archive)
}

/// The image with what the Dockerfile's first stage would hold.
pub fn from_stage(source: &Source, stage: &Path, archive: &Path) -> anyhow::Result<Archive> {
    let buildah = packages::program("buildah", "buildah").context("images are built with buildah")?;
    // Images of its own: nothing is left in those of this machine, and nothing is taken from there.
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("empty"))?;
    let command = |what: &str| {
        let mut command = Command::new(&buildah);
        command.arg("--root").arg(at("images")).arg("--runroot").arg(at("runs"));
        // Neither needs anything of the kernel that a container may not have.
        command.args(["--storage-driver", "vfs", what]);
        command
    };
    let tag = format!("{NAME}:{}", source.version);
    let mut build = command("build");
    build.args(["--isolation", "chroot", "--format", "oci", "--layers=false", "--identity-label=false"]);
    build.args(["--timestamp", &source.epoch, "--tag", &tag, "--build-context"]);
    build.arg(format!("build={}", stage.display()));
    for (name, value) in
        [("VERSION", &source.version), ("REVISION", &source.revision), ("CREATED", &source.created)]
    {
        build.args(["--build-arg", &format!("{name}={value}")]);
    }
    done(build.arg("--file").arg(source.root.join("Dockerfile")).arg(at("empty")))?;
    // Put beside it first: one that is half written is nobody's.
    let whole = at("archive");
    done(command("push").arg(&tag).arg(format!("oci-archive:{}:{tag}", whole.display())))?;
    std::fs::copy(&whole, archive).with_context(|| archive.display().to_string())?;
    Archive::open(archive)
}
