//! Questions about VAST documents and hosted video.

use super::answer::Answer;
use super::ask::Content;
use super::words;
use crate::facts::{VastAd, VastCreative, VastFacts};

/// The namespace of VAST 4.0 and later (IAB VAST 4.x schemas).
const NAMESPACE: &str = "http://www.iab.com/VAST";

fn of_document(
    content: &Content<'_>,
    allowed: impl Into<String>,
    ask: impl FnOnce(&VastFacts) -> (bool, String),
) -> Answer {
    let allowed = allowed.into();
    match content.vast() {
        Some(vast) => {
            let (kept, found) = ask(vast);
            Answer::of(kept, content.main(), found, allowed)
        }
        None => Answer::unknown(content.main(), allowed),
    }
}

/// A question that each of these ads must answer well; the place names the ad.
fn of_ads(
    content: &Content<'_>,
    allowed: &str,
    which: impl Fn(&VastAd) -> bool,
    ask: impl Fn(&VastAd) -> (bool, String),
) -> Answer {
    let Some(vast) = content.vast() else { return Answer::unknown(content.main(), allowed) };
    let answers = vast.ads.iter().enumerate().filter(|(_, ad)| which(ad)).map(|(n, ad)| {
        let (kept, found) = ask(ad);
        Answer::of(kept, format!("{}/Ad[{}]", content.main(), n + 1), found, allowed)
    });
    Answer::worst(answers, || Answer::of(true, content.main(), "no ad that it is asked of", allowed))
}

/// A question that each of these creatives must answer well; the place names ad and creative.
fn of_creatives(
    content: &Content<'_>,
    allowed: &str,
    which: impl Fn(&VastAd, &VastCreative) -> bool,
    ask: impl Fn(&VastCreative) -> (bool, String),
) -> Answer {
    let Some(vast) = content.vast() else { return Answer::unknown(content.main(), allowed) };
    let creatives =
        vast.ads.iter().enumerate().flat_map(|(n, ad)| {
            ad.creatives.iter().enumerate().map(move |(m, creative)| (n, m, ad, creative))
        });
    let answers = creatives.filter(|(_, _, ad, creative)| which(ad, creative)).map(|(n, m, _, creative)| {
        let (kept, found) = ask(creative);
        Answer::of(kept, format!("{}/Ad[{}]/Creative[{}]", content.main(), n + 1, m + 1), found, allowed)
    });
    Answer::worst(answers, || Answer::of(true, content.main(), "no creative that it is asked of", allowed))
}

fn inline(ad: &VastAd, _: &VastCreative) -> bool {
    !ad.wrapper
}

fn inline_linear(ad: &VastAd, creative: &VastCreative) -> bool {
    !ad.wrapper && creative.linear
}

/// What is there, or that it is missing.
fn named(value: Option<&String>, element: &str) -> (bool, String) {
    match value {
        Some(value) if !value.trim().is_empty() => (true, value.clone()),
        _ => (false, format!("no <{element}>")),
    }
}

pub(super) fn versions(content: &Content<'_>, versions: &[String]) -> Answer {
    of_document(content, format!("version {}", words::any_of(versions)), |vast| {
        (versions.contains(&vast.version), format!("version {}", vast.version))
    })
}

pub(super) fn namespace(content: &Content<'_>) -> Answer {
    of_document(content, format!("none before 4.0; from 4.0 on {NAMESPACE}"), |vast| {
        let needed = vast.version.starts_with('4').then_some(NAMESPACE);
        let found = vast.namespace.as_deref();
        (found == needed, found.unwrap_or("no namespace").to_owned())
    })
}

pub(super) fn has_ad(content: &Content<'_>) -> Answer {
    of_document(content, "at least one <Ad>", |vast| {
        (!vast.ads.is_empty(), format!("{} ads", vast.ads.len()))
    })
}

pub(super) fn impression(content: &Content<'_>) -> Answer {
    let ask = |ad: &VastAd| (ad.impressions > 0, format!("{} impressions", ad.impressions));
    of_ads(content, "at least one <Impression> with a URL", |_| true, ask)
}

pub(super) fn ad_title(content: &Content<'_>) -> Answer {
    of_ads(content, "an <AdTitle>", |ad| !ad.wrapper, |ad| named(ad.ad_title.as_ref(), "AdTitle"))
}

pub(super) fn creatives(content: &Content<'_>) -> Answer {
    let ask = |ad: &VastAd| (!ad.creatives.is_empty(), format!("{} creatives", ad.creatives.len()));
    of_ads(content, "<Creatives> with at least one <Creative>", |ad| !ad.wrapper, ask)
}

pub(super) fn ad_system(content: &Content<'_>) -> Answer {
    of_ads(content, "an <AdSystem>", |_| true, |ad| named(ad.ad_system.as_ref(), "AdSystem"))
}

pub(super) fn ad_serving_id(content: &Content<'_>) -> Answer {
    let ask = |ad: &VastAd| named(ad.ad_serving_id.as_ref(), "AdServingId");
    of_ads(content, "an <AdServingId>", |ad| !ad.wrapper, ask)
}

