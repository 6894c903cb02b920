//! What a preview shows.

use creativestore_domain::access::Permission;
use creativestore_domain::creative::RevisionRef;
use creativestore_domain::id::{AccountId, CreativeId};
use creativestore_domain::revision::RevisionNo;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::material::Material;

/// The account and the revision that a caller may have a preview link to; the newest one when no number is given.
pub async fn find(
    inside: &Inside,
    caller: &Caller,
    id: CreativeId,
    no: Option<RevisionNo>,
) -> Result<(AccountId, RevisionRef), Failure> {
    let account = caller.account(Permission::Read)?;
    let mut work = inside.read().await?;
    let creative = work.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    let no = no.unwrap_or(creative.newest.no);
    let revision = work.revisions().get(account, id, no).await?.ok_or(Failure::NotFound("revision"))?;
    Ok((account, RevisionRef { no, hash: revision.hash }))
}

/// What a preview of a revision is made from. Whoever asks has proven by a signed link that they may see it.
pub async fn show(
    inside: &Inside,
    account: AccountId,
    id: CreativeId,
    no: RevisionNo,
) -> Result<Material, Failure> {
    let mut work = inside.read().await?;
    let creative = work.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    let revision = work.revisions().get(account, id, no).await?.ok_or(Failure::NotFound("revision"))?;
    Material::load(inside, work.as_mut(), creative, revision).await
}
