//! A manifest over the wire.

use std::collections::BTreeMap;

use creativestore_domain::format::FormatId;
use creativestore_domain::hash::Sha256;
use creativestore_domain::manifest::{
    Asset, AssetKind, External, Kind, Manifest, Source, Tracker, TrackerEvent,
};
use creativestore_domain::text::WebUrl;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::edge::body::{Errors, escape};

/// The content of a revision.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "image",
    "formats": ["iab_display_300x250_image"],
    "assets": { "image": { "type": "image", "blob": "9573a2152a5025733b8059a396052f3575a5bc617ea24366fb1cb6d6fd0d00ef" } },
    "click_url": "https://www.example.com/landing",
    "trackers": [{ "event": "impression", "url": "https://t.example.com/i" }]
}))]
pub struct ManifestView {
    /// The kind of creative: `image`, `html5`, `display_tag`, `video_hosted`, `video_vast`, `native_in_feed`.
    #[schema(example = "image")]
    pub kind: String,
    /// The formats that it is made for and must pass.
    #[serde(default)]
    #[schema(example = json!(["iab_display_300x250_image"]))]
    pub formats: Vec<String>,
    /// The assets, by slot. `image` has `image`; `html5` has `bundle`; `display_tag` has `tag`; `video_hosted` has
    /// `video`; `video_vast` has `vast`; `native_in_feed` has `title` and `main_image`; each has optional slots beside.
    pub assets: BTreeMap<String, AssetView>,
    /// Where a click leads.
    #[serde(default)]
    #[schema(example = "https://www.example.com/landing")]
    pub click_url: Option<String>,
    /// Who is told of what.
    #[serde(default)]
    pub trackers: Vec<TrackerView>,
}

/// One typed piece. Exactly one of `blob`, `text` and `url` says where its content is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetView {
    /// Its type: `image`, `video`, `html`, `javascript`, `text`, `vast`, `zip`.
    #[serde(rename = "type")]
    #[schema(example = "image")]
    pub kind: String,
    /// The SHA-256 of bytes that were uploaded to this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// The content itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The address of content that stays elsewhere: kept, not fetched, not inspected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// With `url`: the media type that the content is said to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// With `url`: the width in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// With `url`: the height in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// With `url`: the duration in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// With `url`: the bit rate in kbit/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bitrate_kbps: Option<u32>,
}

/// A URL that is told when something happens.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrackerView {
    /// When: `impression`, `viewable_impression`, `click`, `start`, `first_quartile`, `midpoint`, `third_quartile`,
    /// `complete`.
    #[schema(example = "impression")]
    pub event: String,
    /// Whom.
    pub url: String,
}

impl From<&Manifest> for ManifestView {
    fn from(manifest: &Manifest) -> Self {
        let tracker = |Tracker { event, url }: &Tracker| TrackerView {
            event: event.as_str().into(),
            url: url.to_string(),
        };
        Self {
            kind: manifest.kind().as_str().into(),
            formats: manifest.formats().iter().map(ToString::to_string).collect(),
            assets: manifest.assets().iter().map(|(slot, asset)| (slot.clone(), asset.into())).collect(),
            click_url: manifest.click_url().map(ToString::to_string),
            trackers: manifest.trackers().iter().map(tracker).collect(),
        }
    }
}

impl From<&Asset> for AssetView {
    fn from(Asset { kind, source }: &Asset) -> Self {
        let view = Self { kind: kind.as_str().into(), ..Self::default() };
        match source {
            Source::Blob(sha256) => Self { blob: Some(sha256.to_string()), ..view },
            Source::Inline(text) => Self { text: Some(text.clone()), ..view },
            Source::External(External { url, media_type, width, height, duration_ms, bitrate_kbps }) => {
                Self {
                    url: Some(url.to_string()),
                    media_type: media_type.clone(),
                    width: *width,
                    height: *height,
                    duration_ms: *duration_ms,
                    bitrate_kbps: *bitrate_kbps,
                    ..view
                }
            }
        }
    }
}

