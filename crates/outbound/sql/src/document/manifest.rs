//! A manifest as a document.

use std::collections::BTreeMap;

use creativestore_domain::format::FormatId;
use creativestore_domain::hash::Sha256;
use creativestore_domain::manifest::{
    Asset, AssetKind, External, Kind, Manifest, Source, Tracker, TrackerEvent,
};
use creativestore_domain::text::WebUrl;
use creativestore_ports::store::StoreError;
use serde::{Deserialize, Serialize};

use super::{read, word, write};
use crate::corrupt;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManifestTwin {
    kind: String,
    formats: Vec<String>,
    assets: BTreeMap<String, AssetTwin>,
    click_url: Option<String>,
    trackers: Vec<TrackerTwin>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AssetTwin {
    kind: String,
    source: SourceTwin,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SourceTwin {
    Blob(String),
    Inline(String),
    External(ExternalTwin),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExternalTwin {
    url: String,
    media_type: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    duration_ms: Option<u64>,
    bitrate_kbps: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrackerTwin {
    event: String,
    url: String,
}

/// A manifest as it is kept.
pub fn manifest_text(manifest: &Manifest) -> String {
    write(&ManifestTwin::from(manifest))
}

/// A manifest as it was kept.
pub fn manifest_from(text: &str) -> Result<Manifest, StoreError> {
    read::<ManifestTwin>("manifest", text)?.into_domain()
}

impl From<&Manifest> for ManifestTwin {
    fn from(manifest: &Manifest) -> Self {
        let asset = |asset: &Asset| {
            let Asset { kind, source } = asset;
            let source = match source {
                Source::Blob(sha256) => SourceTwin::Blob(sha256.to_string()),
                Source::Inline(text) => SourceTwin::Inline(text.clone()),
                Source::External(External { url, media_type, width, height, duration_ms, bitrate_kbps }) => {
                    SourceTwin::External(ExternalTwin {
                        url: url.to_string(),
                        media_type: media_type.clone(),
                        width: *width,
                        height: *height,
                        duration_ms: *duration_ms,
                        bitrate_kbps: *bitrate_kbps,
                    })
                }
            };
            AssetTwin { kind: kind.as_str().to_owned(), source }
        };
        let tracker = |Tracker { event, url }: &Tracker| TrackerTwin {
            event: event.as_str().into(),
            url: url.to_string(),
        };
        Self {
            kind: manifest.kind().as_str().to_owned(),
            formats: manifest.formats().iter().map(ToString::to_string).collect(),
            assets: manifest.assets().iter().map(|(slot, it)| (slot.clone(), asset(it))).collect(),
            click_url: manifest.click_url().map(ToString::to_string),
            trackers: manifest.trackers().iter().map(tracker).collect(),
        }
    }
}

impl ManifestTwin {
    pub(super) fn into_domain(self) -> Result<Manifest, StoreError> {
        let Self { kind, formats, assets, click_url, trackers } = self;
        let formats = formats.iter().map(|id| FormatId::parse(id).map_err(|_| corrupt("format id", id)));
        let assets = assets.into_iter().map(|(slot, asset)| Ok((slot, asset.into_domain()?)));
        let trackers = trackers.iter().map(|TrackerTwin { event, url }| {
            Ok(Tracker { event: word("tracker event", event, TrackerEvent::parse)?, url: web(url)? })
        });
        Manifest::new(
            word("kind", &kind, Kind::parse)?,
            formats.collect::<Result<_, StoreError>>()?,
            assets.collect::<Result<_, StoreError>>()?,
            click_url.as_deref().map(web).transpose()?,
            trackers.collect::<Result<_, StoreError>>()?,
        )
        .map_err(|errors| corrupt("manifest", errors))
    }
}

impl AssetTwin {
    fn into_domain(self) -> Result<Asset, StoreError> {
        let Self { kind, source } = self;
        let source = match source {
            SourceTwin::Blob(sha256) => {
                Source::Blob(Sha256::parse(&sha256).map_err(|_| corrupt("hash", &sha256))?)
            }
            SourceTwin::Inline(text) => Source::Inline(text),
            SourceTwin::External(ExternalTwin {
                url,
                media_type,
                width,
                height,
                duration_ms,
                bitrate_kbps,
            }) => Source::External(External {
                url: web(&url)?,
                media_type,
                width,
                height,
                duration_ms,
                bitrate_kbps,
            }),
        };
        Ok(Asset { kind: word("asset type", &kind, AssetKind::parse)?, source })
    }
}

fn web(url: &str) -> Result<WebUrl, StoreError> {
    WebUrl::parse(url).map_err(|_| corrupt("URL", url))
}