pub(super) fn wrapper_uri(content: &Content<'_>) -> Answer {
    let ask = |ad: &VastAd| named(ad.ad_tag_uri.as_ref(), "VASTAdTagURI");
    of_ads(content, "a <VASTAdTagURI>", |ad| ad.wrapper, ask)
}

pub(super) fn attributes(content: &Content<'_>) -> Answer {
    let allowed = "`authority` on every <Category>, `model` and `currency` on every <Pricing>";
    of_ads(
        content,
        allowed,
        |_| true,
        |ad| match (ad.categories_without_authority, ad.incomplete_pricing) {
            (0, false) => (true, "all of them".into()),
            (0, true) => (false, "<Pricing> without `model` or `currency`".into()),
            (n, false) => (false, format!("{n} <Category> without `authority`")),
            (n, true) => (
                false,
                format!("{n} <Category> without `authority`, <Pricing> without `model` or `currency`"),
            ),
        },
    )
}

pub(super) fn duration(content: &Content<'_>) -> Answer {
    of_creatives(content, "a <Duration> as HH:MM:SS or HH:MM:SS.mmm", inline_linear, |creative| {
        match (creative.duration_ms, &creative.bad_duration) {
            (Some(ms), _) => (true, words::seconds(ms)),
            (None, Some(bad)) => (false, bad.clone()),
            (None, None) => (false, "no <Duration>".into()),
        }
    })
}

pub(super) fn media_files(content: &Content<'_>) -> Answer {
    let allowed = "at least one <MediaFile>, each with delivery, type, width and height";
    of_creatives(content, allowed, inline_linear, |creative| {
        let lacks = creative.media_files.iter().enumerate().find_map(|(n, file)| {
            let missing: Vec<_> = [
                ("delivery", file.delivery.is_some()),
                ("type", file.media_type.is_some()),
                ("width", file.width.is_some()),
                ("height", file.height.is_some()),
            ]
            .into_iter()
            .filter(|(_, there)| !there)
            .map(|(name, _)| name)
            .collect();
            (!missing.is_empty()).then(|| format!("MediaFile[{}] without {}", n + 1, missing.join(", ")))
        });
        match lacks {
            Some(found) => (false, found),
            None => (!creative.media_files.is_empty(), format!("{} media files", creative.media_files.len())),
        }
    })
}

pub(super) fn universal_ad_id(content: &Content<'_>) -> Answer {
    let allowed = "a <UniversalAdId>, each with `idRegistry` and a value";
    of_creatives(content, allowed, inline, |creative| {
        let ids = &creative.universal_ad_ids;
        // One that is incomplete breaks the schema, whatever stands beside it.
        if ids.iter().any(|(registry, value)| registry.is_none() || value.is_none()) {
            return (false, "<UniversalAdId> without `idRegistry` or without a value".into());
        }
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        match ids.first() {
            Some((registry, value)) => (true, format!("{} {}", text(registry), text(value))),
            None => (false, "no <UniversalAdId>".into()),
        }
    })
}

pub(super) fn one_universal_ad_id(content: &Content<'_>) -> Answer {
    of_creatives(content, "at most one <UniversalAdId> in a creative", inline, |creative| {
        let count = creative.universal_ad_ids.len();
        (count <= 1, format!("{count} of them"))
    })
}

pub(super) fn no_vpaid(content: &Content<'_>) -> Answer {
    of_creatives(content, "no media file that uses VPAID", inline_linear, |creative| {
        let uses = |api: &str| api.eq_ignore_ascii_case("VPAID");
        let count =
            creative.media_files.iter().filter(|it| it.api_framework.as_deref().is_some_and(uses)).count();
        (count == 0, format!("{count} of them"))
    })
}

pub(super) fn progressive_mp4(content: &Content<'_>) -> Answer {
    of_creatives(content, "a progressive video/mp4 file", inline_linear, |creative| {
        let fits = creative.media_files.iter().any(|file| {
            file.delivery.as_deref() == Some("progressive") && file.media_type.as_deref() == Some("video/mp4")
        });
        let found = words::few(creative.media_files.iter().map(|file| {
            let text = |it: &Option<String>| it.clone().unwrap_or_else(|| "?".into());
            format!("{} {}", text(&file.delivery), text(&file.media_type))
        }));
        (fits, if found.is_empty() { "no media file".into() } else { found })
    })
}

pub(super) fn linear_duration(content: &Content<'_>, allowed_ms: &[u64], tolerance_ms: u64) -> Answer {
    let lengths = words::any_of(allowed_ms.iter().map(|ms| words::seconds(*ms)));
    let allowed = format!("{lengths}, give or take {}", words::seconds(tolerance_ms));
    let fits = |ms: u64| allowed_ms.iter().any(|it| it.abs_diff(ms) <= tolerance_ms);
    if let Some(video) = content.external("video") {
        return match video.duration_ms {
            Some(ms) => {
                Answer::of(fits(ms), content.main(), format!("{} (declared)", words::seconds(ms)), allowed)
            }
            None => Answer::unknown(content.main(), allowed),
        };
    }
    of_creatives(content, &allowed, inline_linear, |creative| match creative.duration_ms {
        Some(ms) => (fits(ms), words::seconds(ms)),
        None => (false, "no duration that reads".into()),
    })
}
