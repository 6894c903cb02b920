//! The listener's side of HTTP: accepting and closing connections, probes, metrics of requests. Knows no route but
//! the probes'.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use creativestore_rest::Service;
use futures_util::FutureExt;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tracing::Instrument;

use crate::health::Health;
use crate::metrics::{self, Metrics};
use crate::telemetry;

/// What is asked whether or not the service is there yet.
const PROBES: [&str; 3] = ["/health/live", "/health/ready", "/metrics"];
/// How long a client may take to send a request's head; also how long an idle connection stays.
const HEAD_TIME: Duration = Duration::from_secs(75);
/// How much of a head is taken.
const HEAD_BYTES: usize = 64 * 1024;
/// How long to wait after the system refused to accept a connection, for want of file descriptors most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What answers: probes at once, the service as soon as it is there.
#[derive(Clone)]
pub struct Front(Arc<Parts>);

struct Parts {
    health: Arc<Health>,
    probes: Router,
    service: OnceLock<Service>,
    meters: Meters,
    traced: bool,
}

impl Front {
    /// A front without a service behind it yet.
    pub fn new(health: Arc<Health>, metrics: Metrics) -> Self {
        let probes = Router::new()
            .route("/health/live", get(async || Json(serde_json::json!({ "status": "live" }))))
            .route("/health/ready", get(ready).with_state(Arc::clone(&health)))
            .route("/metrics", get(scrape).with_state(metrics))
            .fallback(starting);
        let (service, meters, traced) = (OnceLock::new(), Meters::new(), telemetry::traced());
        Self(Arc::new(Parts { health, probes, service, meters, traced }))
    }

    /// The service is there.
    pub fn open(&self, service: Service) {
        if self.0.service.set(service).is_err() {
            tracing::error!("the service was opened twice");
        }
    }

    /// Answers a request, counts and times it: by route template, so that there are never more series than routes.
    async fn answer(self, peer: SocketAddr, request: Request) -> Response {
        let start = Instant::now();
        let Parts { health, probes, service, meters, traced } = &*self.0;
        let (method, path) = (method(request.method()), request.uri().path());
        let probe = PROBES.into_iter().find(|probe| *probe == path);
        let service = service.get().filter(|_| probe.is_none());
        let route = probe.or_else(|| service?.route(path)).unwrap_or("unmatched");
        let in_flight = Entered::into(&meters.in_flight);
        let span =
            (*traced && service.is_some()).then(|| telemetry::request(method, route, request.headers()));
        let address = Some(peer.ip());
        let mut response = match (service, &span) {
            (Some(service), None) => service.answer(address, request).await,
            // Boxed, so that requests without a span do not carry the room for it.
            (Some(service), Some(span)) => {
                Box::pin(service.answer(address, request).instrument(span.clone())).await
            }
            (None, _) => probes.clone().oneshot(request).await.into_response(),
        };
        drop(in_flight);
        if health.draining() {
            // The next request on this connection would meet its end; on a new one it goes elsewhere.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(span) = &span {
            telemetry::answered(span, response.status());
        }
        meters.record(method, route, response.status(), start.elapsed());
        response
    }
}

async fn ready(State(health): State<Arc<Health>>) -> Response {
    let (ready, body) = health.report();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

async fn scrape(State(metrics): State<Metrics>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render()).into_response()
}

async fn starting() -> Response {
    creativestore_rest::not_yet()
}

/// What requests are counted and timed by. Finding a series by its labels costs more than recording in it, so each is
/// found once.
struct Meters {
    in_flight: ::metrics::Gauge,
    known: RwLock<HashMap<&'static str, HashMap<String, Meter>>>,
}

/// The series of one method and route.
struct Meter {
    seconds: ::metrics::Histogram,
    requests: HashMap<StatusCode, ::metrics::Counter>,
}

impl Meters {
    fn new() -> Self {
        Self { in_flight: ::metrics::gauge!(metrics::REQUESTS_IN_FLIGHT), known: RwLock::default() }
    }

    fn record(&self, method: &'static str, route: &str, status: StatusCode, took: Duration) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let meter = known.get(method).and_then(|routes| routes.get(route));
        if let Some((meter, requests)) = meter.and_then(|it| Some((it, it.requests.get(&status)?))) {
            meter.seconds.record(took);
            requests.increment(1);
            return;
        }
        drop(known);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let label = || route.to_owned();
        let meter = known.entry(method).or_default().entry(label()).or_insert_with(|| Meter {
            seconds: ::metrics::histogram!(metrics::REQUEST_SECONDS, "method" => method, "route" => label()),
            requests: HashMap::new(),
        });
        let requests = meter.requests.entry(status).or_insert_with(|| {
            let status = status.as_u16().to_string();
            ::metrics::counter!(metrics::REQUESTS, "method" => method, "route" => label(), "status" => status)
        });
        meter.seconds.record(took);
        requests.increment(1);
    }
}

/// Something that is counted while it is there; a request that its client gave up is not there any more either.
struct Entered(::metrics::Gauge);

impl Entered {
    fn into(gauge: &::metrics::Gauge) -> Self {
        gauge.increment(1);
        Self(gauge.clone())
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

/// Methods are the client's to invent; labels are not.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Serves connections until `closing`, then lets those that are open finish, for at most `limit`.
pub async fn serve(
    listener: TcpListener,
    front: Front,
    most: usize,
    closing: CancellationToken,
    limit: Duration,
) {
    let graceful = GracefulShutdown::new();
    let connections = ::metrics::gauge!(metrics::CONNECTIONS);
    let room = Arc::new(Semaphore::new(most));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .half_close(false)
        // Most answers are short: copying head and body together costs less than handing over two pieces.
        .writev(false);
    loop {
        let accepted = tokio::select! {
            () = closing.cancelled() => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, peer, permit)) = accepted else { continue };
        let front = front.clone();
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            front.clone().answer(peer, request.map(axum::body::Body::new)).map(Ok::<_, Infallible>)
        });
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        let open = Entered::into(&connections);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, %error, "a connection ended early");
            }
            drop((permit, open));
        });
    }
    drop(listener);
    if tokio::time::timeout(limit, graceful.shutdown()).await.is_err() {
        tracing::warn!(?limit, "connections were still open and are cut");
    }
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are written whole; waiting for more only delays them.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY");
            }
            Some((stream, peer, permit))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
