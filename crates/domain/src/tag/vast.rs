//! VAST made here: an inline ad from a hosted video, a wrapper around a document that stays elsewhere. The order
//! of elements is that of the IAB's schemas, which differs between 3.0 and 4.x.

use std::fmt::Write as _;

use super::{Tag, TagError, TagInput, VastVersion, escape};
use crate::manifest::{External, Source, TrackerEvent};

pub(super) const XML: &str = "application/xml; charset=utf-8";

/// The video events, with their names in VAST.
pub(super) const EVENTS: [(TrackerEvent, &str); 5] = [
    (TrackerEvent::Start, "start"),
    (TrackerEvent::FirstQuartile, "firstQuartile"),
    (TrackerEvent::Midpoint, "midpoint"),
    (TrackerEvent::ThirdQuartile, "thirdQuartile"),
    (TrackerEvent::Complete, "complete"),
];

/// What is declared of a hosted video, all of it.
struct Declared<'a> {
    url: &'a str,
    media_type: &'a str,
    width: u32,
    height: u32,
    duration_ms: u64,
    bitrate_kbps: Option<u32>,
}

fn declared<'a>(input: &TagInput<'a>) -> Result<Declared<'a>, TagError> {
    let Some(Source::External(external)) = input.manifest.assets().get("video").map(|asset| &asset.source)
    else {
        return Err(TagError::Missing("video"));
    };
    let External { url, media_type, width, height, duration_ms, bitrate_kbps } = external;
    if let (Some(media_type), Some(width), Some(height), Some(duration_ms)) =
        (media_type, *width, *height, *duration_ms)
    {
        let (url, bitrate_kbps) = (url.as_str(), *bitrate_kbps);
        return Ok(Declared { url, media_type, width, height, duration_ms, bitrate_kbps });
    }
    let all = [
        ("media_type", media_type.is_none()),
        ("width", width.is_none()),
        ("height", height.is_none()),
        ("duration_ms", duration_ms.is_none()),
    ];
    let missing = all.into_iter().filter(|(_, missing)| *missing).map(|(name, _)| name).collect();
    Err(TagError::Undeclared { slot: "video", missing })
}

/// An inline linear ad that plays the hosted video.
pub(super) fn inline(input: &TagInput<'_>, version: VastVersion) -> Result<Tag, TagError> {
    let Declared { url, media_type, width, height, duration_ms, bitrate_kbps } = declared(input)?;
    let fill = input.fill();
    let old = version == VastVersion::V3_0;
    let title = input.manifest.text("title").map_or_else(|| input.name.to_string(), |text| fill.text(text));
    let title = element("AdTitle", &escape::xml(&title));
    let creative = input.creative.to_string();
    let universal = match version {
        VastVersion::V3_0 => String::new(),
        VastVersion::V4_0 => format!(
            "<UniversalAdId idRegistry=\"creativestore\" idValue=\"{creative}\">{creative}</UniversalAdId>"
        ),
        VastVersion::V4_1 | VastVersion::V4_2 => {
            format!("<UniversalAdId idRegistry=\"creativestore\">{creative}</UniversalAdId>")
        }
    };
    let bitrate = bitrate_kbps.map(|kbps| format!(" bitrate=\"{kbps}\"")).unwrap_or_default();
    let media = format!(
        "<MediaFiles><MediaFile delivery=\"progressive\" type=\"{}\" width=\"{width}\" height=\"{height}\"{bitrate}>{}</MediaFile></MediaFiles>",
        escape::xml(media_type),
        escape::cdata(&fill.url(url)),
    );
    let duration = element("Duration", &time(duration_ms));
    let through = input.click_address().map(|click| element("ClickThrough", &escape::cdata(&click)));
    let (through, clicks) = (through.unwrap_or_default(), clicks(input, ""));
    let tracking = wrapped("TrackingEvents", &tracking(input, ""));
    let linear = if old {
        format!("{duration}{tracking}{}{media}", wrapped("VideoClicks", &(through + &clicks)))
    } else {
        format!("{tracking}{duration}{media}{}", wrapped("VideoClicks", &(clicks + &through)))
    };
    let serving = match version {
        VastVersion::V3_0 | VastVersion::V4_0 => String::new(),
        VastVersion::V4_1 | VastVersion::V4_2 => element("AdServingId", &escape::xml(&serving_id(input))),
    };
    let system = ad_system();
    let (shown, viewed) = (impressions(input), viewable(input, version));
    let head = if old {
        format!("{system}{title}{shown}")
    } else {
        format!("{system}{shown}{viewed}{serving}{title}")
    };
    let body = document(
        input,
        version,
        &format!(
            "<InLine>{head}<Creatives><Creative id=\"{creative}\"><Linear>{linear}</Linear>{universal}</Creative></Creatives></InLine>"
        ),
    );
    Ok(Tag { media_type: XML, body, untold: input.untold(told(version)) })
}

