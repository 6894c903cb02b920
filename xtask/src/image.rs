//! `cargo xtask image`: the container image, from the `Dockerfile`'s own final stage, without a base image and without a
//! registry of images.
//!
//! Knows the order of things and tells what came of them; each thing is a file beside this one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use creativestore_tests::tools::oci::Archive;
use serde_json::json;

use crate::{demo, plain_table, workspace};

mod assembled;
mod bill;
mod files;
mod program;
mod source;
mod twice;

pub use assembled::{variable, variables};
pub use files::lay;
pub use program::build as build_program;
use source::Source;

/// Build the container image: the program, static and optimised, with the list of what it is made of inside it, and the
/// few files that it looks for. Writes creativestore.oci.tar (an OCI archive) and creativestore.cdx.json (what is in it, as
/// CycloneDX), and prints size and digest. The same commit gives the same bytes, wherever and whenever it is built.
#[derive(clap::Args)]
#[command(after_help = "\
Takes minutes the first time. Needs buildah (on Debian as root it is installed), and no registry of images: the final \
stage of the Dockerfile stands on nothing. For the processor of this machine.

Examples:
  cargo xtask image                                      into target/image/out
  cargo xtask image --version 2.5.0 --output dist        as a release does
  cargo xtask image --twice                              is it the same, built elsewhere with nothing at hand?
  podman load -i target/image/out/creativestore.oci.tar  and then podman run; or docker load
  skopeo copy oci-archive:target/image/out/creativestore.oci.tar docker://ghcr.io/yldm-tech/creativestore:2.5.0")]
pub struct Arguments {
    /// The version on its label and in its name; the commit's tag without it, or else the workspace's version.
    #[arg(long, alias = "tag", value_name = "VERSION")]
    version: Option<String>,
    /// Where the archive and the bill of materials go; target/image/out without it.
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Build once more in another folder, with no crate and nothing built at hand, and fail unless program and digest are
    /// the same. Fetches every crate again.
    #[arg(long)]
    twice: bool,
    /// Only put the image's files into a folder, which must not be there: what the Dockerfile's first stage does.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["version", "output", "twice", "json"])]
    files: Option<PathBuf>,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if let Some(folder) = &arguments.files {
        files::lay(&program::build()?, folder)?;
        return Ok(ExitCode::SUCCESS);
    }
    let source = Source::of(&workspace::root(), arguments.version.as_deref())?;
    let built = build(&source, arguments.output.as_deref())?;
    if arguments.json {
        println!("{}", built.told());
    } else {
        built.print();
    }
    if arguments.twice {
        twice::compare(&source, &built)?;
        eprintln!("Built elsewhere with nothing at hand, it is the same.");
    }
    Ok(ExitCode::SUCCESS)
}

/// What `cargo xtask test` tests: the folder of an image of the sources as they are.
pub fn to_test() -> anyhow::Result<PathBuf> {
    let source = Source::of(&workspace::root(), None)?;
    Ok(build(&source, None)?.folder)
}

/// An image that was built.
struct Built {
    folder: PathBuf,
    program: PathBuf,
    archive: Archive,
    components: usize,
}

fn build(source: &Source, output: Option<&Path>) -> anyhow::Result<Built> {
    let program = program::build()?;
    let folder = match output {
        Some(folder) => folder.to_owned(),
        None => workspace::target_folder()?.join("image/out"),
    };
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let progress = demo::progress();
    progress.set_length(2);
    progress.set_message("putting the image together");
    let archive = assembled::from_program(source, &program, &folder.join("creativestore.oci.tar"))?;
    progress.inc(1);
    progress.set_message("listing what is in it");
    let bill = bill::of(source, &program, &archive)?;
    let components = bill["components"].as_array().map_or(0, Vec::len);
    std::fs::write(folder.join("creativestore.cdx.json"), serde_json::to_vec_pretty(&bill)?)?;
    progress.finish_and_clear();
    Ok(Built { folder, program, archive, components })
}

impl Built {
    fn told(&self) -> serde_json::Value {
        json!({
            "archive": self.archive.path,
            "bytes": size(&self.archive.path),
            "digest": self.archive.digest,
            "program": self.program,
            "program_bytes": size(&self.program),
            "user": self.archive.config["config"]["User"],
            "version": self.archive.label("version"),
            "revision": self.archive.label("revision"),
            "layers": self.archive.manifest["layers"],
            "components": self.components,
        })
    }

    fn print(&self) {
        let mut table = plain_table::with_header(["what", "where", "size"]);
        let archive = &self.archive.path;
        table.add_row(["archive", &archive.display().to_string(), &mebibytes(size(archive))]);
        for layer in self.archive.manifest["layers"].as_array().into_iter().flatten() {
            let bytes = layer["size"].as_u64().unwrap_or_default();
            table.add_row(["layer", layer["digest"].as_str().unwrap_or_default(), &mebibytes(bytes)]);
        }
        table.add_row(["program", &self.program.display().to_string(), &mebibytes(size(&self.program))]);
        let bill = self.folder.join("creativestore.cdx.json").display().to_string();
        table.add_row(["bill of materials", &bill, &format!("{} components", self.components)]);
        plain_table::print(&table);
        println!(
            "\n{} of {}, to run as {}\n{}",
            self.archive.label("version"),
            self.archive.label("revision"),
            self.archive.config["config"]["User"].as_str().unwrap_or_default(),
            self.archive.digest,
        );
    }
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |it| it.len())
}

fn mebibytes(bytes: u64) -> String {
    format!("{}.{} MiB", bytes >> 20, ((bytes % (1 << 20)) * 10) >> 20)
}

/// Fails unless two things are the same.
fn same(what: &str, one: &str, other: &str) -> anyhow::Result<()> {
    ensure!(one == other, "{what} differs: {one}, and built elsewhere {other}");
    eprintln!("{what}: {one}, twice");
    Ok(())
}
