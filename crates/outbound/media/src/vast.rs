//! VAST documents: read into a bounded tree without entities, then measured. Knows which element means what, and
//! nothing of what a version requires.

mod ad;
mod encoding;
mod tree;

use creativestore_domain::facts::{Refusal, RefusalCode, UrlUsage, VastFacts};

use crate::bounds::{MAX_ADS, MAX_NAME, MAX_VAST};
use crate::macros;
use crate::once::{Names, Urls};
use crate::refuse::{bytes_for_people, refusal, shorten};
use tree::Element;

/// Measures a VAST document.
pub fn inspect(bytes: &[u8]) -> Result<VastFacts, Refusal> {
    if bytes.len() > MAX_VAST {
        let allowed = format!("at most {}", bytes_for_people(MAX_VAST as u64));
        return Err(refusal(RefusalCode::TooLarge, bytes_for_people(bytes.len() as u64), allowed));
    }
    let text = encoding::decode(bytes)?;
    let root = tree::parse(&text)?;
    let version = match root.name.as_str() {
        "VAST" => root.attribute("version").unwrap_or_default().trim(),
        // The root of VAST 1 has no version.
        "VideoAdServingTemplate" => "1.0",
        other => {
            return Err(refusal(
                RefusalCode::TypeMismatch,
                format!("an XML document with the root <{other}>"),
                "a VAST document, with the root <VAST>",
            ));
        }
    };
    let ads: Vec<_> = root.children_named("Ad").map(ad::measure).collect();
    if ads.len() > MAX_ADS {
        let found = format!("{} ads", ads.len());
        return Err(refusal(RefusalCode::TooLarge, found, format!("at most {MAX_ADS} ads")));
    }
    let (mut urls, mut names) = (Urls::default(), Names::default());
    call(&root, None, &mut urls, &mut names);
    Ok(VastFacts {
        bytes: bytes.len() as u64,
        version: shorten(version, MAX_NAME),
        namespace: root.namespace.as_deref().map(|namespace| shorten(namespace, MAX_NAME)),
        ads,
        urls: urls.into_vec(),
        macros: names.into_vec(),
    })
}

/// Whether the bytes are XML with a root of VAST, as far as the root.
pub fn is_vast(bytes: &[u8]) -> bool {
    let text = encoding::decode(&bytes[..bytes.len().min(MAX_VAST)]);
    text.is_ok_and(|text| {
        matches!(tree::root_name(&text).as_deref(), Some("VAST" | "VideoAdServingTemplate"))
    })
}

/// Collects URLs and macros of an element and what is below it.
fn call(element: &Element, parent: Option<UrlUsage>, urls: &mut Urls, names: &mut Names) {
    let usage = usage_of(&element.name).or(if element.name == "URL" { parent } else { None });
    let text = element.text.trim();
    if is_url(text) {
        urls.add(text, usage.unwrap_or(UrlUsage::Script), "");
    } else if usage.is_some() && !text.is_empty() {
        // What is due to be a URL is reported even when it is none, so that a check can say so.
        urls.add(text, usage.unwrap_or(UrlUsage::Script), "");
    }
    macros::find(text, names);
    for child in &element.children {
        call(child, usage, urls, names);
    }
}

fn is_url(text: &str) -> bool {
    let starts = |start: &str| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    (starts("http://") || starts("https://") || starts("//")) && !text.contains(char::is_whitespace)
}

/// What the URL in an element of this name is for.
fn usage_of(name: &str) -> Option<UrlUsage> {
    match name {
        "MediaFile"
        | "Mezzanine"
        | "InteractiveCreativeFile"
        | "ClosedCaptionFile"
        | "StaticResource"
        | "IFrameResource"
        | "JavaScriptResource"
        | "ExecutableResource"
        | "VASTAdTagURI" => Some(UrlUsage::Resource),
        "Impression"
        | "Tracking"
        | "Error"
        | "ClickTracking"
        | "CustomClick"
        | "CompanionClickTracking"
        | "NonLinearClickTracking"
        | "IconClickTracking"
        | "IconViewTracking"
        | "Viewable"
        | "NotViewable"
        | "ViewUndetermined" => Some(UrlUsage::Tracker),
        "ClickThrough" | "CompanionClickThrough" | "NonLinearClickThrough" | "IconClickThrough" => {
            Some(UrlUsage::Click)
        }
        _ => None,
    }
}
