//! The port's adapter: one media process at a time, started when it is needed, used again while it is fit, gone
//! when it is idle. Knows nothing of formats, and never reads the bytes itself.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use creativestore_domain::facts::{Facts, RefusalCode};
use creativestore_domain::manifest::AssetKind;
use creativestore_ports::blobs::{BlobError, ByteStream};
use creativestore_ports::inspector::{DerivedSink, Inspector, InspectorError};
use tokio::sync::Mutex;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::child::too_large;
use crate::process::{Failure, Process};
use crate::refuse::refusal;

/// How the media process is started and what it may take.
#[derive(Clone, Debug)]
pub struct MediaSettings {
    /// The executable: the server's own.
    pub program: PathBuf,
    /// What makes it a media process: `media-child`.
    pub args: Vec<OsString>,
    /// Whether a process that cannot be confined is refused.
    pub require_confinement: bool,
    /// Its most address space, in bytes.
    pub memory_limit: u64,
    /// Its most CPU time for one inspection, in seconds.
    pub cpu_seconds: u64,
    /// The longest that one inspection may keep us waiting.
    pub wall_time: Duration,
    /// The most bytes of one input.
    pub max_input_bytes: u64,
    /// After how many inspections it is replaced.
    pub recycle_after: u32,
    /// With how many bytes of resident memory after an inspection it is replaced.
    pub recycle_above: u64,
    /// After how long without work it is ended.
    pub idle_after: Duration,
}

impl MediaSettings {
    /// The usual limits, for a program that runs as the media process when started with these arguments.
    pub fn new(program: PathBuf, args: Vec<OsString>) -> Self {
        Self {
            program,
            args,
            require_confinement: true,
            memory_limit: 256 << 20,
            cpu_seconds: 10,
            wall_time: Duration::from_secs(20),
            max_input_bytes: 32 << 20,
            recycle_after: 200,
            recycle_above: 16 << 20,
            idle_after: Duration::from_secs(10),
        }
    }
}

/// Looks inside bytes through a confined process.
pub struct MediaInspector {
    shared: Arc<Shared>,
}

struct Shared {
    settings: MediaSettings,
    slot: Mutex<Slot>,
}

struct Slot {
    process: Option<Process>,
    idle_since: Instant,
    timer: Option<AbortHandle>,
}

impl MediaInspector {
    /// An inspector that starts no process before the first inspection. Must be used inside a tokio runtime.
    pub fn new(settings: MediaSettings) -> Self {
        let slot = Slot { process: None, idle_since: Instant::now(), timer: None };
        Self { shared: Arc::new(Shared { settings, slot: Mutex::new(slot) }) }
    }

    /// The id of the process that waits for work, if there is one.
    pub async fn process_id(&self) -> Option<u32> {
        self.shared.slot.lock().await.process.as_ref()?.id()
    }

    /// Ends the process if it has been idle for at least this long, and says whether it did. Waits for an
    /// inspection that is under way.
    pub async fn release(&self, idle_for: Duration) -> bool {
        self.shared.release(idle_for).await
    }
}

impl Shared {
    async fn release(&self, idle_for: Duration) -> bool {
        let mut slot = self.slot.lock().await;
        if slot.idle_since.elapsed() < idle_for {
            return false;
        }
        match slot.process.take() {
            Some(process) => {
                process.end().await;
                // Some milliseconds.
                let _ = tokio::task::spawn_blocking(let_go_of_its_pages).await;
                true
            }
            None => false,
        }
    }

    /// Keeps the process for the next inspection if it is fit for one.
    async fn put_back(self: &Arc<Self>, slot: &mut Slot, mut process: Process) {
        if !process.is_fit(&self.settings) {
            process.end().await;
            return;
        }
        slot.process = Some(process);
        slot.idle_since = Instant::now();
        let (shared, idle_after) = (Arc::downgrade(self), self.settings.idle_after);
        let timer = tokio::spawn(release_later(shared, idle_after)).abort_handle();
        if let Some(previous) = slot.timer.replace(timer) {
            previous.abort();
        }
    }
}

/// Lets the pages of this program go that only a media process needed. When a process ends, the system counts what it had of
/// its program as used again; after the second one that is part of what a container is said to need, for as long as nothing
/// else takes the room: three of nine mebibytes.
#[cfg(target_os = "linux")]
fn let_go_of_its_pages() {
    // They are read again when the next process begins. Nothing hangs on whether they go.
    if let Ok(program) = std::fs::File::open("/proc/self/exe") {
        let _ = rustix::fs::fadvise(&program, 0, None, rustix::fs::Advice::DontNeed);
    }
}

#[cfg(not(target_os = "linux"))]
const fn let_go_of_its_pages() {}

async fn release_later(shared: Weak<Shared>, idle_after: Duration) {
    tokio::time::sleep(idle_after).await;
    if let Some(shared) = shared.upgrade() {
        shared.release(idle_after).await;
    }
}

#[async_trait]
impl Inspector for MediaInspector {
    async fn inspect(
        &self,
        expected: Option<AssetKind>,
        bytes: ByteStream,
        sink: &mut dyn DerivedSink,
    ) -> Result<Facts, InspectorError> {
        let settings = &self.shared.settings;
        // Held throughout: one process, one inspection at a time.
        let mut slot = self.shared.slot.lock().await;
        // Out of the slot while it works: if this future is dropped in the middle, so is the process.
        let mut process = match slot.process.take() {
            Some(process) => process.or_successor(settings).await,
            None => Process::start(settings).await,
        }
        .map_err(InspectorError::Unavailable)?;
        match process.inspect(settings, expected, bytes, sink).await {
            Ok(facts) => {
                self.shared.put_back(&mut slot, process).await;
                Ok(facts)
            }
            Err(Failure::TooLarge) => {
                self.shared.put_back(&mut slot, process).await;
                Ok(Facts::Refused(vec![too_large(settings.max_input_bytes)]))
            }
            Err(Failure::Input(error)) => {
                self.shared.put_back(&mut slot, process).await;
                Err(BlobError::Incomplete(error).into())
            }
            Err(Failure::Sink(error)) => {
                process.end().await;
                Err(error.into())
            }
            Err(Failure::Process(error)) => {
                let found = process.autopsy(&error, settings).await;
                let allowed = format!(
                    "files that can be read within {} s of computing, {:?} in all and {} MiB of memory",
                    settings.cpu_seconds,
                    settings.wall_time,
                    settings.memory_limit >> 20
                );
                Ok(Facts::Refused(vec![refusal(RefusalCode::InspectionFailed, found, allowed)]))
            }
        }
    }
}
