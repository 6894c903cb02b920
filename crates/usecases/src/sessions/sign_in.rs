//! Signing in: with a password, with a token that works once, or with an API key.

use creativestore_domain::access::Actor;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, FamilyId};
use creativestore_domain::text::Login;
use creativestore_ports::journal::Origin;
use creativestore_ports::people::Holder;

use super::authenticate::{key_works, user_may_sign_in};
use super::{Session, actor, issue};
use crate::failure::{Failure, Unauthenticated};
use crate::inside::Inside;
use crate::ledger;

/// What somebody proves themselves with.
#[derive(Clone)]
pub enum Credentials {
    /// A login and a password.
    Password {
        /// The login.
        login: Login,
        /// The password.
        password: String,
    },
    /// A token that signs in once.
    OneTimeToken(String),
    /// A program's key.
    ApiKey(String),
}

/// Signs in. What is wrong with credentials is not told.
pub async fn sign_in(inside: &Inside, origin: &Origin, credentials: Credentials) -> Result<Session, Failure> {
    let (holder, account, how) = match credentials {
        Credentials::Password { login, password } => {
            (by_password(inside, origin, &login, &password).await?, None, "password")
        }
        Credentials::OneTimeToken(token) => return by_one_time_token(inside, origin, &token).await,
        Credentials::ApiKey(secret) => {
            let (holder, account) = by_key(inside, &secret).await?;
            (holder, Some(account), "api_key")
        }
    };
    let mut work = inside.write().await?;
    let session = issue(inside, work.as_mut(), holder, inside.id(FamilyId::new)).await?;
    let by = actor(holder);
    let line = ("session.started", by.to_string(), how.to_owned());
    ledger::note(work.as_mut(), inside, account, by, origin, line).await?;
    work.commit().await?;
    Ok(session)
}

async fn by_password(
    inside: &Inside,
    origin: &Origin,
    login: &Login,
    password: &str,
) -> Result<Holder, Failure> {
    let user = inside.read().await?.people().user_by_login(&login.folded()).await?;
    let hash = user.as_ref().and_then(|user| user.password.as_deref());
    let right = inside.passwords.verify(password, hash).await;
    match user {
        Some(user) if right && user_may_sign_in(&user) => Ok(Holder::User(user.id)),
        Some(user) => {
            let by = Actor::User(user.id);
            let mut work = inside.write().await?;
            let line = ("session.refused", by.to_string(), "password".to_owned());
            ledger::note(work.as_mut(), inside, None, by, origin, line).await?;
            work.commit().await?;
            Err(Unauthenticated::Credentials.into())
        }
        None => Err(Unauthenticated::Credentials.into()),
    }
}

async fn by_key(inside: &Inside, secret: &str) -> Result<(Holder, AccountId), Failure> {
    let key = inside.peek().await?.people().api_key_by_secret(Sha256::of(secret.as_bytes())).await?;
    let key = key.filter(|key| key_works(key, inside.clock.now())).ok_or(Unauthenticated::Credentials)?;
    Ok((Holder::ApiKey(key.id), key.account))
}

/// The token is used up in the transaction that starts the session.
async fn by_one_time_token(inside: &Inside, origin: &Origin, token: &str) -> Result<Session, Failure> {
    let mut work = inside.write().await?;
    let found = work.people().user_by_one_time_token(Sha256::of(token.as_bytes())).await?;
    let mut user = found.filter(user_may_sign_in).ok_or(Unauthenticated::Credentials)?;
    user.one_time_token = None;
    work.people().save_user(&user).await?;
    let session = issue(inside, work.as_mut(), Holder::User(user.id), inside.id(FamilyId::new)).await?;
    let by = Actor::User(user.id);
    let line = ("session.started", by.to_string(), "one_time_token".to_owned());
    ledger::note(work.as_mut(), inside, None, by, origin, line).await?;
    work.commit().await?;
    Ok(session)
}
