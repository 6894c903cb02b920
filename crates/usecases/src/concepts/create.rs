//! Making a concept.

use creativestore_domain::access::Permission;
use creativestore_domain::concept::Concept;
use creativestore_domain::id::ConceptId;
use creativestore_domain::text::Name;
use creativestore_ports::idempotency::Outcome;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::ledger;
use crate::once::{Done, IdempotencyKey, Once, mismatch};

/// Makes a concept in the account.
pub async fn create(
    inside: &Inside,
    caller: &Caller,
    name: Name,
    key: Option<&IdempotencyKey>,
) -> Result<Done<Concept>, Failure> {
    let account = caller.account(Permission::Write)?;
    let once = Once::new(caller.actor, key, &("concepts.create", account, &name));
    let mut work = inside.write().await?;
    work.tenancy().account(account).await?.ok_or(Failure::NotFound("account"))?;
    match once.before(work.as_mut()).await? {
        Some(Outcome::Concept(concept)) => return Ok(Done::before(concept)),
        Some(_) => return Err(mismatch()),
        None => {}
    }
    let now = inside.clock.now();
    let id = inside.id(ConceptId::new);
    let concept = Concept { id, account, name, version: 1, created_at: now, updated_at: now };
    work.tenancy().insert_concept(&concept).await?;
    let line = ("concept.created", id.to_string(), concept.name.to_string());
    ledger::note(work.as_mut(), inside, Some(account), caller.actor, &caller.origin, line).await?;
    once.keep(work.as_mut(), inside, || Outcome::Concept(concept.clone())).await?;
    work.commit().await?;
    Ok(Done::now(concept))
}
