//! Who asks: the principal behind `Authorization: Bearer`, and from where.

use std::fmt::Write as _;

use axum::extract::FromRequestParts;
use creativestore_domain::id::AccountId;
use creativestore_ports::journal::Origin;
use creativestore_usecases::{Caller, sessions};
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::Edge;
use super::problem::{Code, Problem};
use super::request::at_hand;

/// As long as what a principal is called.
const USUAL: usize = 36;

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
        let origin = at_hand().unwrap_or_default();
        let credential = bearer(parts).ok_or_else(|| {
            Problem::new(Code::Unauthenticated, "there is no `Authorization: Bearer` header that can be read")
        })?;
        let caller = sessions::authenticate(&edge.inside, credential, origin).await?;
        let mut principal = String::with_capacity(USUAL);
        write!(principal, "{}", caller.actor).expect("a text takes everything");
        admit(edge, &principal).await?;
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

    async fn from_request_parts(_: &mut Parts, _: &Edge) -> Result<Self, Self::Rejection> {
        Ok(Self(at_hand().unwrap_or_default()))
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credential) = value.split_once(' ')?;
    let credential = credential.trim_ascii();
    (scheme.eq_ignore_ascii_case("bearer") && !credential.is_empty()).then_some(credential)
}
