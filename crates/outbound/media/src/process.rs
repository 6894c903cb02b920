//! The media process, seen from outside: started, spoken to, timed, and reaped. Its words are not trusted, and
//! nothing is known here of pictures or markup.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use creativestore_domain::facts::{Facts, INSPECTOR_VERSION};
use creativestore_domain::manifest::AssetKind;
use creativestore_ports::blobs::{BlobError, ByteStream};
use creativestore_ports::inspector::{Derived, DerivedSink};
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, timeout};

use crate::bounds::{MAX_FILES, MAX_UNPACKED, MAX_UNPACKED_FILE};
use crate::frame::{self, MAX_CHUNK, Tag, broken};
use crate::inspector::MediaSettings;
use crate::setup::{Hello, Request, Setup};
use crate::twin;

/// Why an inspection did not end with facts.
#[derive(Debug)]
pub enum Failure {
    /// The input could not be read; the process waits for the next.
    Input(io::Error),
    /// There is more input than is taken; the process waits for the next.
    TooLarge,
    /// A derived file could not be kept; the process is in the middle of its answer.
    Sink(BlobError),
    /// The process died, or speaks nonsense, or is too slow.
    Process(io::Error),
}

/// A running media process.
pub struct Process {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    errors: ChildStderr,
    inspections: u32,
}

impl Process {
    /// Starts one and waits until it has confined itself.
    pub async fn start(settings: &MediaSettings) -> Result<Self, String> {
        let mut child = Command::new(&settings.program)
            .args(&settings.args)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{}: {error}", settings.program.display()))?;
        let (Some(to), Some(from), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err("it has no pipes".into());
        };
        let from = BufReader::with_capacity(16 * 1024, from);
        let mut process = Self { child, to, from, errors, inspections: 0 };
        match timeout(settings.wall_time, process.greet(settings)).await {
            Ok(Ok(hello)) => process.accept(&hello, settings.require_confinement).await,
            Ok(Err(error)) => Err(format!("it does not start: {}", process.autopsy(&error, settings).await)),
            Err(_) => Err(format!("it did not answer within {:?}", settings.wall_time)),
        }
    }

    async fn greet(&mut self, settings: &MediaSettings) -> io::Result<Hello> {
        let setup = Setup {
            memory_limit: settings.memory_limit,
            cpu_seconds: settings.cpu_seconds,
            max_input_bytes: settings.max_input_bytes,
            recycle_after: settings.recycle_after,
        };
        frame::send(&mut self.to, Tag::Setup, &serde_json::to_vec(&setup)?).await?;
        match frame::receive(&mut self.from).await? {
            (Tag::Hello, payload) => Ok(serde_json::from_slice(&payload)?),
            (tag, _) => Err(broken(format!("a {tag:?} frame instead of a greeting"))),
        }
    }

    async fn accept(self, hello: &Hello, require_confinement: bool) -> Result<Self, String> {
        let problem = match &hello.unconfined {
            _ if hello.inspector_version != INSPECTOR_VERSION => {
                Some(format!("it measures by version {}, not {INSPECTOR_VERSION}", hello.inspector_version))
            }
            Some(why) if require_confinement => {
                Some(format!("it cannot be confined here, which is required: {why}"))
            }
            Some(why) => {
                tracing::warn!(why, "the media process runs unconfined; release refuses this");
                None
            }
            None => None,
        };
        match problem {
            Some(problem) => {
                self.end().await;
                Err(problem)
            }
            None => Ok(self),
        }
    }

    /// The process's id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Whether it still runs and may be used again: not worn out, and not holding much memory.
    pub fn is_fit(&mut self, settings: &MediaSettings) -> bool {
        self.inspections < settings.recycle_after
            && matches!(self.child.try_wait(), Ok(None))
            && self.resident().is_some_and(|bytes| bytes <= settings.recycle_above)
    }

    /// Itself while it is fit, otherwise a new one: it may have died while it was idle.
    pub async fn or_successor(mut self, settings: &MediaSettings) -> Result<Self, String> {
        if self.is_fit(settings) {
            return Ok(self);
        }
        self.end().await;
        Self::start(settings).await
    }

    /// Its resident memory in bytes, from the kernel rather than from itself.
    #[cfg(target_os = "linux")]
    fn resident(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
    }

    #[cfg(not(target_os = "linux"))]
    fn resident(&self) -> Option<u64> {
        Some(0)
    }

    /// Kills and reaps it.
    pub async fn end(mut self) {
        let _ = self.child.kill().await;
    }

    /// Sends the bytes, keeps what is derived, and returns the facts.
    pub async fn inspect(
        &mut self,
        settings: &MediaSettings,
        expected: Option<AssetKind>,
        bytes: ByteStream,
        sink: &mut dyn DerivedSink,
    ) -> Result<Facts, Failure> {
        self.inspections += 1;
        let mut patience = Patience { left: settings.wall_time };
        self.send(settings, expected, bytes, &mut patience).await?;
        self.receive(sink, &mut patience).await
    }

