//! A private server that speaks S3: moto, from Python's packages, in an environment of its own beside what cargo builds.
//! It keeps objects in memory, and takes any signature.

use std::path::PathBuf;

use anyhow::Context;

use super::{Running, folder, free_port, kept};

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
    Ok(kept::python("moto", &["moto[server]==5.1.*"])?.join("moto_server"))
}
