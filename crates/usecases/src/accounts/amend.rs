//! Changing an account.

use creativestore_domain::access::Permission;
use creativestore_domain::account::{Account, ChangePolicy};
use creativestore_domain::patch::Patch;
use creativestore_domain::text::Name;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::ledger;

/// What changes; what is `None` or absent stays.
#[derive(Clone, Debug, Default)]
pub struct Amend {
    /// What people call it.
    pub name: Option<Name>,
    /// The brand's domain.
    pub brand_domain: Patch<Name>,
    /// Who acts for the brand.
    pub operator: Patch<Name>,
    /// What new creatives get as their change policy.
    pub change_policy: Option<ChangePolicy>,
}

/// Changes the account that the caller names, if it still has the version that they saw (`None`: whatever it has).
pub async fn amend(
    inside: &Inside,
    caller: &Caller,
    seen: Option<u32>,
    request: Amend,
) -> Result<Account, Failure> {
    let id = caller.account(Permission::Administer)?;
    let mut work = inside.write().await?;
    let old = work.tenancy().account(id).await?.ok_or(Failure::NotFound("account"))?;
    if seen.is_some_and(|seen| seen != old.version) {
        return Err(Failure::Stale { current: old.version });
    }
    let Amend { name, brand_domain, operator, change_policy } = request;
    let new = Account {
        name: name.unwrap_or_else(|| old.name.clone()),
        brand_domain: brand_domain.apply(old.brand_domain.clone()),
        operator: operator.apply(old.operator.clone()),
        change_policy: change_policy.unwrap_or(old.change_policy),
        ..old.clone()
    };
    if new == old {
        return Ok(old);
    }
    let new = Account { version: old.version + 1, updated_at: inside.clock.now(), ..new };
    work.tenancy().save_account(&new).await?;
    let line = ("account.changed", id.to_string(), new.name.to_string());
    ledger::note(work.as_mut(), inside, Some(id), caller.actor, &caller.origin, line).await?;
    work.commit().await?;
    Ok(new)
}
