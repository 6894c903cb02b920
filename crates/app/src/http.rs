//! The listener's side of HTTP: accepting and closing connections, probes, metrics of requests. Knows no route but
//! the probes'.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::health::Health;
use crate::metrics::{self, Metrics};

/// How long a client may take to send a request's head; also how long an idle connection stays.
const HEAD_TIME: Duration = Duration::from_secs(75);
/// How much of a head is taken.
const HEAD_BYTES: usize = 64 * 1024;
/// How long to wait after the system refused to accept a connection, for want of file descriptors most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What answers: probes at once, the service as soon as it is there.
#[derive(Clone)]
pub struct Front {
    probes: Router,
    service: Arc<OnceLock<Router>>,
}

impl Front {
    /// A front without a service behind it yet.
    pub fn new(health: Arc<Health>, metrics: Metrics) -> Self {
        let probes = Router::new()
            .route("/health/live", get(async || Json(serde_json::json!({ "status": "live" }))))
            .route("/health/ready", get(ready).with_state(health))
            .route("/metrics", get(scrape).with_state(metrics))
            .layer(middleware::from_fn(measure))
            .fallback(starting);
        Self { probes, service: Arc::default() }
    }

    /// The service is there.
    pub fn open(&self, service: Router) {
        // The probes' own fallback would hide the service's answers to unknown routes.
        let whole = service.layer(middleware::from_fn(measure));
        if self.service.set(whole).is_err() {
            tracing::error!("the service was opened twice");
        }
    }

    async fn answer(self, request: Request) -> Response {
        let probe = matches!(request.uri().path(), "/health/live" | "/health/ready" | "/metrics");
        let router = match self.service.get() {
            Some(service) if !probe => service.clone(),
            _ => self.probes,
        };
        router.oneshot(request).await.into_response()
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

/// Counts and times requests by route template, so that there are never more series than routes.
async fn measure(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let in_flight = ::metrics::gauge!(metrics::REQUESTS_IN_FLIGHT);
    in_flight.increment(1);
    let guard = Leave(in_flight);
    let response = next.run(request).await;
    drop(guard);
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str).to_owned();
    let status = response.status().as_u16().to_string();
    ::metrics::counter!(metrics::REQUESTS, "method" => method, "route" => route.clone(), "status" => status)
        .increment(1);
    ::metrics::histogram!(metrics::REQUEST_SECONDS, "method" => method, "route" => route)
        .record(start.elapsed());
    response
}

/// A request that its client gave up is no longer in flight either.
struct Leave(::metrics::Gauge);

impl Drop for Leave {
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
    let room = Arc::new(Semaphore::new(most));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .half_close(false);
    loop {
        let accepted = tokio::select! {
            () = closing.cancelled() => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, peer, permit)) = accepted else { continue };
        let front = front.clone();
        let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let front = front.clone();
            async move {
                Ok::<_, std::convert::Infallible>(front.answer(request.map(axum::body::Body::new)).await)
            }
        });
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        let open = ::metrics::gauge!(metrics::CONNECTIONS);
        open.increment(1);
        let open = Leave(open);
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
