//! Recognising who makes a request, by access token or API key.

use std::sync::Arc;

use creativestore_domain::access::{Actor, Grants};
use creativestore_domain::hash::Sha256;
use creativestore_domain::time::Timestamp;
use creativestore_ports::access::TokenError;
use creativestore_ports::journal::Origin;
use creativestore_ports::people::{ApiKey, User};

use crate::caller::Caller;
use crate::failure::{Failure, Unauthenticated};
use crate::inside::Inside;
use crate::secrets;

/// Who has this access token or API key, with what they are granted now.
pub async fn authenticate(inside: &Inside, credential: &str, origin: Origin) -> Result<Caller, Failure> {
    let now = inside.clock.now();
    let hash = Sha256::of(credential.as_bytes());
    let (actor, grants) = match inside.principals.recall(hash, now) {
        Ok(known) => known,
        // Boxed, so that who is remembered does not carry the room for a look.
        Err(unknown) => {
            let (expires, actor, grants) = if credential.starts_with(secrets::API_KEY) {
                Box::pin(by_key(inside, hash, now)).await?
            } else {
                Box::pin(by_token(inside, credential, now)).await?
            };
            let grants = Arc::new(grants);
            inside.principals.remember(unknown, hash, now, expires, (actor, Arc::clone(&grants)));
            (actor, grants)
        }
    };
    Ok(Caller { actor, grants, named: None, origin })
}

type Known = (Option<Timestamp>, Actor, Grants);

async fn by_key(inside: &Inside, secret: Sha256, now: Timestamp) -> Result<Known, Failure> {
    let key = inside.peek().await?.people().api_key_by_secret(secret).await?;
    let key = key.filter(|key| key_works(key, now)).ok_or(Unauthenticated::Credentials)?;
    Ok((key.expires_at, Actor::ApiKey(key.id), key_grants(&key)))
}

async fn by_token(inside: &Inside, token: &str, now: Timestamp) -> Result<Known, Failure> {
    let claims = inside.tokens.verify(token, now).map_err(|error| match error {
        TokenError::Expired => Unauthenticated::TokenExpired,
        TokenError::Invalid => Unauthenticated::TokenInvalid,
    })?;
    let mut work = inside.read().await?;
    let grants = match claims.subject {
        Actor::User(id) => {
            let user = work.people().user(id).await?;
            user.filter(user_may_sign_in).map(|user| user.grants)
        }
        Actor::ApiKey(id) => {
            let key = work.people().api_key(id).await?;
            key.filter(|key| key_works(key, now)).map(|key| key_grants(&key))
        }
        Actor::System => None,
    };
    Ok((Some(claims.expires_at), claims.subject, grants.ok_or(Unauthenticated::TokenInvalid)?))
}

pub(super) fn key_works(key: &ApiKey, now: Timestamp) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|expires| now < expires)
}

pub(super) fn user_may_sign_in(user: &User) -> bool {
    user.disabled_at.is_none()
}

fn key_grants(key: &ApiKey) -> Grants {
    Grants { installation: false, accounts: [(key.account, key.role)].into() }
}
