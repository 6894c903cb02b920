//! Who asks: the principal behind `Authorization: Bearer`, and from where.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use creativestore_domain::id::AccountId;
use creativestore_ports::journal::Origin;
use creativestore_usecases::{Caller, sessions};
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::Edge;
use super::problem::{Code, Problem};
use super::request::RequestId;

/// Somebody who is known here.
pub struct Signed(pub Caller);

impl Signed {
    /// The caller, with the account that a parameter or field names.
    pub fn naming(self, account: Option<&str>) -> Result<Caller, Problem> {
        let Self(mut caller) = self;
        if let Some(text) = account {
            let named = AccountId::parse(text).map_err(|_| Problem::not_found("account"))?;
            caller.named = Some(named);
        }
        Ok(caller)
    }
}

impl FromRequestParts<Edge> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let origin = origin(parts);
        let credential = bearer(parts).ok_or_else(|| {
            Problem::new(Code::Unauthenticated, "there is no `Authorization: Bearer` header that can be read")
        })?;
        let caller = sessions::authenticate(&edge.inside, credential, origin).await?;
        admit(edge, &caller.actor.to_string()).await?;
        Ok(Self(caller))
    }
}

/// Counts a request against what a principal may ask for.
pub async fn admit(edge: &Edge, principal: &str) -> Result<(), Problem> {
    edge.limit.admit(principal).await.map_err(|wait| {
        Problem::new(Code::RateLimited, "this principal asked for more than its share").retry_after(wait)
    })
}

/// From where a request comes.
pub struct From(pub Origin);

impl FromRequestParts<Edge> for From {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Edge) -> Result<Self, Self::Rejection> {
        Ok(Self(origin(parts)))
    }
}

fn origin(parts: &Parts) -> Origin {
    let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let request_id = parts.extensions.get::<RequestId>().map(|RequestId(id)| id.clone());
    Origin { address, request_id, trace: trace(parts) }
}

/// What `traceparent` says, when it is what W3C Trace Context allows (version 00: four fields in lower-case hexadecimal
/// digits, ids not all zero).
fn trace(parts: &Parts) -> Option<String> {
    let text = parts.headers.get("traceparent")?.to_str().ok()?;
    let fields: Vec<&str> = text.split('-').collect();
    let hex = |field: &str, length| {
        field.len() == length && field.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let id = |field: &str, length| hex(field, length) && field.bytes().any(|b| b != b'0');
    let valid = matches!(fields[..], ["00", trace, parent, flags] if id(trace, 32) && id(parent, 16) && hex(flags, 2));
    valid.then(|| text.to_owned())
}

fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credential) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !credential.trim().is_empty()).then(|| credential.trim())
}
