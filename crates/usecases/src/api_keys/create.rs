//! Making an API key. Its secret is shown once.

use creativestore_domain::access::{Permission, Role};
use creativestore_domain::id::ApiKeyId;
use creativestore_domain::text::Name;
use creativestore_domain::time::Timestamp;
use creativestore_ports::idempotency::Outcome;
use creativestore_ports::people::ApiKey;

use crate::caller::Caller;
use crate::failure::{Failure, FieldError};
use crate::inside::Inside;
use crate::once::{Done, IdempotencyKey, Once, mismatch};
use crate::{ledger, secrets};

/// What a new key is made from.
#[derive(Clone, Debug)]
pub struct Create {
    /// What people call it.
    pub name: Name,
    /// What it may do.
    pub role: Role,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
}

/// A new key.
#[derive(Clone, Debug)]
pub struct Created {
    /// The key.
    pub key: ApiKey,
    /// Its secret; `None` when the request was made before, since it is not kept.
    pub secret: Option<String>,
}

/// Makes a key for the account.
pub async fn create(
    inside: &Inside,
    caller: &Caller,
    request: Create,
    key: Option<&IdempotencyKey>,
) -> Result<Done<Created>, Failure> {
    let account = caller.account(Permission::Administer)?;
    let now = inside.clock.now();
    if request.expires_at.is_some_and(|at| at <= now) {
        return Err(Failure::Invalid(vec![FieldError::new("/expires_at", "it must lie in the future")]));
    }
    let once = Once::new(caller.actor, key, &("api_keys.create", account, &request));
    let mut work = inside.write().await?;
    work.tenancy().account(account).await?.ok_or(Failure::NotFound("account"))?;
    match once.before(work.as_mut()).await? {
        Some(Outcome::ApiKey(id)) => {
            let key = work.people().api_key(id).await?.ok_or(Failure::NotFound("API key"))?;
            return Ok(Done::before(Created { key, secret: None }));
        }
        Some(_) => return Err(mismatch()),
        None => {}
    }
    let Create { name, role, expires_at } = request;
    let (secret, hash) = secrets::new(inside, secrets::API_KEY);
    let id = inside.id(ApiKeyId::new);
    let key = ApiKey { id, account, name, role, secret: hash, created_at: now, expires_at, revoked_at: None };
    work.people().insert_api_key(&key).await?;
    let line = ("api_key.created", id.to_string(), format!("{} as {}", key.name, role.as_str()));
    ledger::note(work.as_mut(), inside, Some(account), caller.actor, &caller.origin, line).await?;
    once.keep(work.as_mut(), inside, || Outcome::ApiKey(id)).await?;
    work.commit().await?;
    Ok(Done::now(Created { key, secret: Some(secret) }))
}
