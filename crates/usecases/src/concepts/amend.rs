//! Renaming a concept.

use creativestore_domain::access::Permission;
use creativestore_domain::concept::Concept;
use creativestore_domain::id::ConceptId;
use creativestore_domain::text::Name;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::ledger;

/// Renames a concept of the account, if it still has the version that was seen (`None`: whatever it has).
pub async fn amend(
    inside: &Inside,
    caller: &Caller,
    id: ConceptId,
    seen: Option<u32>,
    name: Name,
) -> Result<Concept, Failure> {
    let account = caller.account(Permission::Write)?;
    let mut work = inside.write().await?;
    let old = work.tenancy().concept(account, id).await?.ok_or(Failure::NotFound("concept"))?;
    if seen.is_some_and(|seen| seen != old.version) {
        return Err(Failure::Stale { current: old.version });
    }
    if name == old.name {
        return Ok(old);
    }
    let new = Concept { name, version: old.version + 1, updated_at: inside.clock.now(), ..old };
    work.tenancy().save_concept(&new).await?;
    let line = ("concept.changed", id.to_string(), new.name.to_string());
    ledger::note(work.as_mut(), inside, Some(account), caller.actor, &caller.origin, line).await?;
    work.commit().await?;
    Ok(new)
}
