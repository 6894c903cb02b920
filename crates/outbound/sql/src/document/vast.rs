//! What was measured in a VAST document, as a document.

use creativestore_domain::facts::{VastAd, VastCreative, VastFacts, VastMediaFile};
use creativestore_ports::store::StoreError;
use serde::{Deserialize, Serialize};

use super::facts::UrlTwin;

#[derive(Serialize, Deserialize)]
pub(super) struct VastTwin {
    bytes: u64,
    version: String,
    namespace: Option<String>,
    ads: Vec<AdTwin>,
    urls: Vec<UrlTwin>,
    macros: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct AdTwin {
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
    creatives: Vec<CreativeTwin>,
}

#[derive(Serialize, Deserialize)]
struct CreativeTwin {
    id: Option<String>,
    universal_ad_ids: Vec<(Option<String>, Option<String>)>,
    linear: bool,
    nonlinear: u32,
    companions: u32,
    duration_ms: Option<u64>,
    bad_duration: Option<String>,
    skip_offset: Option<String>,
    media_files: Vec<MediaFileTwin>,
    mezzanines: u32,
    captions: u32,
    click_through: Option<String>,
    tracking_events: Vec<(String, u32)>,
}

#[derive(Serialize, Deserialize)]
struct MediaFileTwin {
    url: String,
    delivery: Option<String>,
    media_type: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    bitrate: Option<u32>,
    api_framework: Option<String>,
}

impl From<&VastFacts> for VastTwin {
    fn from(vast: &VastFacts) -> Self {
        let VastFacts { bytes, version, namespace, ads, urls, macros } = vast.clone();
        Self {
            bytes,
            version,
            namespace,
            ads: ads.into_iter().map(Into::into).collect(),
            urls: urls.into_iter().map(Into::into).collect(),
            macros,
        }
    }
}

impl VastTwin {
    pub(super) fn into_domain(self) -> Result<VastFacts, StoreError> {
        let Self { bytes, version, namespace, ads, urls, macros } = self;
        Ok(VastFacts {
            bytes,
            version,
            namespace,
            ads: ads.into_iter().map(Into::into).collect(),
            urls: urls.into_iter().map(UrlTwin::into_domain).collect::<Result<_, StoreError>>()?,
            macros,
        })
    }
}

/// The same fields on both sides: names are written once, and a field that one side lacks does not compile.
macro_rules! twins {
    ($($domain:ident = $twin:ident { $($field:ident),* ; $($list:ident),* })*) => {$(
        impl From<$domain> for $twin {
            fn from(it: $domain) -> Self {
                let $domain { $($field,)* $($list,)* } = it;
                Self { $($field,)* $($list: $list.into_iter().map(Into::into).collect(),)* }
            }
        }

        impl From<$twin> for $domain {
            fn from(it: $twin) -> Self {
                let $twin { $($field,)* $($list,)* } = it;
                Self { $($field,)* $($list: $list.into_iter().map(Into::into).collect(),)* }
            }
        }
    )*};
}

twins! {
    VastAd = AdTwin {
        id, wrapper, ad_tag_uri, ad_system, ad_title, ad_serving_id, impressions, errors, verifications,
        categories_without_authority, incomplete_pricing; creatives
    }
    VastCreative = CreativeTwin {
        id, universal_ad_ids, linear, nonlinear, companions, duration_ms, bad_duration, skip_offset, mezzanines,
        captions, click_through, tracking_events; media_files
    }
    VastMediaFile = MediaFileTwin { url, delivery, media_type, width, height, bitrate, api_framework; }
}
