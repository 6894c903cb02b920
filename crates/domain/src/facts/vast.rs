//! What was measured in a VAST document. Knows no rule: what is missing is `None` or zero.

use super::CalledUrl;

/// What was measured in a VAST document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VastFacts {
    /// Bytes of the document.
    pub bytes: u64,
    /// The `version` attribute as written: `4.2`; `1.0` for the root `VideoAdServingTemplate`.
    pub version: String,
    /// The namespace of the root, when it has one.
    pub namespace: Option<String>,
    /// The ads, in order; empty for a "no ad" answer.
    pub ads: Vec<VastAd>,
    /// Every URL of the document.
    pub urls: Vec<CalledUrl>,
    /// Names of macros found, without their brackets, once each.
    pub macros: Vec<String>,
}

/// One `<Ad>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VastAd {
    /// The `id` attribute.
    pub id: Option<String>,
    /// Whether it is a `<Wrapper>`; otherwise an `<InLine>`.
    pub wrapper: bool,
    /// `<VASTAdTagURI>` of a wrapper.
    pub ad_tag_uri: Option<String>,
    /// `<AdSystem>`.
    pub ad_system: Option<String>,
    /// `<AdTitle>`.
    pub ad_title: Option<String>,
    /// `<AdServingId>` (4.1 and later).
    pub ad_serving_id: Option<String>,
    /// How many `<Impression>`s with a URL.
    pub impressions: u32,
    /// How many `<Error>`s.
    pub errors: u32,
    /// `<AdVerifications>` as a node of the ad, or in `<Extensions>`.
    pub verifications: u32,
    /// `<Category>` elements that lack `authority`.
    pub categories_without_authority: u32,
    /// Whether `<Pricing>` is there without `model` or `currency`.
    pub incomplete_pricing: bool,
    /// The creatives, in order.
    pub creatives: Vec<VastCreative>,
}

/// One `<Creative>` of an ad.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VastCreative {
    /// The `id` attribute.
    pub id: Option<String>,
    /// `<UniversalAdId>` elements: registry and value, either may be missing.
    pub universal_ad_ids: Vec<(Option<String>, Option<String>)>,
    /// Whether it has `<Linear>`.
    pub linear: bool,
    /// How many `<NonLinear>`s.
    pub nonlinear: u32,
    /// How many `<Companion>`s.
    pub companions: u32,
    /// `<Duration>` in milliseconds; `None` when missing.
    pub duration_ms: Option<u64>,
    /// `<Duration>` as written when it does not read as `HH:MM:SS[.mmm]`.
    pub bad_duration: Option<String>,
    /// `skipoffset`, as written.
    pub skip_offset: Option<String>,
    /// The media files.
    pub media_files: Vec<VastMediaFile>,
    /// How many `<Mezzanine>`s.
    pub mezzanines: u32,
    /// How many `<ClosedCaptionFile>`s.
    pub captions: u32,
    /// `<ClickThrough>`.
    pub click_through: Option<String>,
    /// How many `<Tracking>`s, by event name in the order first seen.
    pub tracking_events: Vec<(String, u32)>,
}

/// One `<MediaFile>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VastMediaFile {
    /// The address.
    pub url: String,
    /// `delivery`: progressive or streaming.
    pub delivery: Option<String>,
    /// `type`: the media type.
    pub media_type: Option<String>,
    /// `width`.
    pub width: Option<u32>,
    /// `height`.
    pub height: Option<u32>,
    /// `bitrate`, or `maxBitrate` when that is all there is, in kbit/s.
    pub bitrate: Option<u32>,
    /// `apiFramework`: `VPAID`, `SIMID`.
    pub api_framework: Option<String>,
}
