//! Granting somebody a role in an account; who is not known yet becomes a user with a one-time token.

use creativestore_domain::access::{Grants, Permission, Role};
use creativestore_domain::id::UserId;
use creativestore_domain::text::{Login, Name};
use creativestore_ports::people::User;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::{ledger, secrets};

/// Who is granted what.
#[derive(Clone, Debug)]
pub struct AddMember {
    /// What they sign in with.
    pub login: Login,
    /// What others call them, if they are new.
    pub name: Name,
    /// What they may do.
    pub role: Role,
}

/// Who was granted something.
#[derive(Clone, Debug)]
pub struct Added {
    /// The user.
    pub user: User,
    /// What they may do now.
    pub role: Role,
    /// What a new user signs in with, once. It is shown now and never again.
    pub one_time_token: Option<String>,
}

/// Grants a role; one that was granted before is replaced.
pub async fn add_member(inside: &Inside, caller: &Caller, request: AddMember) -> Result<Added, Failure> {
    let account = caller.account(Permission::Administer)?;
    let AddMember { login, name, role } = request;
    let mut work = inside.write().await?;
    work.tenancy().account(account).await?.ok_or(Failure::NotFound("account"))?;
    let known = work.people().user_by_login(&login.folded()).await?;
    let (user, one_time_token) = if let Some(mut user) = known {
        user.grants.accounts.insert(account, role);
        work.people().save_user(&user).await?;
        (user, None)
    } else {
        let (token, hash) = secrets::new(inside, secrets::ONE_TIME);
        let user = User {
            id: inside.id(UserId::new),
            login: login.folded(),
            name,
            password: None,
            one_time_token: Some(hash),
            grants: Grants { installation: false, accounts: [(account, role)].into() },
            created_at: inside.clock.now(),
            disabled_at: None,
        };
        work.people().insert_user(&user).await?;
        (user, Some(token))
    };
    let line = ("member.added", user.id.to_string(), format!("{} as {}", user.login, role.as_str()));
    ledger::note(work.as_mut(), inside, Some(account), caller.actor, &caller.origin, line).await?;
    work.commit().await?;
    inside.principals.forget_all();
    Ok(Added { user, role, one_time_token })
}
