//! Looking at a concept.

use creativestore_domain::access::Permission;
use creativestore_domain::concept::Concept;
use creativestore_domain::id::ConceptId;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// A concept of the account.
pub async fn get(inside: &Inside, caller: &Caller, id: ConceptId) -> Result<Concept, Failure> {
    let account = caller.account(Permission::Read)?;
    inside.peek().await?.tenancy().concept(account, id).await?.ok_or(Failure::NotFound("concept"))
}
