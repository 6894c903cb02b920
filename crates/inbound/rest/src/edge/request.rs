//! The request id, from the client or made here, on every response and in every problem.

use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};
use http::{HeaderValue, Method};
use tower::{Layer, Service};
use tracing::Instrument;

use super::Edge;
use super::problem::{Code, Pending, Problem};

const HEADER: &str = "x-request-id";
/// The route that takes uploads.
const UPLOADS: &str = "/v1/blobs";

/// The id of the request at hand.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Names every request and bounds how long it takes. A service of its own rather than a function among middleware, which
/// costs each request the copies and boxes of one layer more.
#[derive(Clone)]
pub struct Naming(pub Edge);

impl<S> Layer<S> for Naming {
    type Service = Named<S>;

    fn layer(&self, inner: S) -> Named<S> {
        Named { edge: self.0.clone(), inner }
    }
}

/// What answers, with every request named.
#[derive(Clone)]
pub struct Named<S> {
    edge: Edge,
    inner: S,
}

impl<S> Service<Request> for Named<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    /// Puts the name into what goes in and into what comes back.
    fn call(&mut self, mut request: Request) -> Self::Future {
        let given = request.headers().get(HEADER).and_then(|id| id.to_str().ok()).filter(|id| sane(id));
        let id = given.map_or_else(|| made(&self.edge), str::to_owned);
        request.extensions_mut().insert(RequestId(id.clone()));
        let span =
            tracing::info_span!("request", request_id = id.as_str(), traceparent = traceparent(&request));
        let route = request.extensions().get::<MatchedPath>().cloned();
        let limit = self.edge.settings.time_limit;
        let upload = request.method() == Method::POST && request.uri().path() == UPLOADS;
        // An upload takes as long as its bytes come; those are waited for one by one.
        let request = if upload { request.map(|body| patient(body, limit)) } else { request };
        let answer = self.inner.call(request);
        Box::pin(async move {
            let mut response = if upload {
                let Ok(response) = answer.instrument(span).await;
                response
            } else {
                in_time(limit, answer).instrument(span).await
            };
            if let Some(Pending(problem)) = response.extensions_mut().remove::<Pending>() {
                if problem.code == Code::Internal {
                    tracing::error!(request_id = %id, ?problem, "a request failed");
                }
                response = problem.render(&id);
            }
            if let Ok(id) = HeaderValue::from_str(&id) {
                response.headers_mut().insert(HEADER, id);
            }
            // For whoever counts requests by route.
            if let Some(route) = route {
                response.extensions_mut().insert(route);
            }
            Ok(response)
        })
    }
}

/// A name for a request that came without one.
fn made(edge: &Edge) -> String {
    let mut digits = [0; 32];
    ["req_", edge.inside.ids.next().simple().encode_lower(&mut digits)].concat()
}

/// A request that takes too long is given up.
async fn in_time(limit: Duration, answer: impl Future<Output = Result<Response, Infallible>>) -> Response {
    let Ok(response) = tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| {
        tracing::error!(?limit, "a request took too long and was given up");
        let problem =
            Problem::new(Code::Indeterminate, format!("it took longer than {limit:?} and was given up"));
        Ok(problem.into_response())
    });
    response
}

/// The body, cut when nothing comes for too long.
fn patient(body: Body, limit: Duration) -> Body {
    Body::from_stream(stream::unfold(Some(body.into_data_stream()), move |pieces| async move {
        let mut pieces = pieces?;
        match tokio::time::timeout(limit, pieces.next()).await {
            Ok(piece) => piece.map(|piece| (piece, Some(pieces))),
            Err(_) => {
                let stood = axum::Error::new(std::io::Error::other(format!("nothing came for {limit:?}")));
                Some((Err(stood), None))
            }
        }
    }))
}

/// The caller's place in a trace (W3C Trace Context, `version-trace-parent-flags` in hexadecimal).
fn traceparent(request: &Request) -> Option<&str> {
    let text = request.headers().get("traceparent")?.to_str().ok()?;
    let plain = |b: u8| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    (text.len() == 55 && text.bytes().all(plain)).then_some(text)
}

/// What cannot garble a log line.
fn sane(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// No route of ours.
pub async fn no_route() -> Problem {
    Problem::not_found("route")
}

/// A route of ours, but not with this method.
pub async fn no_method() -> Problem {
    Problem::new(Code::MethodNotAllowed, "this route has other methods")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_trace_is_taken_over_if_it_is_one() {
        let read = |text: &str| {
            let request = Request::builder().header("traceparent", text).body(axum::body::Body::empty());
            traceparent(&request.expect("a request")).map(str::to_owned)
        };
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(read(good).as_deref(), Some(good));
        for odd in ["", "00", &good.to_uppercase(), &good.replace('-', "\u{20}"), &format!("{good}0")] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
