//! New content for a creative.

use creativestore_domain::access::Permission;
use creativestore_domain::creative::Creative;
use creativestore_domain::id::CreativeId;
use creativestore_domain::manifest::Manifest;
use creativestore_domain::revision::Revision;
use creativestore_ports::idempotency::Outcome;

use super::{ask_for_inspection, newest_revision};
use crate::caller::Caller;
use crate::failure::{Failure, FieldError};
use crate::inside::Inside;
use crate::once::{Done, IdempotencyKey, Once, mismatch};
use crate::write::Write;
use crate::{ledger, manifests};

/// What came of it.
#[derive(Clone, Debug)]
pub struct Revised {
    /// The newest revision.
    pub revision: Revision,
    /// Whether it was added now; otherwise the content was the same.
    pub added: bool,
}

/// Adds a revision, unless its canonical content is that of the newest one.
pub async fn revise(
    inside: &Inside,
    caller: &Caller,
    id: CreativeId,
    manifest: Manifest,
    key: Option<&IdempotencyKey>,
) -> Result<Done<Revised>, Failure> {
    let account = caller.account(Permission::Write)?;
    let once = Once::new(caller.actor, key, &("creatives.revise", account, id, &manifest));
    let mut work = inside.write().await?;
    match once.before(work.as_mut()).await? {
        Some(Outcome::Revision { revision, added }) => {
            return Ok(Done::before(Revised { revision: *revision, added }));
        }
        Some(_) => return Err(mismatch()),
        None => {}
    }
    let creative = work.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    if manifest.kind() != creative.kind {
        let detail = format!("a creative never changes its kind: this one is `{}`", creative.kind.as_str());
        return Err(Failure::Invalid(vec![FieldError::new("/kind", detail)]));
    }
    let errors = manifests::missing(work.as_mut(), &inside.catalogue, account, &manifest, "").await?;
    if !errors.is_empty() {
        return Err(Failure::Invalid(errors));
    }
    let newest = creative.newest.no;
    let revised = match add(inside, caller, &mut work, creative, manifest).await? {
        Some((_, revision)) => Revised { revision, added: true },
        None => {
            let newest = work.revisions().get(account, id, newest).await?;
            Revised { revision: newest.ok_or(Failure::NotFound("revision"))?, added: false }
        }
    };
    let outcome = || Outcome::Revision { revision: Box::new(revised.revision.clone()), added: revised.added };
    once.keep(work.as_mut(), inside, outcome).await?;
    work.commit().await?;
    inside.wake.jobs.notify_one();
    inside.wake.outbox.notify_one();
    Ok(Done::now(revised))
}

/// Writes a new revision, its job, its audit line and its event; nothing when the content is the same.
pub(super) async fn add(
    inside: &Inside,
    caller: &Caller,
    work: &mut Write,
    creative: Creative,
    manifest: Manifest,
) -> Result<Option<(Creative, Revision)>, Failure> {
    let parent = creative.newest.no;
    let stamp = inside.stamp(caller.actor);
    let Some(change) = creative.revise(manifest.canonical_hash(), stamp)? else { return Ok(None) };
    let revision = newest_revision(&change.state, manifest, caller.actor, Some(parent), stamp.at);
    work.revisions().insert(&revision).await?;
    let creative = ledger::keep(work, inside, &caller.origin, change, Some(&revision)).await?;
    ask_for_inspection(work.as_mut(), inside, &creative).await?;
    Ok(Some((creative, revision)))
}