    async fn send(
        &mut self,
        settings: &MediaSettings,
        expected: Option<AssetKind>,
        mut bytes: ByteStream,
        patience: &mut Patience,
    ) -> Result<(), Failure> {
        let request = serde_json::to_vec(&Request::new(expected)).map_err(io::Error::from)?;
        patience.wait(frame::send(&mut self.to, Tag::Request, &request)).await?;
        // Whoever sends the bytes has as long, so that a slow one cannot keep the others waiting for ever.
        let mut source = Patience { left: settings.wall_time };
        let mut size = 0_u64;
        let end = loop {
            match source.wait(async { bytes.next().await.transpose() }).await {
                Ok(None) => break Ok(()),
                Err(Failure::Process(error)) => break Err(Failure::Input(error)),
                Err(failure) => break Err(failure),
                Ok(Some(piece)) => {
                    size += piece.len() as u64;
                    if size > settings.max_input_bytes {
                        break Err(Failure::TooLarge);
                    }
                    for chunk in piece.chunks(MAX_CHUNK) {
                        patience.wait(frame::send(&mut self.to, Tag::Bytes, chunk)).await?;
                    }
                }
            }
        };
        let last = if end.is_ok() { Tag::End } else { Tag::Abort };
        patience.wait(frame::send(&mut self.to, last, &[])).await?;
        patience.wait(self.to.flush()).await?;
        end
    }

    async fn receive(
        &mut self,
        sink: &mut dyn DerivedSink,
        patience: &mut Patience,
    ) -> Result<Facts, Failure> {
        let (mut count, mut size) = (0_usize, 0_u64);
        loop {
            let (tag, payload) = patience.wait(frame::receive(&mut self.from)).await?;
            match tag {
                Tag::Facts => {
                    let facts: twin::Facts = serde_json::from_slice(&payload).map_err(io::Error::from)?;
                    return facts.try_into().map_err(|error| hostile(&error));
                }
                Tag::Derived => {
                    let head: twin::Derived = serde_json::from_slice(&payload).map_err(io::Error::from)?;
                    count += 1;
                    size = size.saturating_add(head.announced());
                    // The thumbnails come on top of what a bundle may hold.
                    if count > MAX_FILES + 8
                        || head.announced() > MAX_UNPACKED_FILE
                        || size > MAX_UNPACKED + MAX_UNPACKED_FILE
                    {
                        return Err(broken("more derived files than any input gives").into());
                    }
                    let derived = self.derived(head, patience).await?;
                    sink.keep(derived).await.map_err(Failure::Sink)?;
                }
                tag => return Err(broken(format!("a {tag:?} frame instead of an answer")).into()),
            }
        }
    }

    async fn derived(&mut self, head: twin::Derived, patience: &mut Patience) -> Result<Derived, Failure> {
        let size = usize::try_from(head.announced()).map_err(|_| broken("a derived file is too long"))?;
        let mut bytes = BytesMut::new();
        while bytes.len() < size {
            match patience.wait(frame::receive(&mut self.from)).await? {
                (Tag::Bytes, piece) if !piece.is_empty() && bytes.len() + piece.len() <= size => {
                    bytes.extend_from_slice(&piece);
                }
                (tag, _) => {
                    return Err(broken(format!("a {tag:?} frame inside a derived file")).into());
                }
            }
        }
        head.with(Bytes::from(bytes)).map_err(|error| hostile(&error))
    }

    /// Ends it and says what became of it, in words for whoever uploaded the bytes.
    pub async fn autopsy(mut self, error: &io::Error, settings: &MediaSettings) -> String {
        if error.kind() == io::ErrorKind::InvalidData {
            let _ = self.child.kill().await;
            tracing::warn!(%error, "the media process broke the protocol");
            return "the process that looked inside gave an answer that makes no sense".into();
        }
        if error.kind() == io::ErrorKind::TimedOut {
            let _ = self.child.kill().await;
            return format!("looking inside took longer than {:?}", settings.wall_time);
        }
        // A broken pipe: it is dying, or dead. It gets a moment to do so by itself, so that its status tells.
        let status = match timeout(Duration::from_secs(1), self.child.wait()).await {
            Ok(Ok(status)) => status,
            _ => match self.child.kill().await.and(self.child.try_wait().map(Option::unwrap_or_default)) {
                Ok(status) => status,
                Err(error) => return format!("the process that looked inside was lost: {error}"),
            },
        };
        let mut words = Vec::new();
        let _ = timeout(Duration::from_secs(1), (&mut self.errors).take(4096).read_to_end(&mut words)).await;
        let words = String::from_utf8_lossy(&words);
        tracing::warn!(%status, words = ?words, "the media process died");
        cause_of_death(status, &words, settings)
    }
}

/// Which limit it ran into, as far as its status and its last words tell.
fn cause_of_death(status: ExitStatus, words: &str, settings: &MediaSettings) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        use rustix::process::Signal;
        let memory = settings.memory_limit >> 20;
        return match signal {
            _ if words.contains("memory allocation") => format!("looking inside took more than {memory} MiB"),
            _ if words.contains("overflowed its stack") => "looking inside took more than the stack".into(),
            signal if signal == Signal::XCPU.as_raw() => {
                format!("looking inside took more than {} s of computing", settings.cpu_seconds)
            }
            signal if signal == Signal::KILL.as_raw() => {
                "the process that looked inside was killed, most likely for want of memory".into()
            }
            signal => format!("the process that looked inside died of signal {signal}"),
        };
    }
    match status.code() {
        Some(101) => "the program that looked inside broke (a defect; please report it)".into(),
        _ => format!("the process that looked inside ended early ({status})"),
    }
}

/// The time that is left to wait for somebody; waiting for others does not count.
struct Patience {
    left: Duration,
}

impl Patience {
    async fn wait<T>(&mut self, work: impl Future<Output = io::Result<T>>) -> Result<T, Failure> {
        let start = Instant::now();
        let result = timeout(self.left, work).await;
        self.left = self.left.saturating_sub(start.elapsed());
        match result {
            Ok(result) => result.map_err(Failure::Process),
            Err(_) => Err(Failure::Process(io::ErrorKind::TimedOut.into())),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Process(error)
    }
}

fn hostile(error: &twin::Hostile) -> Failure {
    Failure::Process(broken(error.to_string()))
}