impl ManifestView {
    /// The manifest, or everything that is wrong with it, by pointer below `root`.
    pub fn parse(&self, errors: &mut Errors, root: &str) -> Option<Manifest> {
        let Self { kind, formats, assets, click_url, trackers } = self;
        let kind = errors.word(&format!("{root}/kind"), kind, Kind::parse, Kind::ALL.map(Kind::as_str));
        let formats: Vec<_> = formats
            .iter()
            .enumerate()
            .map(|(n, id)| errors.take(&format!("{root}/formats/{n}"), FormatId::parse(id)))
            .collect();
        let assets: Vec<_> = assets
            .iter()
            .map(|(slot, asset)| {
                let asset = asset.parse(errors, &format!("{root}/assets/{}", escape(slot)))?;
                Some((slot.clone(), asset))
            })
            .collect();
        let click =
            click_url.as_ref().map(|url| errors.take(&format!("{root}/click_url"), WebUrl::parse(url)));
        let trackers: Vec<_> = trackers
            .iter()
            .enumerate()
            .map(|(n, TrackerView { event, url })| {
                let at = format!("{root}/trackers/{n}");
                let events = TrackerEvent::ALL.map(TrackerEvent::as_str);
                let event = errors.word(&format!("{at}/event"), event, TrackerEvent::parse, events);
                let url = errors.take(&format!("{at}/url"), WebUrl::parse(url));
                Some(Tracker { event: event?, url: url? })
            })
            .collect();
        let click = match click {
            Some(click) => Some(click?),
            None => None,
        };
        let manifest = Manifest::new(
            kind?,
            formats.into_iter().collect::<Option<_>>()?,
            assets.into_iter().collect::<Option<_>>()?,
            click,
            trackers.into_iter().collect::<Option<_>>()?,
        );
        match manifest {
            Ok(manifest) => Some(manifest),
            Err(problems) => {
                for problem in problems {
                    errors.add(&format!("{root}{}", problem.at), problem.problem.to_string());
                }
                None
            }
        }
    }
}

/// The most bytes of a declared media type.
const MAX_MEDIA_TYPE: usize = 100;

impl AssetView {
    fn parse(&self, errors: &mut Errors, at: &str) -> Option<Asset> {
        let Self { kind, blob, text, url, media_type, width, height, duration_ms, bitrate_kbps } = self;
        let kinds = AssetKind::ALL.map(AssetKind::as_str);
        let kind = errors.word(&format!("{at}/type"), kind, AssetKind::parse, kinds);
        let declared = media_type.is_some()
            || width.is_some()
            || height.is_some()
            || duration_ms.is_some()
            || bitrate_kbps.is_some();
        if declared && url.is_none() {
            errors.add(at, "`media_type`, `width`, `height`, `duration_ms` and `bitrate_kbps` go with `url` only: what is ours is measured");
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"/+.-".contains(&b);
        if media_type.as_ref().is_some_and(|it| it.len() > MAX_MEDIA_TYPE || !it.bytes().all(plain)) {
            errors.add(&format!("{at}/media_type"), "a media type: `video/mp4`");
        }
        let source = match (blob, text, url) {
            (Some(blob), None, None) => {
                Source::Blob(errors.take(&format!("{at}/blob"), Sha256::parse(blob))?)
            }
            (None, Some(text), None) => Source::Inline(text.clone()),
            (None, None, Some(url)) => Source::External(External {
                url: errors.take(&format!("{at}/url"), WebUrl::parse(url))?,
                media_type: media_type.as_ref().map(|it| it.to_ascii_lowercase()),
                width: *width,
                height: *height,
                duration_ms: *duration_ms,
                bitrate_kbps: *bitrate_kbps,
            }),
            _ => {
                errors.add(at, "exactly one of `blob`, `text` and `url` says where the content is");
                return None;
            }
        };
        Some(Asset { kind: kind?, source })
    }
}
