//! Changing a creative's metadata: no revision, no review.

use creativestore_domain::access::Permission;
use creativestore_domain::creative::{Creative, Labels, Metadata};
use creativestore_domain::id::{ConceptId, CreativeId};
use creativestore_domain::patch::Patch;
use creativestore_domain::text::Name;
use creativestore_domain::time::Window;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::{ledger, manifests};

/// What changes; what is `None` or absent stays.
#[derive(Clone, Debug, Default)]
pub struct Amend {
    /// What people call it.
    pub name: Option<Name>,
    /// The concept that it belongs to.
    pub concept: Patch<ConceptId>,
    /// Words to find it by; replaces all of them.
    pub labels: Patch<Labels>,
    /// From when to when it may run.
    pub rights: Patch<Window>,
}

/// Changes the metadata, if it still has the version that was seen (`None`: whatever it has).
pub async fn amend(
    inside: &Inside,
    caller: &Caller,
    id: CreativeId,
    seen: Option<u32>,
    request: Amend,
) -> Result<Creative, Failure> {
    let account = caller.account(Permission::Write)?;
    let mut work = inside.write().await?;
    let old = work.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    if seen.is_some_and(|seen| seen != old.version) {
        return Err(Failure::Stale { current: old.version });
    }
    let Amend { name, concept, labels, rights } = request;
    let metadata = Metadata {
        name: name.unwrap_or_else(|| old.metadata.name.clone()),
        concept: concept.apply(old.metadata.concept),
        labels: labels.apply(Some(old.metadata.labels.clone())).unwrap_or_default(),
        rights: rights.apply(Some(old.metadata.rights)).unwrap_or_default(),
    };
    if let Some(error) = manifests::missing_concept(work.as_mut(), account, metadata.concept).await? {
        return Err(Failure::Invalid(vec![error]));
    }
    let newest = old.newest.no;
    let Some(change) = old.clone().amend(metadata, inside.stamp(caller.actor)) else { return Ok(old) };
    let newest = work.revisions().get(account, id, newest).await?.ok_or(Failure::NotFound("revision"))?;
    let new = ledger::keep(&mut work, inside, &caller.origin, change, Some(&newest)).await?;
    work.commit().await?;
    inside.wake.outbox.notify_one();
    Ok(new)
}
