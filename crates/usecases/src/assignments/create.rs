//! Assigning a creative to a package.

use creativestore_domain::access::Permission;
use creativestore_domain::assignment::{Assignment, Weight};
use creativestore_domain::deliverable::deliverable;
use creativestore_domain::format::FormatId;
use creativestore_domain::id::{AssignmentId, CreativeId};
use creativestore_domain::text::ExternalRef;
use creativestore_domain::time::Window;
use creativestore_ports::idempotency::Outcome;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::once::{Done, IdempotencyKey, Once, mismatch};
use crate::{ledger, manifests};

/// What is put to use, and where.
#[derive(Clone, Debug)]
pub struct Create {
    /// Which creative.
    pub creative: CreativeId,
    /// The package that it is used in.
    pub package: ExternalRef,
    /// The media buy that the package is part of.
    pub media_buy: Option<ExternalRef>,
    /// How often it is chosen.
    pub weight: Weight,
    /// From when to when.
    pub flight: Window,
    /// The format that it will run as, when that is known: its checks must not have failed.
    pub format: Option<FormatId>,
}

/// Puts a creative to use. Refused when it has no deliverable revision. Rights that begin later do not stand
/// against it, as long as they are not over.
pub async fn create(
    inside: &Inside,
    caller: &Caller,
    request: Create,
    key: Option<&IdempotencyKey>,
) -> Result<Done<Assignment>, Failure> {
    let account = caller.account(Permission::Write)?;
    let once = Once::new(caller.actor, key, &("assignments.create", account, &request));
    let Create { creative: id, package, media_buy, weight, flight, format } = request;
    let mut work = inside.write().await?;
    match once.before(work.as_mut()).await? {
        Some(Outcome::Assignment(assignment)) => return Ok(Done::before(assignment)),
        Some(_) => return Err(mismatch()),
        None => {}
    }
    let creative = work.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    manifests::target(&inside.catalogue, creative.kind, format.as_ref())?;
    let now = inside.clock.now();
    let run = match creative.active {
        Some(active) => work.revisions().newest_run(account, id, active.no).await?,
        None => None,
    };
    let begins = creative.metadata.rights.from().map_or(now, |from| from.max(now));
    deliverable(&creative, run.as_ref(), begins, format.as_ref())?;
    let assignment = Assignment {
        id: inside.id(AssignmentId::new),
        account,
        creative: id,
        package: package.clone(),
        media_buy,
        weight,
        flight,
        created_at: now,
        ended_at: None,
    };
    work.assignments().insert(&assignment).await?;
    let change = creative.assigned(assignment.id, package, true, inside.stamp(caller.actor));
    ledger::keep(&mut work, inside, &caller.origin, change, None).await?;
    once.keep(work.as_mut(), inside, || Outcome::Assignment(assignment.clone())).await?;
    work.commit().await?;
    inside.wake.outbox.notify_one();
    Ok(Done::now(assignment))
}
