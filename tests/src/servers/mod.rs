//! Real servers for tests: private ones, on free loopback ports, in a folder that goes away. They end with the process
//! that started them, even when it is killed. Knows what is started, and nothing of what is asked of it.

pub mod packages;
pub mod pgbouncer;
pub mod postgres;

use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// How long a server may take until it can be asked.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts a program in the background, ends it when standard input ends, with whoever started it, and takes its folder
/// away.
const KEEPER: &str = r#"folder=$1; shift
"$@" </dev/null & it=$!
cat > /dev/null; kill -INT "$it" 2> /dev/null; wait "$it"; rm -rf "$folder""#;

/// A running server.
pub struct Running {
    keeper: Child,
    input: Option<ChildStdin>,
}

impl Running {
    /// Starts a program that is a server in a folder, which goes when it ends. What it says goes to `log` in there.
    pub fn start(program: &Path, arguments: &[&str], folder: &Path) -> anyhow::Result<Self> {
        let log = &folder.join("log");
        let mut keeper = Command::new("sh");
        keeper.arg("-c").arg(KEEPER).arg("keeper").arg(folder);
        if rustix::process::geteuid().is_root() {
            // Databases refuse the administrator.
            keeper.args(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        }
        let said = std::fs::File::create(log).with_context(|| format!("writing {}", log.display()))?;
        let mut keeper = keeper
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(said.try_clone()?)
            .stderr(said)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let input = keeper.stdin.take();
        Ok(Self { keeper, input })
    }

    /// Waits until something listens on a port.
    pub fn until_listening(mut self, port: u16, folder: &Path) -> anyhow::Result<Self> {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if self.keeper.try_wait()?.is_some() || Instant::now() > deadline {
                bail!("it does not listen on port {port}: {}", std::fs::read_to_string(folder.join("log"))?);
            }
            std::thread::yield_now();
        }
        Ok(self)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.keeper.wait();
    }
}

/// A port that nobody listens on.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A folder for a server, which takes it away when it ends. The database's user must be able to reach it: what tests of
/// the administrator have as their temporary folder is often closed to everybody else.
pub fn folder() -> anyhow::Result<PathBuf> {
    let root = rustix::process::geteuid().is_root();
    let place = if root { PathBuf::from("/tmp") } else { std::env::temp_dir() };
    let folder = tempfile::Builder::new().prefix("creativestore-").tempdir_in(place)?.keep();
    if root {
        done(Command::new("chown").arg("postgres:postgres").arg(&folder))?;
    }
    Ok(folder)
}

/// Runs a command to its end; what it said is in the error.
pub fn done(command: &mut Command) -> anyhow::Result<String> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.as_mut().map_err(|error| anyhow::anyhow!("{command:?}: {error}"))?;
    let mut said = String::new();
    if let Some(mut out) = child.stdout.take() {
        out.read_to_string(&mut said)?;
    }
    let mut complained = String::new();
    if let Some(mut out) = child.stderr.take() {
        out.read_to_string(&mut complained)?;
    }
    if child.wait()?.success() { Ok(said) } else { bail!("{command:?}: {said}{complained}") }
}
