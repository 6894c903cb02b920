//! What every endpoint shares: who asks, what they sent, how they are answered when it cannot be done.

pub mod body;
pub mod conditions;
pub mod cursor;
pub mod file;
pub mod links;
pub mod params;
pub mod patch;
pub mod problem;
pub mod request;
pub mod seal;
pub mod signed;
pub mod written;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use creativestore_ports::limits::RateLimit;
use creativestore_usecases::Inside;
use tokio_util::sync::CancellationToken;

use seal::Seal;
use written::Written;

/// How the edge is set up.
#[derive(Clone)]
pub struct RestSettings {
    /// Seals cursors and links. Whoever knows it can make links to any file.
    pub link_key: [u8; 32],
    /// What links are built on; the host that the request came to when `None`.
    pub public_url: Option<String>,
    /// How long a preview link works.
    pub preview_ttl: Duration,
    /// The most bytes of a JSON body.
    pub body_limit: usize,
    /// How long a request may take until its answer begins, and how long an upload may stand still.
    pub time_limit: Duration,
    /// Whether there are pages at `/docs`.
    pub swagger: bool,
    /// Ends event streams, so that a drain does not wait for them.
    pub shutdown: CancellationToken,
}

/// What every endpoint can reach. One counted pointer: each request takes several of it.
#[derive(Clone)]
pub struct Edge(Arc<Reach>);

/// What can be reached.
pub struct Reach {
    /// The use cases' outside.
    pub inside: Arc<Inside>,
    /// How the edge is set up.
    pub settings: RestSettings,
    /// How much one principal may ask for.
    pub limit: Arc<dyn RateLimit>,
    pub(crate) seal: Seal,
    pub(crate) written: Written,
}

impl Edge {
    /// The edge of these use cases.
    pub fn new(inside: Arc<Inside>, settings: RestSettings, limit: Arc<dyn RateLimit>) -> Self {
        let seal = Seal::new(&settings.link_key);
        Self(Arc::new(Reach { inside, settings, limit, seal, written: Written::new() }))
    }
}

impl Deref for Edge {
    type Target = Reach;

    fn deref(&self) -> &Reach {
        &self.0
    }
}
