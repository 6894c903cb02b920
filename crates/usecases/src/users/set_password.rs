//! Choosing a password.

use creativestore_domain::access::Actor;

use crate::caller::Caller;
use crate::failure::{Failure, FieldError, Unauthenticated};
use crate::inside::Inside;
use crate::ledger;

/// The least characters of a password (NIST SP 800-63B-4, section 3.1.1.2: at least 15 when it is all there is).
pub const MIN_PASSWORD: usize = 15;
/// The most bytes of a password: hashing is bounded.
const MAX_PASSWORD: usize = 1024;

/// Gives the user who asks a password.
pub async fn set_own_password(inside: &Inside, caller: &Caller, password: &str) -> Result<(), Failure> {
    let Actor::User(id) = caller.actor else {
        return Err(Failure::NotFound("user"));
    };
    if password.chars().count() < MIN_PASSWORD || password.len() > MAX_PASSWORD {
        let detail =
            format!("a password has {MIN_PASSWORD} characters or more, and at most {MAX_PASSWORD} bytes");
        return Err(Failure::Invalid(vec![FieldError::new("/password", detail)]));
    }
    let hash = inside.passwords.hash(password).await;
    let mut work = inside.write().await?;
    let mut user = work.people().user(id).await?.ok_or(Unauthenticated::TokenInvalid)?;
    user.password = Some(hash);
    work.people().save_user(&user).await?;
    let line = ("user.password_changed", id.to_string(), String::new());
    ledger::note(work.as_mut(), inside, None, caller.actor, &caller.origin, line).await?;
    work.commit().await?;
    Ok(())
}
