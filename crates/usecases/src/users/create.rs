//! Making a user, who signs in first with a one-time token.

use creativestore_domain::access::Grants;
use creativestore_domain::id::UserId;
use creativestore_domain::text::{Login, Name};
use creativestore_ports::people::User;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::{ledger, secrets};

/// What a new user is made from.
#[derive(Clone, Debug)]
pub struct Create {
    /// What they sign in with.
    pub login: Login,
    /// What others call them.
    pub name: Name,
    /// What they are granted.
    pub grants: Grants,
}

/// A new user.
#[derive(Clone, Debug)]
pub struct Created {
    /// The user.
    pub user: User,
    /// What they sign in with, once. It is shown now and never again.
    pub one_time_token: String,
}

/// Makes a user.
pub async fn create(inside: &Inside, caller: &Caller, request: Create) -> Result<Created, Failure> {
    caller.installation()?;
    let Create { login, name, grants } = request;
    let (one_time_token, hash) = secrets::new(inside, secrets::ONE_TIME);
    let user = User {
        id: inside.id(UserId::new),
        login: login.folded(),
        name,
        password: None,
        one_time_token: Some(hash),
        grants,
        created_at: inside.clock.now(),
        disabled_at: None,
    };
    let mut work = inside.write().await?;
    for account in user.grants.accounts.keys() {
        work.tenancy().account(*account).await?.ok_or(Failure::NotFound("account"))?;
    }
    work.people().insert_user(&user).await?;
    let line = ("user.created", user.id.to_string(), user.login.to_string());
    ledger::note(work.as_mut(), inside, None, caller.actor, &caller.origin, line).await?;
    work.commit().await?;
    Ok(Created { user, one_time_token })
}
