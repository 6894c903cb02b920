//! Staying signed in: a refresh token gets the next session once. A second use means that somebody else has it, and
//! ends everything that descends from its sign-in.

use creativestore_domain::hash::Sha256;
use creativestore_ports::journal::Origin;
use creativestore_ports::people::Holder;
use creativestore_ports::store::UnitOfWork;

use super::authenticate::{key_works, user_may_sign_in};
use super::{Session, actor, issue};
use crate::failure::{Failure, Unauthenticated};
use crate::inside::Inside;
use crate::ledger;

/// The next session.
pub async fn refresh(inside: &Inside, origin: &Origin, token: &str) -> Result<Session, Failure> {
    let now = inside.clock.now();
    let hash = Sha256::of(token.as_bytes());
    let mut work = inside.write().await?;
    let found = work.people().refresh_token(hash).await?.ok_or(Unauthenticated::Credentials)?;
    if found.revoked_at.is_some() || now >= found.expires_at {
        return Err(Unauthenticated::Credentials.into());
    }
    if found.used_at.is_some() {
        work.people().revoke_family(found.family, now).await?;
        let by = actor(found.holder);
        let line = ("session.reuse_detected", by.to_string(), found.family.to_string());
        ledger::note(work.as_mut(), inside, None, by, origin, line).await?;
        work.commit().await?;
        tracing::warn!(holder = %by, family = %found.family, "a refresh token was used twice; its family is revoked");
        return Err(Unauthenticated::Reused.into());
    }
    if !may_stay(inside, work.as_mut(), found.holder).await? {
        return Err(Unauthenticated::Credentials.into());
    }
    work.people().use_refresh_token(hash, now).await?;
    let session = issue(inside, work.as_mut(), found.holder, found.family).await?;
    work.commit().await?;
    Ok(session)
}

async fn may_stay(inside: &Inside, work: &mut dyn UnitOfWork, holder: Holder) -> Result<bool, Failure> {
    Ok(match holder {
        Holder::User(id) => work.people().user(id).await?.is_some_and(|user| user_may_sign_in(&user)),
        Holder::ApiKey(id) => {
            let key = work.people().api_key(id).await?;
            key.is_some_and(|key| key_works(&key, inside.clock.now()))
        }
    })
}
