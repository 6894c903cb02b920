//! From start to end: configuration → logs → listener → store → workers, and back in the opposite order.

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use creativestore_domain::access::Grants;
use creativestore_domain::text::{Login, Name};
use creativestore_rest::{Edge, RestSettings};
use creativestore_usecases::{Caller, Failure, Inside, users};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::configuration::{Configuration, Mode};
use crate::health::{DATABASE, Health};
use crate::http::{self, Front};
use crate::wiring::Opened;
use crate::workers::Workers;
use crate::{metrics, telemetry, wiring};

/// What the first administrator signs in with.
pub const FIRST_LOGIN: &str = "admin";

/// What the last steps get when those before them took all of the time.
const LAST_MOMENT: Duration = Duration::from_millis(500);

/// Serves until SIGTERM or SIGINT. `json` says where in a line for a script.
pub async fn serve(configuration: Configuration, json: bool) -> anyhow::Result<()> {
    let telemetry = telemetry::begin(&configuration);
    let ended = run(configuration, json).await;
    // Last, however it ended: what was traced until here is still sent.
    telemetry.finish().await;
    ended
}

async fn run(configuration: Configuration, json: bool) -> anyhow::Result<()> {
    let mut ends = Ends::listen()?;
    // First, so that whoever comes early waits in line instead of being refused.
    let (listener, address) = bind(&configuration).await?;
    let metrics = metrics::begin()?;
    let health = Arc::new(Health::default());
    let front = Front::new(Arc::clone(&health), metrics.clone());
    tracing::info!(version = env!("CARGO_PKG_VERSION"), name = configuration.name, %address, "listening");
    for section in &configuration.ignored {
        tracing::debug!(section, "a section of the base file is not ours");
    }
    let closing = CancellationToken::new();
    let serving = tokio::spawn(http::serve(
        listener,
        front.clone(),
        configuration.connections,
        closing.clone(),
        configuration.shutdown_limit,
    ));

    let opened = tokio::select! {
        opened = wiring::open(&configuration) => opened?,
        why = ends.next() => {
            tracing::info!(why, "ended before it had begun");
            return Ok(());
        }
    };
    let mut opened = opened;
    opened.listens(&configuration, address.port()).await?;
    opened.outside.names().for_each(|name| health.expect(name));
    let opened = Arc::new(opened);
    let inside = Arc::clone(&opened.inside);
    let streams = CancellationToken::new();
    front.open(creativestore_rest::Service::new(edge(&configuration, &opened, streams.clone())));
    health.saw(DATABASE, None);
    let workers = Workers::start(&opened, &health, &metrics);
    let token = first_administrator(&configuration, &inside).await?;
    greet(&configuration, address, token.as_deref(), json)?;

    let why = ends.next().await;
    health.drain();
    // Whoever looks for this service does not find it here any more; what still comes is served.
    opened.outside.leave().await;
    tracing::info!(why, drain_delay = ?configuration.drain_delay, "ending");
    tokio::spawn(async move {
        ends.next().await;
        tracing::warn!("told to end a second time: ending at once");
        std::process::exit(1);
    });
    tokio::time::sleep(configuration.drain_delay).await;
    // One bound for all of what follows: whoever waits for this process has one, too.
    let deadline = Instant::now() + configuration.shutdown_limit;
    let left = || deadline.saturating_duration_since(Instant::now()).max(LAST_MOMENT);
    // Streams end first: their clients come again elsewhere, and nothing waits for them.
    streams.cancel();
    closing.cancel();
    serving.await.context("serving connections")?;
    workers.finish(left()).await;
    if tokio::time::timeout(left(), opened.close()).await.is_err() {
        tracing::warn!("the database was still in use and is left as after a crash");
    }
    tracing::info!("ended");
    Ok(())
}

fn edge(configuration: &Configuration, opened: &Opened, shutdown: CancellationToken) -> Edge {
    let settings = RestSettings {
        link_key: opened.link_key,
        public_url: configuration.public_url.clone(),
        preview_ttl: configuration.preview_ttl,
        body_limit: configuration.body_limit,
        time_limit: configuration.request_time,
        swagger: configuration.swagger,
        shutdown,
    };
    Edge::new(Arc::clone(&opened.inside), settings, opened.outside.rate_limit(configuration))
}

/// Loopback only, except in release.
async fn bind(configuration: &Configuration) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let port = configuration.port;
    let listener = match configuration.mode {
        Mode::Development => TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await,
        // Both families where there are both.
        Mode::Release => match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
            Ok(listener) => Ok(listener),
            Err(_) => TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await,
        },
    };
    let listener =
        listener.with_context(|| format!("listening on port {port} (SERVER_PORT chooses another one)"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Makes the first administrator when there is nobody yet; in release the operator does.
async fn first_administrator(
    configuration: &Configuration,
    inside: &Inside,
) -> anyhow::Result<Option<String>> {
    if users::any(inside).await? {
        return Ok(None);
    }
    if configuration.mode == Mode::Release {
        tracing::warn!("there is no user yet: run `creativestore user create --admin LOGIN`");
        return Ok(None);
    }
    let request = users::Create {
        login: Login::parse(FIRST_LOGIN)?,
        name: Name::parse("Administrator")?,
        grants: Grants { installation: true, ..Grants::default() },
    };
    match users::create(inside, &Caller::system(), request).await {
        Ok(created) => Ok(Some(created.one_time_token)),
        // Another replica was faster.
        Err(Failure::Exists(_)) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

fn greet(
    configuration: &Configuration,
    address: SocketAddr,
    token: Option<&str>,
    json: bool,
) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    let url = configuration.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    if json {
        let url = format!("http://{}", SocketAddr::new(reachable(address).ip(), address.port()));
        writeln!(out, "{}", json!({ "url": url, "one_time_token": token }))?;
    } else if configuration.mode == Mode::Development {
        writeln!(out, "\ncreativestore serves at {url}")?;
        if let Some(token) = token {
            writeln!(
                out,
                "Sign in as `{FIRST_LOGIN}`, once, with {token}\n  creativestore token --server {url} --one-time-token {token}\n\
                 Lost it? `creativestore user invite {FIRST_LOGIN}` gives another one."
            )?;
        }
        writeln!(out, "Ctrl-C ends it.\n")?;
    }
    Ok(out.flush()?)
}

/// An address that a program on this machine can connect to.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::from((Ipv4Addr::LOCALHOST, address.port()))
    } else {
        address
    }
}

/// What tells the program to end.
struct Ends {
    terminate: Signal,
    interrupt: Signal,
}

impl Ends {
    /// From here on signals are told instead of ending the process.
    fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("listening for signals");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// The runtime: a fixed number of threads, because a container's quota looks like one processor, and few for what
/// blocks.
pub fn runtime(threads: usize) -> anyhow::Result<tokio::runtime::Runtime> {
    const BLOCKING: usize = 8;
    const IDLE: Duration = Duration::from_secs(10);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(BLOCKING)
        .thread_keep_alive(IDLE)
        .thread_name("creativestore")
        .enable_all()
        .build()
        .context("starting the runtime")
}
