//! Taking an API key back.

use creativestore_domain::access::Permission;
use creativestore_domain::id::ApiKeyId;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::ledger;

/// Takes a key of the account back for good.
pub async fn revoke(inside: &Inside, caller: &Caller, id: ApiKeyId) -> Result<(), Failure> {
    let account = caller.account(Permission::Administer)?;
    let mut work = inside.write().await?;
    if !work.people().revoke_api_key(account, id, inside.clock.now()).await? {
        return Err(Failure::NotFound("API key"));
    }
    let line = ("api_key.revoked", id.to_string(), String::new());
    ledger::note(work.as_mut(), inside, Some(account), caller.actor, &caller.origin, line).await?;
    work.commit().await?;
    inside.principals.forget_all();
    Ok(())
}
