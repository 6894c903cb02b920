//! Signing out.

use creativestore_domain::hash::Sha256;
use creativestore_ports::journal::Origin;

use super::actor;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::ledger;

/// Revokes a refresh token and everything that descends from its sign-in. One that is not known is fine: it does
/// not work either way.
pub async fn revoke(inside: &Inside, origin: &Origin, token: &str) -> Result<(), Failure> {
    let mut work = inside.write().await?;
    let Some(found) = work.people().refresh_token(Sha256::of(token.as_bytes())).await? else { return Ok(()) };
    work.people().revoke_family(found.family, inside.clock.now()).await?;
    let by = actor(found.holder);
    let line = ("session.ended", by.to_string(), found.family.to_string());
    ledger::note(work.as_mut(), inside, None, by, origin, line).await?;
    work.commit().await?;
    Ok(())
}
