//! Giving out the files that tags and previews refer to. Whoever asks has proven by the address that they may have
//! them.

use std::ops::Range;

use creativestore_domain::facts::{Facts, INSPECTOR_VERSION, Recipe, Rendition};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_domain::manifest::AssetKind;
use creativestore_ports::blobs::ByteStream;

use crate::failure::Failure;
use crate::inside::Inside;

/// A file to give out.
pub struct File {
    /// Its address.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its type, from its bytes.
    pub media_type: String,
    /// Its bytes, or the part that was asked for.
    pub content: ByteStream,
}

/// A picture or document that a tag refers to.
pub async fn asset(
    inside: &Inside,
    account: AccountId,
    sha256: Sha256,
    range: Option<Range<u64>>,
) -> Result<File, Failure> {
    let mut work = inside.read().await?;
    let record = work.assets().blob(account, sha256).await?.ok_or(Failure::NotFound("blob"))?;
    let mut media_type = "application/octet-stream".to_owned();
    for (expected, otherwise) in [(AssetKind::Image, ""), (AssetKind::Vast, "application/xml")] {
        match work.assets().facts(account, sha256, Some(expected), INSPECTOR_VERSION).await? {
            Some(Facts::Image(image)) => media_type = image.image_type.media_type().to_owned(),
            Some(Facts::Vast(_)) => media_type = otherwise.to_owned(),
            _ => {}
        }
    }
    drop(work);
    let content = inside.blobs.open(account, sha256, range).await?;
    Ok(File { sha256, bytes: record.bytes, media_type, content })
}

/// A file of a bundle.
pub async fn bundle_file(
    inside: &Inside,
    account: AccountId,
    bundle: Sha256,
    path: &str,
    range: Option<Range<u64>>,
) -> Result<File, Failure> {
    let recipe = Recipe::File(path.to_owned());
    let found = inside.peek().await?.assets().rendition(account, bundle, &recipe).await?;
    let Rendition { sha256, bytes, media_type, .. } = found.ok_or(Failure::NotFound("file"))?;
    let content = inside.blobs.open(account, sha256, range).await?;
    Ok(File { sha256, bytes, media_type, content })
}
