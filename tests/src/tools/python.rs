//! Python with what reads YAML and checks it against schemas, in an environment of its own beside what cargo builds.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, ensure};

use crate::servers::kept;

/// Runs a program with these arguments and this on its standard input; what it prints.
pub fn run(program: &str, arguments: &[&str], input: &str) -> anyhow::Result<String> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let python = PYTHON.get_or_init(|| install().map_err(|error| format!("{error:#}")));
    let python = python.as_ref().map_err(|error| anyhow::anyhow!("Python: {error}"))?;
    let mut command = Command::new(python);
    command.args(["-c", program]).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take().context("its input is piped")?;
    let said = std::thread::scope(|scope| {
        // Beside reading, so that neither waits for the other.
        scope.spawn(move || std::io::Write::write_all(&mut &stdin, input.as_bytes()));
        child.wait_with_output()
    })?;
    ensure!(said.status.success(), "{}: {}", said.status, String::from_utf8_lossy(&said.stderr));
    Ok(String::from_utf8(said.stdout)?)
}

/// The interpreter, installed once with its packages.
fn install() -> anyhow::Result<PathBuf> {
    let packages = ["kubernetes-validate==1.37.0", "jsonschema==4.26.0", "PyYAML==6.0.4"];
    Ok(kept::python("manifests", &packages)?.join("python"))
}
