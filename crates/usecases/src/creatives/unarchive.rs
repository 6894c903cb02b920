//! Taking a creative out of the archive.

use creativestore_domain::access::Permission;
use creativestore_domain::catalogue::Catalogue;
use creativestore_domain::check::{CHECKER_VERSION, CheckRun};
use creativestore_domain::creative::Creative;
use creativestore_domain::id::CreativeId;
use creativestore_domain::text::Note;

use super::step;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::measure;
use crate::once::{Done, IdempotencyKey, Once};

/// Takes it out again: as it was, or into review, checked anew, when a format that it was checked against has changed
/// since.
pub async fn unarchive(
    inside: &Inside,
    caller: &Caller,
    id: CreativeId,
    note: Option<Note>,
    key: Option<&IdempotencyKey>,
) -> Result<Done<Creative>, Failure> {
    let account = caller.account(Permission::Write)?;
    let once = Once::new(caller.actor, key, &("creatives.unarchive", account, id, &note));
    let mut work = inside.write().await?;
    if let Some(creative) = step::before(&once, work.as_mut()).await? {
        return Ok(Done::before(creative));
    }
    let creative = work.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    let on = creative.active.unwrap_or(creative.newest).no;
    let run = work.revisions().newest_run(account, id, on).await?;
    let rereview = run.is_none_or(|run| outdated(&inside.catalogue, &run));
    let change = creative.unarchive(rereview, note, inside.stamp(caller.actor))?;
    if rereview {
        let revision = work.revisions().get(account, id, on).await?.ok_or(Failure::NotFound("revision"))?;
        // What was measured by another version of the inspector says nothing: then the reviewer sees the old checks.
        if let Some(facts) = measure::kept_of_manifest(work.as_mut(), account, &revision.manifest).await? {
            let run = measure::check_run(inside, &revision.manifest, &facts);
            work.revisions().insert_run(account, id, on, &run).await?;
        }
    }
    Ok(Done::now(step::keep(inside, caller, work, &once, change, false).await?))
}

/// Whether the checks might come out otherwise today.
fn outdated(catalogue: &Catalogue, run: &CheckRun) -> bool {
    let mut formats = run.reports.iter().filter_map(|report| report.format.as_ref());
    run.checker != CHECKER_VERSION
        || formats.any(|(id, version)| catalogue.get(id).is_none_or(|format| format.version != *version))
}
