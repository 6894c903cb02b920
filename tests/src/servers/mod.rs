//! Real servers for tests: private ones, on free loopback ports, in a folder that goes away. They end with the process
//! that started them, even when it is killed. Knows what is started, and nothing of what is asked of it.

pub mod consul;
pub(crate) mod kept;
pub mod moto;
pub mod packages;
pub mod pgbouncer;
pub mod postgres;
pub mod redis;

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How long a server may take until it can be asked.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts a program in the background, says in a file which process it is, ends it when standard input ends, with whoever
/// started it, and takes its folder away. A program that was stopped has to go on to end.
const KEEPER: &str = r#"folder=$1; signal=$2; shift 2
"$@" </dev/null & it=$!
echo "$it" > "$folder/process.new" && mv "$folder/process.new" "$folder/process"
cat > /dev/null; kill -"$signal" "$it" 2> /dev/null; kill -CONT "$it" 2> /dev/null; wait "$it"; rm -rf "$folder""#;

/// A running server.
pub struct Running {
    keeper: Child,
    input: Option<ChildStdin>,
    pid: Pid,
}

impl Running {
    /// Starts a program that is a server in a folder, which goes when it ends. What it says goes to `log` in there.
    pub fn start(program: &Path, arguments: &[&str], folder: &Path) -> anyhow::Result<Self> {
        let mut keeper = Self::keeper(folder, "INT");
        if rustix::process::geteuid().is_root() {
            // Databases refuse the administrator.
            keeper.args(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        }
        Self::spawn(keeper, program, arguments, folder)
    }

    /// The same for a program that runs as whoever starts it, and ends when it is told to terminate.
    pub fn start_as_we_are(program: &Path, arguments: &[&str], folder: &Path) -> anyhow::Result<Self> {
        Self::spawn(Self::keeper(folder, "TERM"), program, arguments, folder)
    }

    fn keeper(folder: &Path, signal: &str) -> Command {
        let mut keeper = Command::new("sh");
        keeper.arg("-c").arg(KEEPER).arg("keeper").arg(folder).arg(signal);
        keeper
    }

    fn spawn(mut keeper: Command, program: &Path, arguments: &[&str], folder: &Path) -> anyhow::Result<Self> {
        // Of one that ran here before.
        let _ = std::fs::remove_file(folder.join("process"));
        let log = &folder.join("log");
        let said = std::fs::File::create(log).with_context(|| format!("writing {}", log.display()))?;
        let mut keeper = keeper
            .arg(program)
            .args(arguments)
            // A group of its own: an interrupt on the terminal is for us, and this ends with us.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(said.try_clone()?)
            .stderr(said)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let input = keeper.stdin.take();
        let pid = pid(&mut keeper, folder)?;
        Ok(Self { keeper, input, pid })
    }

    /// The server's own process.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Sends the server a signal, so that it stops, goes on, or is killed as by a crash. A server that is gone is an
    /// error.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        kill_process(self.pid, signal).with_context(|| format!("sending {signal:?} to {:?}", self.pid))
    }

    /// Waits until something listens on a port.
    pub fn until_listening(self, port: u16, folder: &Path) -> anyhow::Result<Self> {
        self.until_open((Ipv4Addr::LOCALHOST, port).into(), folder)
    }

    /// Waits until something listens on an address.
    pub fn until_open(mut self, address: SocketAddr, folder: &Path) -> anyhow::Result<Self> {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            if self.keeper.try_wait()?.is_some() || Instant::now() > deadline {
                let said = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                bail!("it does not listen on {address}: {said}");
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

/// Which process the keeper started: known as soon as it says so.
fn pid(keeper: &mut Child, folder: &Path) -> anyhow::Result<Pid> {
    let file = folder.join("process");
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Ok(text) = std::fs::read_to_string(&file) {
            let number = text.trim().parse().with_context(|| format!("{text:?} is no process"))?;
            return Pid::from_raw(number).context("a process of this number");
        }
        if keeper.try_wait()?.is_some() || Instant::now() > deadline {
            bail!("it does not start: {}", std::fs::read_to_string(folder.join("log"))?);
        }
        std::thread::yield_now();
    }
}

/// Waits until something is so, for as long as a server may take.
pub fn wait(until_then: &str, so: impl Fn() -> bool) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        if Instant::now() > deadline {
            bail!("{until_then} after {PATIENCE:?}");
        }
        std::thread::yield_now();
    }
    Ok(())
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

/// Gives a file to the user that servers run as.
fn own(path: &Path) -> anyhow::Result<()> {
    if rustix::process::geteuid().is_root() {
        done(Command::new("chown").arg("postgres:postgres").arg(path))?;
    }
    Ok(())
}
