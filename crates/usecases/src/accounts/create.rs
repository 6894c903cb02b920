//! Making an account: for administrators of the installation.

use creativestore_domain::account::{Account, ChangePolicy};
use creativestore_domain::id::AccountId;
use creativestore_domain::text::Name;
use creativestore_ports::idempotency::Outcome;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::ledger;
use crate::once::{Done, IdempotencyKey, Once, mismatch};

/// What a new account is made from.
#[derive(Clone, Debug)]
pub struct Create {
    /// What people call it.
    pub name: Name,
    /// The brand's domain.
    pub brand_domain: Option<Name>,
    /// Who acts for the brand.
    pub operator: Option<Name>,
    /// What new creatives get as their change policy.
    pub change_policy: ChangePolicy,
}

/// Makes an account.
pub async fn create(
    inside: &Inside,
    caller: &Caller,
    request: Create,
    key: Option<&IdempotencyKey>,
) -> Result<Done<Account>, Failure> {
    caller.installation()?;
    let once = Once::new(caller.actor, key, &("accounts.create", &request));
    let mut work = inside.write().await?;
    match once.before(work.as_mut()).await? {
        Some(Outcome::Account(account)) => return Ok(Done::before(account)),
        Some(_) => return Err(mismatch()),
        None => {}
    }
    let Create { name, brand_domain, operator, change_policy } = request;
    let now = inside.clock.now();
    let id = inside.id(AccountId::new);
    let account = Account {
        id,
        name,
        brand_domain,
        operator,
        change_policy,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    work.tenancy().insert_account(&account).await?;
    let line = ("account.created", id.to_string(), account.name.to_string());
    ledger::note(work.as_mut(), inside, Some(id), caller.actor, &caller.origin, line).await?;
    once.keep(work.as_mut(), inside, || Outcome::Account(account.clone())).await?;
    work.commit().await?;
    Ok(Done::now(account))
}
