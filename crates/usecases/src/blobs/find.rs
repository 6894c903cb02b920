//! Finding a blob.

use creativestore_domain::access::Permission;
use creativestore_domain::hash::Sha256;
use creativestore_ports::assets::BlobRecord;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;

/// The record of a blob of the account.
pub async fn find(inside: &Inside, caller: &Caller, sha256: Sha256) -> Result<BlobRecord, Failure> {
    let account = caller.account(Permission::Read)?;
    inside.peek().await?.assets().blob(account, sha256).await?.ok_or(Failure::NotFound("blob"))
}
