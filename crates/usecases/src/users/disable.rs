//! Locking a user out.

use creativestore_domain::text::Login;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::ledger;

/// Locks a user out for good: sessions that they have end with it.
pub async fn disable(inside: &Inside, caller: &Caller, login: &Login) -> Result<(), Failure> {
    caller.installation()?;
    let mut work = inside.write().await?;
    let mut user = work.people().user_by_login(&login.folded()).await?.ok_or(Failure::NotFound("user"))?;
    user.disabled_at = Some(inside.clock.now());
    user.one_time_token = None;
    work.people().save_user(&user).await?;
    let line = ("user.disabled", user.id.to_string(), user.login.to_string());
    ledger::note(work.as_mut(), inside, None, caller.actor, &caller.origin, line).await?;
    work.commit().await?;
    inside.principals.forget_all();
    Ok(())
}
