//! Putting a creative in under the caller's own id: made when it is not there, changed when it differs, left alone
//! when it does not.

use creativestore_domain::access::Permission;
use creativestore_domain::creative::{Creative, Metadata};
use creativestore_domain::manifest::Manifest;
use creativestore_domain::revision::Revision;
use creativestore_domain::text::ExternalId;

use super::create::{Create, insert};
use super::revise::add;
use super::step::newest;
use crate::caller::Caller;
use crate::failure::{Failure, FieldError};
use crate::inside::Inside;
use crate::write::Write;
use crate::{ledger, manifests};

/// What a creative is to be.
#[derive(Clone, Debug)]
pub struct Upsert {
    /// The caller's own id.
    pub external_id: ExternalId,
    /// What can be changed without review.
    pub metadata: Metadata,
    /// Its content.
    pub manifest: Manifest,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upserted {
    /// It was made.
    Created,
    /// Its content changed, its metadata, or both.
    Changed {
        /// Whether there is a new revision.
        revision: bool,
        /// Whether the metadata changed.
        metadata: bool,
    },
    /// It was so already: no revision, no event.
    Unchanged,
}

/// Makes the creative so. `seen` is the metadata version that the caller saw; `None` means whatever it has.
pub async fn upsert(
    inside: &Inside,
    caller: &Caller,
    request: Upsert,
    seen: Option<u32>,
) -> Result<(Creative, Revision, Upserted), Failure> {
    let account = caller.account(Permission::Write)?;
    let Upsert { external_id, metadata, manifest } = request;
    let mut work = inside.write().await?;
    let Some(old) = work.creatives().by_external_id(account, &external_id).await? else {
        if seen.is_some() {
            return Err(Failure::NotFound("creative"));
        }
        let request = Create { external_id: Some(external_id), metadata, change_policy: None, manifest };
        let (creative, revision) = insert(inside, caller, work.as_mut(), account, request).await?;
        work.commit().await?;
        inside.wake.jobs.notify_one();
        inside.wake.outbox.notify_one();
        return Ok((creative, revision, Upserted::Created));
    };
    if seen.is_some_and(|seen| seen != old.version) {
        return Err(Failure::Stale { current: old.version });
    }
    if manifest.kind() != old.kind {
        let detail = format!("a creative never changes its kind: this one is `{}`", old.kind.as_str());
        return Err(Failure::Invalid(vec![FieldError::new("/manifest/kind", detail)]));
    }
    let mut errors =
        manifests::missing(work.as_mut(), &inside.catalogue, account, &manifest, "/manifest").await?;
    errors.extend(manifests::missing_concept(work.as_mut(), account, metadata.concept).await?);
    if !errors.is_empty() {
        return Err(Failure::Invalid(errors));
    }
    let (creative, metadata_changed) = amended(inside, caller, &mut work, old, metadata).await?;
    let (creative, added) = match add(inside, caller, &mut work, creative.clone(), manifest).await? {
        Some((creative, revision)) => (creative, Some(revision)),
        None => (creative, None),
    };
    let done = match (&added, metadata_changed) {
        (None, false) => Upserted::Unchanged,
        (added, metadata) => Upserted::Changed { revision: added.is_some(), metadata },
    };
    let revision = match added {
        Some(revision) => revision,
        None => newest(work.as_mut(), &creative).await?,
    };
    if done != Upserted::Unchanged {
        work.commit().await?;
        inside.wake.jobs.notify_one();
        inside.wake.outbox.notify_one();
    }
    Ok((creative, revision, done))
}

async fn amended(
    inside: &Inside,
    caller: &Caller,
    work: &mut Write,
    old: Creative,
    metadata: Metadata,
) -> Result<(Creative, bool), Failure> {
    let Some(change) = old.clone().amend(metadata, inside.stamp(caller.actor)) else {
        return Ok((old, false));
    };
    let newest = newest(work.as_mut(), &old).await?;
    let new = ledger::keep(work, inside, &caller.origin, change, Some(&newest)).await?;
    Ok((new, true))
}
