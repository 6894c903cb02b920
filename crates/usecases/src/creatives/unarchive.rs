//! Taking a creative out of the archive.

use creativestore_domain::access::Permission;
use creativestore_domain::catalogue::Catalogue;
use creativestore_domain::check::{CHECKER_VERSION, CheckRun};
use creativestore_domain::creative::Creative;
use creativestore_domain::id::CreativeId;
use creativestore_domain::text::Note;

use super::resubmit::moved;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::once::{Done, IdempotencyKey};

/// Takes it out again: as it was, or into review when a format that it was checked against has changed since.
pub async fn unarchive(
    inside: &Inside,
    caller: &Caller,
    id: CreativeId,
    note: Option<Note>,
    key: Option<&IdempotencyKey>,
) -> Result<Done<Creative>, Failure> {
    let account = caller.account(Permission::Write)?;
    let asked = ("creatives.unarchive", account, id, note.clone());
    moved(inside, caller, account, id, key, &asked, async |work, creative, stamp| {
        let checked = creative.active.unwrap_or(creative.newest).no;
        let run = work.revisions().newest_run(account, id, checked).await?;
        let rereview = run.is_none_or(|run| outdated(&inside.catalogue, &run));
        Ok((creative.unarchive(rereview, note, stamp)?, false))
    })
    .await
}

/// Whether the checks might come out otherwise today.
fn outdated(catalogue: &Catalogue, run: &CheckRun) -> bool {
    let mut formats = run.reports.iter().filter_map(|report| report.format.as_ref());
    run.checker != CHECKER_VERSION
        || formats.any(|(id, version)| catalogue.get(id).is_none_or(|format| format.version != *version))
}
