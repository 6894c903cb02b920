//! The first words between the server and its media process, and what each request says. JSON payloads of
//! frames; knows nothing of how they travel.

use creativestore_domain::manifest::AssetKind;
use serde::{Deserialize, Serialize};

/// What the process is told before anything else.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Setup {
    /// The most address space, in bytes.
    pub memory_limit: u64,
    /// The most CPU time for one request, in seconds.
    pub cpu_seconds: u64,
    /// The most bytes of one input.
    pub max_input_bytes: u64,
    /// How many requests there will be at most.
    pub recycle_after: u32,
}

/// What the process answers to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hello {
    /// The version of its measuring.
    pub inspector_version: u32,
    /// What keeps it from being confined; `None` when it is.
    pub unconfined: Option<String>,
}

/// What opens a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// What the bytes are said to be, by its stable name.
    expected: Option<String>,
}

impl Request {
    /// A request for bytes said to be of this kind.
    pub fn new(expected: Option<AssetKind>) -> Self {
        Self { expected: expected.map(|kind| kind.as_str().to_owned()) }
    }

    /// What the bytes are said to be.
    pub fn expected(&self) -> Result<Option<AssetKind>, String> {
        let Some(name) = &self.expected else { return Ok(None) };
        AssetKind::parse(name).map(Some).ok_or_else(|| format!("{name:?} is no kind of asset"))
    }
}
