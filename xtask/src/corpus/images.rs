//! Judges what the service says of pictures by the first bytes of the files themselves. Decodes nothing.

use std::path::Path;

use serde_json::{Value, json};

use super::{Finding, measured, pixels, refused};
use crate::account::{Account, due};

/// A picture must be what its header says, or refused for a reason; where it can run must be answered.
pub fn judge(account: &Account, path: &Path) -> anyhow::Result<Finding> {
    let bytes = std::fs::read(path)?;
    let (sha256, facts) = measured(account, &bytes, "image")?;
    let (found, mut wrong) = match facts["type"].as_str() {
        Some("image") => (described(&facts), differs(&facts, &bytes)),
        Some("refused") => refused(&facts),
        _ => (facts["type"].to_string(), Some("neither a picture nor refused".to_owned())),
    };
    let asked = account.client.post(&account.path("/v1/checks"), &json!({ "blob": sha256 }))?;
    if let Err(error) = due(&asked, 200) {
        wrong.get_or_insert(format!("where can it run? {error:#}"));
    }
    Ok(Finding { file: String::new(), found, wrong })
}

/// A hostile file must be refused, whatever it claims to be.
pub fn judge_hostile(account: &Account, path: &Path) -> anyhow::Result<Finding> {
    let (_, facts) = measured(account, &std::fs::read(path)?, "image")?;
    let (found, wrong) = match facts["type"].as_str() {
        Some("refused") => refused(&facts),
        _ => (facts["type"].to_string(), Some("it was taken".to_owned())),
    };
    Ok(Finding { file: String::new(), found, wrong })
}

fn described(facts: &Value) -> String {
    let media_type = facts["media_type"].as_str().unwrap_or_default();
    let mut parts = vec![format!("{media_type} {}x{}", facts["width"], facts["height"])];
    let animation = &facts["animation"];
    if !animation.is_null() {
        parts.push(format!("{} frames in {} ms", animation["frames"], animation["pass_ms"]));
    }
    if facts["alpha"] == true {
        parts.push("alpha".to_owned());
    }
    if let Some(profile) = facts["colour_profile"].as_str() {
        parts.push(profile.to_owned());
    }
    if facts["orientation"] != 1 {
        parts.push(format!("orientation {}", facts["orientation"]));
    }
    parts.join(", ")
}

fn differs(facts: &Value, bytes: &[u8]) -> Option<String> {
    let Some((media_type, width, height)) = pixels::of(bytes) else {
        return Some("taken for a picture, and its header is none".to_owned());
    };
    let (found_width, found_height) = (facts["width"].as_u64(), facts["height"].as_u64());
    // Orientations 5 to 8 lie on their side.
    let turned = facts["orientation"].as_u64().is_some_and(|it| it >= 5);
    let sides = [(width, height), if turned { (height, width) } else { (width, height) }];
    let same = facts["media_type"] == media_type
        && sides.iter().any(|(w, h)| found_width == Some(*w) && found_height == Some(*h))
        && facts["bytes"].as_u64() == Some(bytes.len() as u64);
    (!same).then(|| format!("its header says {media_type} {width}x{height}"))
}
