//! What tags and previews are made from: a revision with its facts, and the addresses and contents of its files.

use std::collections::BTreeMap;

use creativestore_domain::assignment::Assignment;
use creativestore_domain::creative::{Creative, RevisionRef};
use creativestore_domain::facts::{Facts, INSPECTOR_VERSION};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_domain::manifest::{Asset, AssetKind, MAX_INLINE_MARKUP, Source};
use creativestore_domain::revision::Revision;
use creativestore_domain::tag::{self, Click, Macros, TagInput};
use creativestore_ports::blobs::BlobError;
use creativestore_ports::store::UnitOfWork;
use futures_util::TryStreamExt;

use crate::failure::Failure;
use crate::inside::Inside;

/// Makes addresses of files that we hold, for whoever may know them: an address is a capability.
pub trait Links: Send + Sync {
    /// The address of a blob.
    fn asset(&self, account: AccountId, sha256: Sha256) -> String;
    /// The address of a file of a bundle; files beside it are reached relative to it.
    fn bundle_file(&self, account: AccountId, bundle: Sha256, path: &str) -> String;
}

/// A revision with everything that a tag or preview is made from.
#[derive(Clone, Debug)]
pub struct Material {
    /// The creative.
    pub creative: Creative,
    /// The revision that is shown.
    pub revision: Revision,
    /// What was measured, by slot.
    pub facts: BTreeMap<String, Facts>,
    /// The text of markup and VAST that is kept as a blob, by slot.
    pub contents: BTreeMap<String, String>,
}

impl Material {
    /// Loads what belongs to a revision.
    pub(crate) async fn load(
        inside: &Inside,
        work: &mut dyn UnitOfWork,
        creative: Creative,
        revision: Revision,
    ) -> Result<Self, Failure> {
        let mut facts = BTreeMap::new();
        let mut contents = BTreeMap::new();
        for (slot, asset) in revision.manifest.assets() {
            if let Some(sha256) = asset.sha256() {
                let measured = work
                    .assets()
                    .facts(creative.account, sha256, Some(asset.kind), INSPECTOR_VERSION)
                    .await?;
                facts.extend(measured.map(|measured| (slot.clone(), measured)));
            }
            if let Some(content) = content(inside, creative.account, asset).await? {
                contents.insert(slot.clone(), content);
            }
        }
        Ok(Self { creative, revision, facts, contents })
    }

    /// The addresses of its files.
    pub fn links(&self, links: &dyn Links) -> tag::Links {
        let account = self.creative.account;
        let mut found = tag::Links::default();
        for (slot, asset) in self.revision.manifest.assets() {
            if let Source::Blob(sha256) = asset.source {
                found.assets.insert(slot.clone(), links.asset(account, sha256));
                if let Some(Facts::Html5(html5)) = self.facts.get(slot) {
                    found.entry = Some(links.bundle_file(account, sha256, &html5.entry));
                }
            }
        }
        found
    }

    /// What the tag and preview functions of the domain take.
    pub fn input<'a>(
        &'a self,
        links: &'a tag::Links,
        assignment: Option<&'a Assignment>,
        size: Option<(u32, u32)>,
        macros: &'a Macros,
        click: &'a Click,
    ) -> TagInput<'a> {
        TagInput {
            creative: self.creative.id,
            name: &self.creative.metadata.name,
            revision: RevisionRef { no: self.revision.no, hash: self.revision.hash },
            manifest: &self.revision.manifest,
            facts: &self.facts,
            contents: &self.contents,
            assignment,
            links,
            size,
            macros,
            click,
        }
    }
}

/// The text of an asset that is markup and kept as a blob.
async fn content(inside: &Inside, account: AccountId, asset: &Asset) -> Result<Option<String>, Failure> {
    let Source::Blob(sha256) = asset.source else { return Ok(None) };
    if !matches!(asset.kind, AssetKind::Html | AssetKind::Javascript | AssetKind::Vast) {
        return Ok(None);
    }
    let limit = MAX_INLINE_MARKUP as u64 * 4;
    if inside.blobs.size(account, sha256).await? > limit {
        return Err(Failure::Blob(BlobError::TooLarge { limit }));
    }
    let pieces: Vec<_> = inside
        .blobs
        .open(account, sha256, None)
        .await?
        .try_collect()
        .await
        .map_err(|error| Failure::Blob(BlobError::Unavailable(error)))?;
    Ok(Some(String::from_utf8_lossy(&pieces.concat()).into_owned()))
}