/// A wrapper around a document that stays elsewhere.
pub(super) fn wrapper(input: &TagInput<'_>, url: &str, version: VastVersion) -> Tag {
    let uri = element("VASTAdTagURI", &escape::cdata(&input.fill().url(url)));
    let linear =
        wrapped("TrackingEvents", &tracking(input, "")) + &wrapped("VideoClicks", &clicks(input, ""));
    let creatives = format!("<Creatives><Creative><Linear>{linear}</Linear></Creative></Creatives>");
    let (shown, viewed) = (impressions(input), viewable(input, version));
    let inside = if version == VastVersion::V3_0 {
        format!("{}{uri}{shown}{creatives}", ad_system())
    } else {
        format!("{}{shown}{viewed}{creatives}{uri}", ad_system())
    };
    let body = document(input, version, &format!("<Wrapper>{inside}</Wrapper>"));
    Tag { media_type: XML, body, untold: input.untold(told(version)) }
}

fn document(input: &TagInput<'_>, version: VastVersion, ad: &str) -> String {
    let namespace = if version == VastVersion::V3_0 { "" } else { " xmlns=\"http://www.iab.com/VAST\"" };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<VAST version=\"{}\"{namespace}><Ad id=\"{}\">{ad}</Ad></VAST>\n",
        version.as_str(),
        input.creative,
    )
}

const fn told(version: VastVersion) -> &'static [TrackerEvent] {
    // VAST 3.0 has no place for viewable impressions, the second of all events.
    match version {
        VastVersion::V3_0 => &[
            TrackerEvent::Impression,
            TrackerEvent::Click,
            TrackerEvent::Start,
            TrackerEvent::FirstQuartile,
            TrackerEvent::Midpoint,
            TrackerEvent::ThirdQuartile,
            TrackerEvent::Complete,
        ],
        _ => &TrackerEvent::ALL,
    }
}

fn ad_system() -> String {
    format!("<AdSystem version=\"{}\">creativestore</AdSystem>", env!("CARGO_PKG_VERSION"))
}

/// One serving is told from another by what is served and where; players report it back.
fn serving_id(input: &TagInput<'_>) -> String {
    let hash = input.revision.hash.to_string();
    match input.assignment {
        Some(assignment) => format!("{}.{}.{}", input.creative, &hash[..12], assignment.id),
        None => format!("{}.{}", input.creative, &hash[..12]),
    }
}

/// The schemas ask for one impression at least; players take `about:blank` for none.
fn impressions(input: &TagInput<'_>) -> String {
    match told_to(input, TrackerEvent::Impression, "Impression", "") {
        none if none.is_empty() => element("Impression", &escape::cdata("about:blank")),
        some => some,
    }
}

fn viewable(input: &TagInput<'_>, version: VastVersion) -> String {
    match version {
        VastVersion::V3_0 => String::new(),
        _ => wrapped("ViewableImpression", &told_to(input, TrackerEvent::ViewableImpression, "Viewable", "")),
    }
}

/// The elements that tell of an event, with the prefix that elements have in their document.
pub(super) fn told_to(input: &TagInput<'_>, event: TrackerEvent, name: &str, prefix: &str) -> String {
    let mut out = String::new();
    for url in input.trackers(event) {
        let _ = write!(out, "<{prefix}{name}>{}</{prefix}{name}>", escape::cdata(&url));
    }
    out
}

/// The elements that tell of a click.
pub(super) fn clicks(input: &TagInput<'_>, prefix: &str) -> String {
    told_to(input, TrackerEvent::Click, "ClickTracking", prefix)
}

/// The elements that tell how far a video was played.
pub(super) fn tracking(input: &TagInput<'_>, prefix: &str) -> String {
    let mut out = String::new();
    for (event, name) in EVENTS {
        for url in input.trackers(event) {
            let url = escape::cdata(&url);
            let _ = write!(out, "<{prefix}Tracking event=\"{name}\">{url}</{prefix}Tracking>");
        }
    }
    out
}

fn element(name: &str, inside: &str) -> String {
    format!("<{name}>{inside}</{name}>")
}

/// An element around something; nothing around nothing.
fn wrapped(name: &str, inside: &str) -> String {
    if inside.is_empty() { String::new() } else { element(name, inside) }
}

/// `HH:MM:SS.mmm`, without the milliseconds when there are none.
fn time(ms: u64) -> String {
    let (seconds, ms) = (ms / 1000, ms % 1000);
    let fraction = if ms == 0 { String::new() } else { format!(".{ms:03}") };
    format!("{:02}:{:02}:{:02}{fraction}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
