//! A private server that speaks S3: moto, from Python's packages, in an environment of its own beside what cargo builds.
//! It keeps objects in memory, and takes any signature.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use super::{Running, done, folder, free_port, packages};

/// The bucket that is there.
pub const BUCKET: &str = "creatives";

/// A running server with one bucket.
pub struct Moto {
    /// Its port.
    pub port: u16,
    _running: Running,
}

impl Moto {
    /// Starts one.
    pub fn start() -> anyhow::Result<Self> {
        let program = program()?;
        let (folder, port) = (folder()?, free_port()?);
        let listen = ["-H", "127.0.0.1", "-p", &port.to_string()];
        let running = Running::start_as_we_are(&program, &listen, &folder)?.until_listening(port, &folder)?;
        let this = Self { port, _running: running };
        let made = ureq::put(format!("{}/{BUCKET}", this.endpoint())).send_empty();
        made.with_context(|| format!("making the bucket {BUCKET}"))?;
        Ok(this)
    }

    /// Where it is asked.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// The program, installed once.
fn program() -> anyhow::Result<PathBuf> {
    const INSTALL: &str = r#"set -e
        [ -x "$1/bin/moto_server" ] && exit
        rm -rf "$1"
        python3 -m venv "$1"
        "$1/bin/pip" install --quiet "moto[server]==5.1.*""#;
    let program = std::env::current_exe()?;
    let target = program.ancestors().find(|folder| folder.ends_with("target")).context("a target folder")?;
    let kept = target.join("servers/moto");
    if !kept.join("bin/moto_server").is_file() {
        let python = packages::program("python3", "python3")?;
        if done(Command::new(python).args(["-c", "import ensurepip, venv"])).is_err() {
            packages::install(&["python3-venv"])?;
        }
        std::fs::create_dir_all(target.join("servers"))?;
        let lock = target.join("servers/moto.lock");
        done(Command::new("flock").arg(lock).args(["sh", "-c", INSTALL, "install"]).arg(&kept))?;
    }
    Ok(kept.join("bin/moto_server"))
}
