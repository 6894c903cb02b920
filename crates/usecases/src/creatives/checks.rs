//! Looking at what the checks said of a revision.

use creativestore_domain::access::Permission;
use creativestore_domain::check::CheckRun;
use creativestore_domain::id::CreativeId;
use creativestore_domain::revision::RevisionNo;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// The newest check run of a revision; `None` while it is still being looked inside.
pub async fn checks(
    inside: &Inside,
    caller: &Caller,
    id: CreativeId,
    no: RevisionNo,
) -> Result<Option<CheckRun>, Failure> {
    let account = caller.account(Permission::Read)?;
    let mut work = inside.read().await?;
    work.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    work.revisions().get(account, id, no).await?.ok_or(Failure::NotFound("revision"))?;
    Ok(work.revisions().newest_run(account, id, no).await?)
}
