//! Signing in, staying signed in, and being recognised.

mod authenticate;
mod me;
mod principals;
mod refresh;
mod revoke;
mod sign_in;

pub use authenticate::authenticate;
pub use me::{Me, me};
pub use principals::Principals;
pub use refresh::refresh;
pub use revoke::revoke;
pub use sign_in::{Credentials, sign_in};

use creativestore_domain::access::Actor;
use creativestore_domain::id::FamilyId;
use creativestore_ports::access::Claims;
use creativestore_ports::people::{Holder, RefreshToken};
use creativestore_ports::store::UnitOfWork;
use std::time::Duration;

use crate::failure::Failure;
use crate::inside::Inside;
use crate::secrets;

/// What somebody who signed in gets. Its `Debug` form keeps the tokens to itself.
#[derive(Clone)]
pub struct Session {
    /// Proves who they are, for `access_ttl`.
    pub access_token: String,
    /// How long the access token lives.
    pub access_ttl: Duration,
    /// Gets the next session, once.
    pub refresh_token: String,
    /// How long the refresh token lives.
    pub refresh_ttl: Duration,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// A new access token, and a new refresh token of the family, kept in the unit of work at hand.
async fn issue(
    inside: &Inside,
    work: &mut dyn UnitOfWork,
    holder: Holder,
    family: FamilyId,
) -> Result<Session, Failure> {
    let now = inside.clock.now();
    let access_ttl = inside.settings.access_ttl;
    let refresh_ttl = inside.settings.refresh_ttl;
    let claims = Claims { subject: actor(holder), issued_at: now, expires_at: now.plus(access_ttl) };
    let (refresh_token, hash) = secrets::new(inside, secrets::REFRESH);
    let token = RefreshToken {
        family,
        holder,
        token: hash,
        issued_at: now,
        expires_at: now.plus(refresh_ttl),
        used_at: None,
        revoked_at: None,
    };
    work.people().insert_refresh_token(&token).await?;
    Ok(Session { access_token: inside.tokens.issue(&claims), access_ttl, refresh_token, refresh_ttl })
}

/// Who holds a session, as the records name them.
const fn actor(holder: Holder) -> Actor {
    match holder {
        Holder::User(id) => Actor::User(id),
        Holder::ApiKey(id) => Actor::ApiKey(id),
    }
}
