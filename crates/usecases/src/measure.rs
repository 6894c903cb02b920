//! Measuring the assets of a manifest: facts that are kept already are taken, the others come from the inspector
//! and are kept, with what was derived.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use creativestore_domain::check::{self, CHECKER_VERSION, CheckRun};
use creativestore_domain::facts::{Facts, INSPECTOR_VERSION, RefusalCode, Rendition, TextFacts};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, CheckRunId};
use creativestore_domain::manifest::{Asset, AssetKind, Manifest, Source};
use creativestore_domain::text::characters;
use creativestore_ports::blobs::{BlobError, ByteStream};
use creativestore_ports::inspector::{Derived, DerivedSink};
use creativestore_ports::store::UnitOfWork;

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

/// The facts of every asset that is ours, by slot, if all of them are kept.
pub(crate) async fn kept_of_manifest(
    work: &mut dyn UnitOfWork,
    account: AccountId,
    manifest: &Manifest,
) -> Result<Option<BTreeMap<String, Facts>>, Failure> {
    let mut facts = BTreeMap::new();
    for (slot, asset) in manifest.assets() {
        let found = match (&asset.source, asset.kind) {
            (Source::External(_), _) => continue,
            (Source::Inline(text), AssetKind::Text) => Some(counted(text)),
            (Source::Inline(_) | Source::Blob(_), kind) => match asset.sha256() {
                Some(sha256) => work.assets().facts(account, sha256, Some(kind), INSPECTOR_VERSION).await?,
                None => None,
            },
        };
        let Some(found) = found else { return Ok(None) };
        facts.insert(slot.clone(), found);
    }
    Ok(Some(facts))
}

/// Asks everything that the manifest must pass: integrity, then each format that it names.
pub(crate) fn check_run(inside: &Inside, manifest: &Manifest, facts: &BTreeMap<String, Facts>) -> CheckRun {
    let formats = manifest.formats().iter().filter_map(|id| inside.catalogue.get(id));
    let mut reports = vec![check::integrity(manifest, facts)];
    reports.extend(formats.map(|format| check::check(format, manifest, facts)));
    CheckRun { id: inside.id(CheckRunId::new), at: inside.clock.now(), checker: CHECKER_VERSION, reports }
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
    if broke(&facts) {
        // Says something of this one try: whoever asks next has the bytes looked at again.
        return Ok(facts);
    }
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

fn broke(facts: &Facts) -> bool {
    let Facts::Refused(refusals) = facts else { return false };
    refusals.iter().any(|refusal| refusal.code == RefusalCode::InspectionFailed)
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
