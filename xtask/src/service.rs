//! The service as a process of its own: built, started in a folder, ended on every path. Knows how it is told
//! what to do, and nothing of what it answers.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

use crate::{interrupt, workspace};

/// How long a start may take before it is a failure: cold disks, a debug build, other work beside it.
const START: Duration = Duration::from_mins(1);
/// How long an end may take before it is made.
const END: Duration = Duration::from_secs(15);
/// How often it is looked whether a process has ended.
const LOOK: Duration = Duration::from_millis(5);

/// Builds the service's binary, and says where it lies.
pub fn build(release: bool) -> anyhow::Result<PathBuf> {
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--locked", "--package", "creativestore-app", "--bin", "creativestore"]);
    if release {
        cargo.arg("--release");
    }
    ensure!(cargo.status()?.success(), "the service cannot be built: see above");
    Ok(workspace::target_folder()?.join(if release { "release" } else { "debug" }).join("creativestore"))
}

/// Nobody is slowed down by a limit.
pub const UNLIMITED: [(&str, &str); 2] =
    [("LIMITS_REQUESTS_PER_SECOND", "1000000"), ("LIMITS_BURST", "1000000")];

/// Says how many threads serve.
pub const THREADS: &str = "SERVER_THREADS";

/// How it is started.
pub struct Start<'a> {
    /// Its binary.
    pub program: &'a Path,
    /// Where it works: everything it keeps is below.
    pub folder: &'a Path,
    /// Its port; 0 for a free one.
    pub port: u16,
    /// Settings, by their variables: the environment is otherwise empty.
    pub settings: &'a [(&'a str, &'a str)],
    /// Whether its log goes to our standard error; to `creativestore.log` in the folder otherwise.
    pub aloud: bool,
}

/// A service that runs. It is ended when this is dropped, and asked to end when we are interrupted, so that nobody
/// waits for an answer of it in vain.
pub struct Service {
    child: Ended,
    /// Its process, until it is asked to end or waited for.
    process: Arc<Mutex<Option<Pid>>>,
    /// Where it listens.
    pub url: String,
    /// Signs the first administrator in, once; `None` when there is a user already.
    pub one_time_token: Option<String>,
}

/// What it prints when it is ready.
#[derive(Deserialize)]
struct Ready {
    url: String,
    one_time_token: Option<String>,
}

impl Start<'_> {
    /// Starts it, without waiting for anything.
    pub fn spawn(&self) -> anyhow::Result<Child> {
        let log = self.folder.join("creativestore.log");
        let mut command = Command::new(self.program);
        command
            .args(["serve", "--json"])
            .current_dir(self.folder)
            .env_clear()
            .envs(["PATH", "HOME", "TMPDIR"].into_iter().filter_map(|name| Some((name, kept(name)?))))
            .env("SERVER_PORT", self.port.to_string())
            .envs(self.settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // A group of its own: Ctrl-C is for us, who then end it.
            .process_group(0);
        if !self.aloud {
            command.stderr(File::create(&log)?);
        }
        command.spawn().with_context(|| format!("starting {}", self.program.display()))
    }

    /// Starts it and waits until it is ready.
    pub fn start(&self) -> anyhow::Result<Service> {
        interrupt::check()?;
        let mut child = Ended(self.spawn()?);
        let output = child.0.stdout.take().context("its output is piped")?;
        let (sender, first_line) = mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(output).lines();
            // Whoever waited may be gone.
            let _ = sender.send(lines.next());
            // It may print more, and must not be stopped by a full pipe.
            lines.for_each(drop);
        });
        let line = match first_line.recv_timeout(START) {
            Ok(Some(Ok(line))) => line,
            Ok(_) => bail!("the service ended before it was ready{}", self.last_words()),
            Err(_) => {
                bail!("the service was not ready within {} s{}", START.as_secs(), self.last_words())
            }
        };
        let ready = serde_json::from_str(&line);
        let Ready { url, one_time_token } =
            ready.with_context(|| format!("the service said `{line}` instead of where it listens"))?;
        let process = Arc::new(Mutex::new(process(&mut child.0)));
        let asked = process.clone();
        std::thread::spawn(move || {
            if interrupt::wait().is_ok() {
                ask_to_end(&asked);
            }
        });
        Ok(Service { child, process, url, one_time_token })
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("creativestore.log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(20)..].join("\n");
        if last.is_empty() { String::new() } else { format!("; the end of its log:\n{last}") }
    }
}

#[expect(clippy::disallowed_methods, reason = "what the service must keep of an otherwise empty environment")]
fn kept(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

impl Service {
    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.0.id()
    }

    /// Where it listens, for whoever speaks to it without a client.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        let address = self.url.trim_start_matches("http://").parse();
        address.with_context(|| format!("an address in {}", self.url))
    }

    /// Lets it serve until we are interrupted; an error when it ends by itself.
    pub fn serve(&mut self) -> anyhow::Result<()> {
        while !interrupt::came() {
            if let Some(status) = self.ended()? {
                // That it was asked to end may be noticed here last.
                ensure!(interrupt::came(), "the service ended by itself, with {status}");
            }
            pause();
        }
        Ok(())
    }

    /// How it ended, when it has.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        let status = self.child.0.try_wait()?;
        if status.is_some() {
            // Its id may be another's from now on.
            self.process.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        Ok(status)
    }

    /// Ends it as an operator would, and fails when it does not end well.
    pub fn end(mut self) -> anyhow::Result<()> {
        let status = self.stop()?;
        ensure!(status.success(), "the service ended with {status}");
        Ok(())
    }

    fn stop(&mut self) -> anyhow::Result<ExitStatus> {
        ask_to_end(&self.process);
        wait(&mut self.child.0)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // There is nobody to tell that it did not end well.
        let _ = self.stop();
    }
}

/// Until it is worth looking again whether something ended.
pub fn pause() {
    std::thread::sleep(LOOK * 10);
}

/// A process that is ended when this is dropped.
pub struct Ended(pub Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // There is nobody to tell that it did not end well.
        let _ = end(&mut self.0);
    }
}

/// Asks a process to end, and says how it ended.
fn end(child: &mut Child) -> anyhow::Result<ExitStatus> {
    ask_to_end(&Mutex::new(process(child)));
    wait(child)
}

/// Asks a process to end, once: a second time would mean at once. It is not yet waited for, so its id is its own.
fn ask_to_end(process: &Mutex<Option<Pid>>) {
    let mut process = process.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(process) = process.take() {
        // It may have ended by itself just now.
        kill_process(process, Signal::TERM).ok();
    }
}

/// Waits for a process that was asked to end, and makes it end when it takes too long.
fn wait(child: &mut Child) -> anyhow::Result<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < END {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(LOOK);
    }
    child.kill()?;
    child.wait()?;
    bail!("the process did not end within {} s and was killed", END.as_secs())
}

fn process(child: &mut Child) -> Option<Pid> {
    match child.try_wait() {
        Ok(None) => i32::try_from(child.id()).ok().and_then(Pid::from_raw),
        // Already waited for: its id may be another's by now.
        _ => None,
    }
}
