//! Putting a creative in.

use creativestore_domain::access::Permission;
use creativestore_domain::account::ChangePolicy;
use creativestore_domain::creative::{Creative, Draft, Metadata};
use creativestore_domain::id::{AccountId, CreativeId};
use creativestore_domain::manifest::Manifest;
use creativestore_domain::revision::Revision;
use creativestore_domain::text::ExternalId;
use creativestore_ports::idempotency::Outcome;
use creativestore_ports::store::UnitOfWork;

use super::{ask_for_inspection, newest_revision};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::manifests;
use crate::once::{Done, IdempotencyKey, Once, mismatch};

/// What a new creative is made from.
#[derive(Clone, Debug)]
pub struct Create {
    /// The caller's own id.
    pub external_id: Option<ExternalId>,
    /// What can be changed without review.
    pub metadata: Metadata,
    /// What happens when its content changes; the account's when `None`.
    pub change_policy: Option<ChangePolicy>,
    /// Its content.
    pub manifest: Manifest,
}

/// Makes a creative with its first revision, which is then looked inside and checked.
pub async fn create(
    inside: &Inside,
    caller: &Caller,
    request: Create,
    key: Option<&IdempotencyKey>,
) -> Result<Done<(Creative, Revision)>, Failure> {
    let account = caller.account(Permission::Write)?;
    let once = Once::new(caller.actor, key, &("creatives.create", account, &request));
    let mut work = inside.write().await?;
    match once.before(work.as_mut()).await? {
        Some(Outcome::Creative { creative, revision }) => return Ok(Done::before((*creative, *revision))),
        Some(_) => return Err(mismatch()),
        None => {}
    }
    let (creative, revision) = insert(inside, caller, work.as_mut(), account, request).await?;
    let outcome =
        || Outcome::Creative { creative: Box::new(creative.clone()), revision: Box::new(revision.clone()) };
    once.keep(work.as_mut(), inside, outcome).await?;
    work.commit().await?;
    inside.wake.jobs.notify_one();
    inside.wake.outbox.notify_one();
    Ok(Done::now((creative, revision)))
}

/// Writes a new creative, its first revision, its job, its audit line and its event.
pub(super) async fn insert(
    inside: &Inside,
    caller: &Caller,
    work: &mut dyn UnitOfWork,
    account: AccountId,
    request: Create,
) -> Result<(Creative, Revision), Failure> {
    let owner = work.tenancy().account(account).await?.ok_or(Failure::NotFound("account"))?;
    let Create { external_id, metadata, change_policy, manifest } = request;
    let mut errors = manifests::missing(work, &inside.catalogue, account, &manifest, "/manifest").await?;
    errors.extend(manifests::missing_concept(work, account, metadata.concept).await?);
    if !errors.is_empty() {
        return Err(Failure::Invalid(errors));
    }
    let draft = Draft {
        id: inside.id(CreativeId::new),
        account,
        external_id,
        kind: manifest.kind(),
        metadata,
        change_policy: change_policy.unwrap_or(owner.change_policy),
        hash: manifest.canonical_hash(),
    };
    let stamp = inside.stamp(caller.actor);
    let change = Creative::create(draft, stamp);
    let creative = change.state;
    let revision = newest_revision(&creative, manifest, caller.actor, None, stamp.at);
    work.creatives().insert(&creative, &revision).await?;
    work.revisions().insert(&revision).await?;
    ask_for_inspection(work, inside, &creative).await?;
    work.journal().record(inside.audit_id(), &caller.origin, &change.event).await?;
    Ok((creative, revision))
}
