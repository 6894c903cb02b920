//! What one `<Ad>` of a VAST document holds. Counts and quotes; judges nothing.

use creativestore_domain::facts::{VastAd, VastCreative, VastMediaFile};

use super::tree::Element;
use crate::bounds::{MAX_NAME, MAX_NODES, MAX_URL};
use crate::refuse::shorten;

/// Measures an ad.
pub fn measure(ad: &Element) -> VastAd {
    let wrapper = ad.child("Wrapper");
    let Some(inside) = wrapper.or_else(|| ad.child("InLine")) else {
        return VastAd { id: name(ad.attribute("id")), ..VastAd::default() };
    };
    let text = |element| name(inside.child(element).and_then(Element::value));
    let extensions = inside.child("Extensions").map(|extensions| extensions.below("AdVerifications").len());
    let pricing = inside.child("Pricing");
    VastAd {
        id: name(ad.attribute("id")),
        wrapper: wrapper.is_some(),
        ad_tag_uri: url(inside.child("VASTAdTagURI").and_then(Element::value)),
        ad_system: text("AdSystem"),
        ad_title: text("AdTitle"),
        ad_serving_id: text("AdServingId"),
        impressions: count(inside.children_named("Impression").filter(|it| it.value().is_some()).count()),
        errors: count(inside.children_named("Error").count()),
        verifications: count(
            inside.children_named("AdVerifications").count() + extensions.unwrap_or_default(),
        ),
        categories_without_authority: count(
            inside.children_named("Category").filter(|it| it.attribute("authority").is_none()).count(),
        ),
        incomplete_pricing: pricing
            .is_some_and(|it| it.attribute("model").is_none() || it.attribute("currency").is_none()),
        creatives: creatives(inside).map(creative).collect(),
    }
}

/// The creatives; VAST 1 has its only one, `<Video>`, in the ad itself.
fn creatives(inside: &Element) -> impl Iterator<Item = &Element> {
    inside
        .child("Creatives")
        .into_iter()
        .flat_map(|creatives| creatives.children_named("Creative"))
        .chain(inside.child("Video"))
        .take(MAX_NODES)
}

fn creative(creative: &Element) -> VastCreative {
    let linear = if creative.name == "Video" { Some(creative) } else { creative.child("Linear") };
    let inside = |list, item| {
        linear
            .and_then(|linear| linear.child(list))
            .into_iter()
            .flat_map(move |list| list.children_named(item))
    };
    let duration = linear.and_then(|linear| linear.child("Duration")).map(|it| it.text.trim());
    let duration_ms = duration.and_then(milliseconds);
    VastCreative {
        id: name(creative.attribute("id")),
        universal_ad_ids: creative
            .children_named("UniversalAdId")
            .take(MAX_NODES)
            .map(|id| {
                // 4.0 has the value as an attribute, later versions as the text.
                let value = id.attribute("idValue").or_else(|| id.value());
                (name(id.attribute("idRegistry")), name(value))
            })
            .collect(),
        linear: linear.is_some(),
        nonlinear: count(creative.below("NonLinear").len()),
        companions: count(creative.below("Companion").len()),
        duration_ms,
        bad_duration: if duration_ms.is_none() { duration.map(|text| shorten(text, MAX_NAME)) } else { None },
        skip_offset: name(linear.and_then(|linear| linear.attribute("skipoffset"))),
        media_files: inside("MediaFiles", "MediaFile").take(MAX_NODES).map(media_file).collect(),
        mezzanines: count(inside("MediaFiles", "Mezzanine").count()),
        captions: count(linear.map_or(0, |linear| linear.below("ClosedCaptionFile").len())),
        click_through: url(inside("VideoClicks", "ClickThrough").find_map(Element::value)),
        tracking_events: tracking_events(creative),
    }
}

fn media_file(file: &Element) -> VastMediaFile {
    let number = |name| file.attribute(name).and_then(|text| text.trim().parse().ok());
    VastMediaFile {
        url: url(file.value()).unwrap_or_default(),
        delivery: name(file.attribute("delivery")),
        media_type: name(file.attribute("type")),
        width: number("width"),
        height: number("height"),
        bitrate: number("bitrate").or_else(|| number("maxBitrate")),
        api_framework: name(file.attribute("apiFramework")),
    }
}

fn tracking_events(creative: &Element) -> Vec<(String, u32)> {
    let mut events: Vec<(String, u32)> = Vec::new();
    for tracking in creative.below("Tracking") {
        let event = shorten(tracking.attribute("event").unwrap_or_default().trim(), MAX_NAME);
        if let Some((_, count)) = events.iter_mut().find(|(known, _)| *known == event) {
            *count += 1;
        } else if events.len() < MAX_NODES {
            events.push((event, 1));
        }
    }
    events
}

/// `HH:MM:SS` or `HH:MM:SS.mmm`.
fn milliseconds(text: &str) -> Option<u64> {
    let (clock, fraction) = text.split_once('.').map_or((text, None), |(clock, rest)| (clock, Some(rest)));
    let mut parts = clock.split(':').map(|part| {
        (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u64>().ok())?
    });
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || minutes > 59 || seconds > 59 {
        return None;
    }
    let fraction = match fraction {
        None => 0,
        Some(digits) if digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok()?
        }
        Some(_) => return None,
    };
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction)
}

fn name(text: Option<&str>) -> Option<String> {
    text.map(|text| shorten(text.trim(), MAX_NAME))
}

fn url(text: Option<&str>) -> Option<String> {
    text.map(|text| shorten(text, MAX_URL))
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_strictly() {
        assert_eq!(milliseconds("00:00:30"), Some(30_000));
        assert_eq!(milliseconds("01:02:03.004"), Some(3_723_004));
        for bad in ["30", "00:30", "0:0:30", "00:60:00", "00:00:30.5", "00:00:30.", "-1:00:00", "00:00:3０"]
        {
            assert_eq!(milliseconds(bad), None, "{bad}");
        }
    }
}
