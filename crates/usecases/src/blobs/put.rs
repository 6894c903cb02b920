//! Taking bytes in.

use creativestore_domain::access::Permission;
use creativestore_domain::hash::Sha256;
use creativestore_ports::assets::BlobRecord;
use creativestore_ports::blobs::ByteStream;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::ledger;

/// A blob that was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its address.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether the account did not hold it before.
    pub created: bool,
}

/// Takes a stream of bytes into the account. When this returns, they are durable. `announced` is what the sender
/// says they hash to.
pub async fn put(
    inside: &Inside,
    caller: &Caller,
    bytes: ByteStream,
    announced: Option<Sha256>,
) -> Result<Stored, Failure> {
    let account = caller.account(Permission::Write)?;
    // Before any byte is taken: one of an account that is not there would have nowhere to be recorded.
    inside.peek().await?.tenancy().account(account).await?.ok_or(Failure::NotFound("account"))?;
    let kept = inside.blobs.put(account, bytes, inside.settings.upload_limit, announced).await?;
    let mut work = inside.write().await?;
    let record =
        BlobRecord { account, sha256: kept.sha256, bytes: kept.size, created_at: inside.clock.now() };
    let created = work.assets().record_blob(&record).await?;
    if created {
        let line = ("blob.added", kept.sha256.to_string(), format!("{} bytes", kept.size));
        ledger::note(work.as_mut(), inside, Some(account), caller.actor, &caller.origin, line).await?;
        work.commit().await?;
    }
    Ok(Stored { sha256: kept.sha256, bytes: kept.size, created })
}
