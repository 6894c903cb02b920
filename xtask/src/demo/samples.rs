//! `samples.toml`: what is put in and what must become of it. Reads it, and nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

/// The samples, and the folder that their files lie in.
pub struct Samples {
    pub creatives: Vec<Sample>,
    folder: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    creative: Vec<Sample>,
}

/// One creative.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    pub external_id: String,
    pub name: String,
    pub kind: String,
    pub concept: String,
    pub labels: Vec<String>,
    pub formats: Vec<String>,
    pub click_url: Option<String>,
    /// The channel of the tag that is taken out once it is approved.
    pub tag: Option<String>,
    pub expect: Expect,
    /// What the reviewer decides; `None` when it waits for nobody.
    pub review: Option<Review>,
    pub assets: BTreeMap<String, Asset>,
    #[serde(default)]
    pub trackers: Vec<Tracker>,
}

/// Where it stands once it was looked inside and checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    pub status: String,
    /// Rules that must be among the failed checks.
    #[serde(default)]
    pub failed: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    pub decision: String,
    pub note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    kind: String,
    /// Bytes beside the document, uploaded as a blob.
    pub file: Option<String>,
    text: Option<String>,
    /// A text beside the document, given inline.
    inline_file: Option<String>,
    pub url: Option<String>,
    media_type: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    duration_ms: Option<u64>,
    bitrate_kbps: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tracker {
    pub event: String,
    pub url: String,
}

impl Samples {
    /// Reads the document at `path`; of its creatives only those in `only`, unless that is empty.
    pub fn read(path: &Path, only: &[String]) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let Document { mut creative } =
            toml::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
        for id in only {
            let there = creative.iter().any(|sample| sample.external_id == *id);
            ensure!(there, "{} has no creative `{id}`", path.display());
        }
        creative.retain(|sample| only.is_empty() || only.contains(&sample.external_id));
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        Ok(Self { creatives: creative, folder })
    }

    /// The bytes of a file beside the document.
    pub fn bytes(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let path = self.folder.join(name);
        std::fs::read(&path).with_context(|| format!("reading {}", path.display()))
    }

    /// The manifest of a sample, as it is sent. `blobs` has the hash of each uploaded file by its name.
    pub fn manifest(&self, sample: &Sample, blobs: &BTreeMap<String, String>) -> anyhow::Result<Value> {
        let mut assets = serde_json::Map::new();
        for (slot, asset) in &sample.assets {
            let mut value = json!({ "type": asset.kind });
            if let Some(text) = self.text(asset)? {
                value["text"] = text.into();
            }
            if let Some(file) = &asset.file {
                let blob = blobs.get(file).with_context(|| format!("{file} was not taken in"))?;
                value["blob"] = blob.as_str().into();
            }
            let declared = [
                ("url", asset.url.as_deref().map(Value::from)),
                ("media_type", asset.media_type.as_deref().map(Value::from)),
                ("width", asset.width.map(Value::from)),
                ("height", asset.height.map(Value::from)),
                ("duration_ms", asset.duration_ms.map(Value::from)),
                ("bitrate_kbps", asset.bitrate_kbps.map(Value::from)),
            ];
            for (name, declared) in declared {
                if let Some(declared) = declared {
                    value[name] = declared;
                }
            }
            assets.insert(slot.clone(), value);
        }
        let trackers = sample.trackers.iter();
        let trackers = trackers.map(|Tracker { event, url }| json!({ "event": event, "url": url }));
        Ok(json!({
            "kind": sample.kind,
            "formats": sample.formats,
            "assets": assets,
            "click_url": sample.click_url,
            "trackers": trackers.collect::<Vec<_>>(),
        }))
    }

    /// An asset's inline text, if that is what it is.
    pub fn text(&self, asset: &Asset) -> anyhow::Result<Option<String>> {
        match (&asset.text, &asset.inline_file) {
            (Some(text), _) => Ok(Some(text.clone())),
            (None, Some(file)) => Ok(Some(String::from_utf8(self.bytes(file)?)?)),
            (None, None) => Ok(None),
        }
    }
}

impl Sample {
    /// Where it stands when everybody has had their say.
    pub fn final_status(&self) -> &str {
        match self.review.as_ref().map(|review| review.decision.as_str()) {
            Some("approve") => "approved",
            Some(_) => "rejected",
            None => &self.expect.status,
        }
    }

    /// Whether it is put to use in the end.
    pub fn approved(&self) -> bool {
        self.final_status() == "approved"
    }
}
