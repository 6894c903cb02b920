//! A fresh one-time token for a user who lost their way in.

use creativestore_domain::text::Login;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::{ledger, secrets};

/// A token that signs the user in once; one that was given before no longer works.
pub async fn invite(inside: &Inside, caller: &Caller, login: &Login) -> Result<String, Failure> {
    caller.installation()?;
    let mut work = inside.write().await?;
    let mut user = work.people().user_by_login(&login.folded()).await?.ok_or(Failure::NotFound("user"))?;
    if user.disabled_at.is_some() {
        // The token would never work, and whoever asks for it should know why.
        return Err(Failure::NotFound("user who may sign in"));
    }
    let (token, hash) = secrets::new(inside, secrets::ONE_TIME);
    user.one_time_token = Some(hash);
    work.people().save_user(&user).await?;
    let line = ("user.invited", user.id.to_string(), user.login.to_string());
    ledger::note(work.as_mut(), inside, None, caller.actor, &caller.origin, line).await?;
    work.commit().await?;
    Ok(token)
}
