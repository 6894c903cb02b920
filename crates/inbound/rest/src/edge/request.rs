//! The request at hand: what it is called and where it comes from, for every response, problem and log line; how long it may
//! take.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use creativestore_ports::journal::Origin;
use futures_util::{StreamExt, stream};
use http::header::ALLOW;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tower::Service;

use super::Edge;
use super::problem::{Code, Pending, Problem};

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The route that takes uploads.
const UPLOADS: &str = "/v1/blobs";

tokio::task_local! {
    /// Where the request comes from, while it is answered. A span would say it, too, and would cost every request what only
    /// those few need of which there is something to log.
    static AT_HAND: Origin;
}

/// Where the request at hand comes from; `None` outside of any.
pub fn at_hand() -> Option<Origin> {
    AT_HAND.try_with(Origin::clone).ok()
}

/// Answers a request under a name, in bounded time.
pub async fn answer(edge: &Edge, routes: &Router, address: Option<IpAddr>, request: Request) -> Response {
    let given = request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).filter(|id| sane(id));
    let id = given.map_or_else(|| made(edge), Arc::from);
    let origin = Origin { address, request_id: Some(Arc::clone(&id)), trace: trace(request.headers()) };
    AT_HAND.scope(origin, named(edge, routes, id, request)).await
}

async fn named(edge: &Edge, routes: &Router, id: Arc<str>, request: Request) -> Response {
    let limit = edge.settings.time_limit;
    let upload = request.method() == Method::POST && request.uri().path() == UPLOADS;
    let mut response = if upload {
        // It takes as long as its bytes come; those are waited for one by one.
        let Ok(response) = routes.clone().call(request.map(|body| patient(body, limit))).await;
        response
    } else {
        match tokio::time::timeout(limit, routes.clone().call(request)).await {
            Ok(Ok(response)) => response,
            Err(_) => given_up(limit),
        }
    };
    if let Some(Pending(problem)) = response.extensions_mut().remove::<Pending>() {
        if problem.code == Code::Internal {
            tracing::error!(?problem, "a request failed");
        }
        // What the router says of methods that there are.
        let allowed = response.headers_mut().remove(ALLOW);
        response = problem.render(&id);
        if let Some(allowed) = allowed {
            response.headers_mut().insert(ALLOW, allowed);
        }
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID.clone(), id);
    }
    response
}

/// A name for a request that came without one.
fn made(edge: &Edge) -> Arc<str> {
    const MADE: &[u8; 4] = b"req_";
    let mut name = [0; 36];
    let (mark, digits) = name.split_at_mut(MADE.len());
    mark.copy_from_slice(MADE);
    edge.inside.ids.next().simple().encode_lower(digits);
    std::str::from_utf8(&name).expect("letters and digits").into()
}

/// The answer to a request that took too long.
fn given_up(limit: Duration) -> Response {
    tracing::error!(?limit, "a request took too long and was given up");
    let detail = format!("it took longer than {limit:?} and was given up");
    Problem::new(Code::Indeterminate, detail).into_response()
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

/// What `traceparent` says, when it is what W3C Trace Context allows (version 00: four fields in lower-case hexadecimal
/// digits, ids not all zero).
fn trace(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(&TRACEPARENT)?.to_str().ok()?;
    let fields: Vec<&str> = text.split('-').collect();
    let hex = |field: &str, length| {
        field.len() == length && field.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let id = |field: &str, length| hex(field, length) && field.bytes().any(|b| b != b'0');
    let valid = matches!(fields[..], ["00", trace, parent, flags] if id(trace, 32) && id(parent, 16) && hex(flags, 2));
    valid.then(|| text.to_owned())
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
            let value = HeaderValue::from_str(text).expect("a value");
            trace(&HeaderMap::from_iter([(TRACEPARENT.clone(), value)]))
        };
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(read(good).as_deref(), Some(good));
        let nobody = good.replace("00f067aa0ba902b7", "0000000000000000");
        for odd in
            ["", "00", &good.to_uppercase(), &good.replace('-', "\u{20}"), &format!("{good}0"), &nobody]
        {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
