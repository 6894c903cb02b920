//! Twins of a VAST document's facts. Knows no XML.

use creativestore_domain::facts as domain;
use serde::{Deserialize, Serialize};

use super::html5::Called;
use super::{Hostile, list, maybe_text, text};
use crate::bounds::{MAX_ADS, MAX_MACROS, MAX_NODES, MAX_URLS};

/// Twin of [`domain::VastFacts`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Vast {
    bytes: u64,
    version: String,
    namespace: Option<String>,
    ads: Vec<Advert>,
    urls: Vec<Called>,
    macros: Vec<String>,
}

impl From<&domain::VastFacts> for Vast {
    fn from(facts: &domain::VastFacts) -> Self {
        let domain::VastFacts { bytes, version, namespace, ads, urls, macros } = facts;
        Self {
            bytes: *bytes,
            version: version.clone(),
            namespace: namespace.clone(),
            ads: ads.iter().map(Into::into).collect(),
            urls: urls.iter().map(Into::into).collect(),
            macros: macros.clone(),
        }
    }
}

impl TryFrom<Vast> for domain::VastFacts {
    type Error = Hostile;

    fn try_from(vast: Vast) -> Result<Self, Hostile> {
        let Vast { bytes, version, namespace, ads, urls, macros } = vast;
        Ok(Self {
            bytes,
            version: text(version)?,
            namespace: maybe_text(namespace)?,
            ads: list(ads, MAX_ADS, TryInto::try_into)?,
            urls: list(urls, MAX_URLS, TryInto::try_into)?,
            macros: list(macros, MAX_MACROS, text)?,
        })
    }
}

/// Twin of [`domain::VastAd`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Advert {
    id: Option<String>,
    wrapper: bool,
    ad_tag_uri: Option<String>,
    ad_system: Option<String>,
    ad_title: Option<String>,
    ad_serving_id: Option<String>,
    impressions: u32,
    errors: u32,
    verifications: u32,
    categories_without_authority: u32,
    incomplete_pricing: bool,
    creatives: Vec<Creative>,
}

impl From<&domain::VastAd> for Advert {
    fn from(ad: &domain::VastAd) -> Self {
        let domain::VastAd {
            id,
            wrapper,
            ad_tag_uri,
            ad_system,
            ad_title,
            ad_serving_id,
            impressions,
            errors,
            verifications,
            categories_without_authority,
            incomplete_pricing,
            creatives,
        } = ad;
        Self {
            id: id.clone(),
            wrapper: *wrapper,
            ad_tag_uri: ad_tag_uri.clone(),
            ad_system: ad_system.clone(),
            ad_title: ad_title.clone(),
            ad_serving_id: ad_serving_id.clone(),
            impressions: *impressions,
            errors: *errors,
            verifications: *verifications,
            categories_without_authority: *categories_without_authority,
            incomplete_pricing: *incomplete_pricing,
            creatives: creatives.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<Advert> for domain::VastAd {
    type Error = Hostile;

    fn try_from(ad: Advert) -> Result<Self, Hostile> {
        let Advert {
            id,
            wrapper,
            ad_tag_uri,
            ad_system,
            ad_title,
            ad_serving_id,
            impressions,
            errors,
            verifications,
            categories_without_authority,
            incomplete_pricing,
            creatives,
        } = ad;
        Ok(Self {
            id: maybe_text(id)?,
            wrapper,
            ad_tag_uri: maybe_text(ad_tag_uri)?,
            ad_system: maybe_text(ad_system)?,
            ad_title: maybe_text(ad_title)?,
            ad_serving_id: maybe_text(ad_serving_id)?,
            impressions,
            errors,
            verifications,
            categories_without_authority,
            incomplete_pricing,
            creatives: list(creatives, MAX_NODES, TryInto::try_into)?,
        })
    }
}

/// Twin of [`domain::VastCreative`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Creative {
    id: Option<String>,
    universal_ad_ids: Vec<(Option<String>, Option<String>)>,
    linear: bool,
    nonlinear: u32,
    companions: u32,
    duration_ms: Option<u64>,
    bad_duration: Option<String>,
    skip_offset: Option<String>,
    media_files: Vec<MediaFile>,
    mezzanines: u32,
    captions: u32,
    click_through: Option<String>,
    tracking_events: Vec<(String, u32)>,
}

impl From<&domain::VastCreative> for Creative {
    fn from(creative: &domain::VastCreative) -> Self {
        let domain::VastCreative {
            id,
            universal_ad_ids,
            linear,
            nonlinear,
            companions,
            duration_ms,
            bad_duration,
            skip_offset,
            media_files,
            mezzanines,
            captions,
            click_through,
            tracking_events,
        } = creative;
        Self {
            id: id.clone(),
            universal_ad_ids: universal_ad_ids.clone(),
            linear: *linear,
            nonlinear: *nonlinear,
            companions: *companions,
            duration_ms: *duration_ms,
            bad_duration: bad_duration.clone(),
            skip_offset: skip_offset.clone(),
            media_files: media_files.iter().map(Into::into).collect(),
            mezzanines: *mezzanines,
            captions: *captions,
            click_through: click_through.clone(),
            tracking_events: tracking_events.clone(),
        }
    }
}

impl TryFrom<Creative> for domain::VastCreative {
    type Error = Hostile;

    fn try_from(creative: Creative) -> Result<Self, Hostile> {
        let Creative {
            id,
            universal_ad_ids,
            linear,
            nonlinear,
            companions,
            duration_ms,
            bad_duration,
            skip_offset,
            media_files,
            mezzanines,
            captions,
            click_through,
            tracking_events,
        } = creative;
        Ok(Self {
            id: maybe_text(id)?,
            universal_ad_ids: list(universal_ad_ids, MAX_NODES, |(registry, value)| {
                Ok((maybe_text(registry)?, maybe_text(value)?))
            })?,
            linear,
            nonlinear,
            companions,
            duration_ms,
            bad_duration: maybe_text(bad_duration)?,
            skip_offset: maybe_text(skip_offset)?,
            media_files: list(media_files, MAX_NODES, TryInto::try_into)?,
            mezzanines,
            captions,
            click_through: maybe_text(click_through)?,
            tracking_events: list(tracking_events, MAX_NODES, |(event, count)| Ok((text(event)?, count)))?,
        })
    }
}

/// Twin of [`domain::VastMediaFile`].
#[derive(Debug, Serialize, Deserialize)]
pub struct MediaFile {
    url: String,
    delivery: Option<String>,
    media_type: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    bitrate: Option<u32>,
    api_framework: Option<String>,
}

impl From<&domain::VastMediaFile> for MediaFile {
    fn from(file: &domain::VastMediaFile) -> Self {
        let domain::VastMediaFile { url, delivery, media_type, width, height, bitrate, api_framework } = file;
        Self {
            url: url.clone(),
            delivery: delivery.clone(),
            media_type: media_type.clone(),
            width: *width,
            height: *height,
            bitrate: *bitrate,
            api_framework: api_framework.clone(),
        }
    }
}

impl TryFrom<MediaFile> for domain::VastMediaFile {
    type Error = Hostile;

    fn try_from(file: MediaFile) -> Result<Self, Hostile> {
        let MediaFile { url, delivery, media_type, width, height, bitrate, api_framework } = file;
        Ok(Self {
            url: text(url)?,
            delivery: maybe_text(delivery)?,
            media_type: maybe_text(media_type)?,
            width,
            height,
            bitrate,
            api_framework: maybe_text(api_framework)?,
        })
    }
}
