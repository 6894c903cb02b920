//! Looking inside a blob.

use creativestore_domain::access::Permission;
use creativestore_domain::facts::Facts;
use creativestore_domain::hash::Sha256;
use creativestore_domain::manifest::AssetKind;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::inside::Inside;
use crate::measure;

/// What was measured in a blob of the account, read as `expected` (`None`: by the bytes alone). Measures it now if
/// that was not done yet.
pub async fn facts(
    inside: &Inside,
    caller: &Caller,
    sha256: Sha256,
    expected: Option<AssetKind>,
) -> Result<Facts, Failure> {
    let account = caller.account(Permission::Read)?;
    let found = inside.peek().await?.assets().blob(account, sha256).await?;
    found.ok_or(Failure::NotFound("blob"))?;
    measure::blob(inside, account, sha256, expected).await
}
