//! Twins of a picture's facts. Knows no pixels.

use creativestore_domain::facts as domain;
use serde::{Deserialize, Serialize};

use super::{Hostile, maybe_text, named};

/// Twin of [`domain::ImageFacts`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Picture {
    image_type: String,
    width: u32,
    height: u32,
    bytes: u64,
    alpha: bool,
    orientation: u8,
    colour_profile: Option<String>,
    animation: Option<Animation>,
    perceptual_hash: u64,
}

impl From<&domain::ImageFacts> for Picture {
    fn from(facts: &domain::ImageFacts) -> Self {
        let domain::ImageFacts {
            image_type,
            width,
            height,
            bytes,
            alpha,
            orientation,
            colour_profile,
            animation,
            perceptual_hash,
        } = facts;
        Self {
            image_type: image_type.media_type().to_owned(),
            width: *width,
            height: *height,
            bytes: *bytes,
            alpha: *alpha,
            orientation: *orientation,
            colour_profile: colour_profile.clone(),
            animation: animation.map(Into::into),
            perceptual_hash: *perceptual_hash,
        }
    }
}

impl TryFrom<Picture> for domain::ImageFacts {
    type Error = Hostile;

    fn try_from(image: Picture) -> Result<Self, Hostile> {
        let Picture {
            image_type,
            width,
            height,
            bytes,
            alpha,
            orientation,
            colour_profile,
            animation,
            perceptual_hash,
        } = image;
        if !(1..=8).contains(&orientation) {
            return Err(Hostile(format!("an orientation of {orientation}")));
        }
        Ok(Self {
            image_type: named(&image_type, &domain::ImageType::ALL, domain::ImageType::media_type)?,
            width,
            height,
            bytes,
            alpha,
            orientation,
            colour_profile: maybe_text(colour_profile)?,
            animation: animation.map(Into::into),
            perceptual_hash,
        })
    }
}

/// Twin of [`domain::Animation`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Animation {
    frames: u32,
    pass_ms: u64,
    plays: Option<u32>,
    shortest_frame_ms: u32,
}

impl From<domain::Animation> for Animation {
    fn from(animation: domain::Animation) -> Self {
        let domain::Animation { frames, pass_ms, plays, shortest_frame_ms } = animation;
        Self { frames, pass_ms, plays, shortest_frame_ms }
    }
}

impl From<Animation> for domain::Animation {
    fn from(animation: Animation) -> Self {
        let Animation { frames, pass_ms, plays, shortest_frame_ms } = animation;
        Self { frames, pass_ms, plays, shortest_frame_ms }
    }
}
