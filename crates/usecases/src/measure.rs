//! Measuring the assets of a manifest: facts that are kept already are taken, the others come from the inspector
//! and are kept, with what was derived.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use creativestore_domain::facts::{Facts, INSPECTOR_VERSION, Rendition, TextFacts};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_domain::manifest::{Asset, AssetKind, Manifest, Source};
use creativestore_domain::text::characters;
use creativestore_ports::blobs::{BlobError, ByteStream};
use creativestore_ports::inspector::{Derived, DerivedSink};

use crate::failure::Failure;
use crate::inside::Inside;

/// The facts of every asset that is ours, by slot.
pub(crate) async fn manifest(
    inside: &Inside,
    account: AccountId,
    manifest: &Manifest,
) -> Result<BTreeMap<String, Facts>, Failure> {
    let mut facts = BTreeMap::new();
    for (slot, asset) in manifest.assets() {
        if let Some(measured) = measured(inside, account, asset).await? {
            facts.insert(slot.clone(), measured);
        }
    }
    Ok(facts)
}

async fn measured(inside: &Inside, account: AccountId, asset: &Asset) -> Result<Option<Facts>, Failure> {
    match (&asset.source, asset.kind) {
        (Source::External(_), _) => Ok(None),
        (Source::Inline(text), AssetKind::Text) => Ok(Some(counted(text))),
        (Source::Inline(text), kind) => {
            let text = Bytes::copy_from_slice(text.as_bytes());
            let sha256 = Sha256::of(&text);
            let stream = move || once(text);
            measure(inside, account, sha256, Some(kind), stream).await.map(Some)
        }
        (Source::Blob(sha256), kind) => blob(inside, account, *sha256, Some(kind)).await.map(Some),
    }
}

/// The facts of one blob, read as `expected`; the blob must be recorded in the account.
pub(crate) async fn blob(
    inside: &Inside,
    account: AccountId,
    sha256: Sha256,
    expected: Option<AssetKind>,
) -> Result<Facts, Failure> {
    if let Some(kept) = kept(inside, account, sha256, expected).await? {
        return Ok(kept);
    }
    let stream = inside.blobs.open(account, sha256, None).await?;
    measure(inside, account, sha256, expected, move || stream).await
}

async fn kept(
    inside: &Inside,
    account: AccountId,
    sha256: Sha256,
    expected: Option<AssetKind>,
) -> Result<Option<Facts>, Failure> {
    Ok(inside.peek().await?.assets().facts(account, sha256, expected, INSPECTOR_VERSION).await?)
}

async fn measure(
    inside: &Inside,
    account: AccountId,
    sha256: Sha256,
    expected: Option<AssetKind>,
    stream: impl FnOnce() -> ByteStream,
) -> Result<Facts, Failure> {
    if let Some(kept) = kept(inside, account, sha256, expected).await? {
        return Ok(kept);
    }
    let mut keeper = Keeper { inside, account, renditions: Vec::new() };
    let facts = inside.inspector.inspect(expected, stream(), &mut keeper).await?;
    let renditions = keeper.renditions;
    let mut work = inside.write().await?;
    let assets = work.assets();
    for rendition in &renditions {
        assets.keep_rendition(account, sha256, rendition).await?;
    }
    assets.keep_facts(account, sha256, expected, INSPECTOR_VERSION, &facts).await?;
    work.commit().await?;
    Ok(facts)
}

/// Keeps derived bytes as they come, and remembers what they are.
struct Keeper<'a> {
    inside: &'a Inside,
    account: AccountId,
    renditions: Vec<Rendition>,
}

#[async_trait]
impl DerivedSink for Keeper<'_> {
    async fn keep(&mut self, derived: Derived) -> Result<(), BlobError> {
        let Derived { recipe, media_type, size, bytes } = derived;
        let length = bytes.len() as u64;
        let kept = self.inside.blobs.put(self.account, once(bytes), length, None).await?;
        self.renditions.push(Rendition { recipe, sha256: kept.sha256, bytes: kept.size, media_type, size });
        Ok(())
    }
}

fn once(bytes: Bytes) -> ByteStream {
    Box::pin(futures_util::stream::once(async { Ok(bytes) }))
}

fn counted(text: &str) -> Facts {
    let characters = u32::try_from(characters(text)).unwrap_or(u32::MAX);
    Facts::Text(TextFacts { bytes: text.len() as u64, characters })
}
