//! From a rule's test to the question that answers it. Each question stands with its family: pictures, bundles and
//! markup, video; texts and slots stand here.

use super::answer::Answer;
use super::{FactsOf, bundle, picture, video, words};
use crate::facts::{CalledUrl, Facts, Html5Facts, ImageFacts, MarkupFacts, VastFacts};
use crate::format::Test;
use crate::manifest::{AssetKind, External, Kind, Manifest, Source};

/// What questions are asked of.
pub(super) struct Content<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) facts: &'a FactsOf,
}

impl<'a> Content<'a> {
    pub(super) fn image(&self, slot: &str) -> Option<&'a ImageFacts> {
        match self.facts.get(slot) {
            Some(Facts::Image(image)) => Some(image),
            _ => None,
        }
    }

    pub(super) fn html5(&self) -> Option<&'a Html5Facts> {
        self.facts.values().find_map(|facts| match facts {
            Facts::Html5(html5) => Some(html5),
            _ => None,
        })
    }

    pub(super) fn vast(&self) -> Option<&'a VastFacts> {
        self.facts.values().find_map(|facts| match facts {
            Facts::Vast(vast) => Some(vast),
            _ => None,
        })
    }

    /// The markup of the bundle's entry file, or of the tag.
    pub(super) fn markup(&self) -> Option<&'a MarkupFacts> {
        self.facts.values().find_map(|facts| match facts {
            Facts::Html5(html5) => Some(&html5.markup),
            Facts::Markup(markup) => Some(markup),
            _ => None,
        })
    }

    pub(super) fn external(&self, slot: &str) -> Option<&'a External> {
        match self.manifest.assets().get(slot).map(|asset| &asset.source) {
            Some(Source::External(external)) => Some(external),
            _ => None,
        }
    }

    /// Everything in the manifest that stays elsewhere.
    pub(super) fn externals(&self) -> impl Iterator<Item = (String, AssetKind, &'a External)> {
        self.manifest.assets().iter().filter_map(|(slot, asset)| match &asset.source {
            Source::External(external) => Some((place(slot), asset.kind, external)),
            Source::Blob(_) | Source::Inline(_) => None,
        })
    }

    /// Every URL that was found in markup or a document.
    pub(super) fn urls(&self) -> impl Iterator<Item = (String, &'a CalledUrl)> {
        let of = |facts: &'a Facts| match facts {
            Facts::Html5(html5) => html5.markup.urls.as_slice(),
            Facts::Markup(markup) => markup.urls.as_slice(),
            Facts::Vast(vast) => vast.urls.as_slice(),
            Facts::Image(_) | Facts::Text(_) | Facts::Refused(_) => &[],
        };
        self.facts.iter().flat_map(move |(slot, facts)| {
            of(facts).iter().map(move |url| {
                let at =
                    if url.file.is_empty() { place(slot) } else { format!("{}/{}", place(slot), url.file) };
                (at, url)
            })
        })
    }

    /// Whether what is in the slot was read.
    pub(super) fn read(&self, slot: &str) -> bool {
        matches!(self.facts.get(slot), Some(facts) if !matches!(facts, Facts::Refused(_)))
    }

    /// The first slot whose content may call addresses, and was not read.
    pub(super) fn unread_document(&self) -> Option<&'a str> {
        let may_call =
            |kind| matches!(kind, AssetKind::Html | AssetKind::Javascript | AssetKind::Vast | AssetKind::Zip);
        let assets = self.manifest.assets().iter();
        let mut unread = assets.filter(|(slot, asset)| may_call(asset.kind) && !self.read(slot));
        unread.next().map(|(slot, _)| slot.as_str())
    }

    /// A question that only a document that was not read could answer.
    fn not_told(&self, allowed: &str) -> Answer {
        Answer::unknown(self.unread_document().map_or_else(|| self.main(), place), allowed)
    }

    /// Where the main content stands.
    pub(super) fn main(&self) -> String {
        place(self.manifest.kind().required_slots().first().map_or("", |(slot, _)| slot))
    }
}

pub(super) fn place(slot: &str) -> String {
    format!("assets/{slot}")
}

/// Answers a rule's question.
pub(super) fn ask(test: &Test, content: &Content<'_>) -> Answer {
    match test {
        Test::Dimensions(sizes) => dimensions(content, sizes),
        Test::MinSize { slot, width, height } => picture::min_size(content, slot, (*width, *height)),
        Test::MaxSize { width, height } => picture::max_size(content, (*width, *height)),
        Test::AspectRatio { slot, ratios } => picture::aspect_ratio(content, slot, ratios),
        Test::MaxBytes(max) => max_bytes(content, *max),
        Test::MaxInitialBytes(max) => bundle::initial_bytes(content, *max),
        Test::MaxSubloadBytes(max) => bundle::subload_bytes(content, *max),
        Test::MaxInitialRequests(max) => bundle::initial_requests(content, *max),
        Test::ImageTypes(types) => picture::types(content, types),
        Test::MaxAnimationMs(max) => picture::animation(content, *max),
        Test::FrameRateBelow(rate) => picture::frame_rate(content, *rate),
        Test::MaxFiles(max) => bundle::files(content, *max),
        Test::MaxDepth(max) => bundle::depth(content, *max),
        Test::FileExtensions(endings) => bundle::extensions(content, endings),
        Test::NoNestedArchives => bundle::nested_archives(content),
        Test::OneEntryFile => bundle::one_entry(content),
        Test::CompleteHtml => bundle::complete_html(content),
        Test::AdSizeMeta => bundle::ad_size(content),
        Test::OrientationOrSize(sizes) => bundle::orientation_or_size(content, sizes),
        Test::ClickTag { forms, in_head } => bundle::click_tag(content, forms, *in_head),
        Test::HttpsOnly => https_only(content),
        Test::ResourceHosts(hosts) => bundle::resource_hosts(content, hosts),
        Test::NoElements(names) => bundle::none_of(content, names, "element", |markup| &markup.elements),
        Test::NoCalls(names) => bundle::none_of(content, names, "script call", |markup| &markup.calls),
        Test::HasClick => has_click(content),
        Test::VastVersions(versions) => video::versions(content, versions),
        Test::VastNamespace => video::namespace(content),
        Test::VastHasAd => video::has_ad(content),
        Test::VastImpression => video::impression(content),
        Test::VastAdTitle => video::ad_title(content),
        Test::VastCreatives => video::creatives(content),
        Test::VastAdSystem => video::ad_system(content),
        Test::VastDuration => video::duration(content),
        Test::VastMediaFiles => video::media_files(content),
        Test::VastUniversalAdId => video::universal_ad_id(content),
        Test::VastOneUniversalAdId => video::one_universal_ad_id(content),
        Test::VastAdServingId => video::ad_serving_id(content),
        Test::VastAttributes => video::attributes(content),
        Test::VastWrapperUri => video::wrapper_uri(content),
        Test::VastNoVpaid => video::no_vpaid(content),
        Test::VastProgressiveMp4 => video::progressive_mp4(content),
        Test::LinearDuration { allowed_ms, tolerance_ms } => {
            video::linear_duration(content, allowed_ms, *tolerance_ms)
        }
        Test::MaxCharacters { slot, max } => max_characters(content, slot, *max),
        Test::IntegerBetween { slot, min, max } => integer_between(content, slot, *min, *max),
        Test::MediaTypes(types) => media_types(content, types),
    }
}

fn dimensions(content: &Content<'_>, sizes: &[(u32, u32)]) -> Answer {
    let at = content.main();
    let allowed = words::any_of(sizes.iter().map(|size| words::size(*size)));
    let number = |slot| content.manifest.text(slot).and_then(|text| text.trim().parse::<u32>().ok());
    let found = match content.manifest.kind() {
        Kind::Image => content.image("image").map(|image| (image.width, image.height)),
        Kind::Html5 => content.html5().and_then(|html5| html5.markup.ad_size),
        Kind::DisplayTag => {
            number("width").zip(number("height")).or(content.markup().and_then(|markup| markup.ad_size))
        }
        Kind::VideoHosted | Kind::VideoVast | Kind::NativeInFeed => None,
    };
    let slot = content.manifest.kind().required_slots().first().map_or("", |(slot, _)| slot);
    let declared = content.external(slot).and_then(|external| external.width.zip(external.height));
    match (found, declared) {
        (Some(found), _) => Answer::of(sizes.contains(&found), at, words::size(found), allowed),
        (None, Some(declared)) => Answer::of(
            sizes.contains(&declared),
            at,
            format!("{} (declared)", words::size(declared)),
            allowed,
        ),
        (None, None) if content.read(slot) => Answer::of(false, at, "no size", allowed),
        (None, None) => Answer::unknown(at, allowed),
    }
}

fn max_bytes(content: &Content<'_>, max: u64) -> Answer {
    let allowed = format!("at most {}", words::bytes(max));
    let weights = content.facts.iter().filter_map(|(slot, facts)| match facts {
        Facts::Image(image) => Some((slot, image.bytes)),
        Facts::Html5(html5) => Some((slot, html5.bytes)),
        Facts::Vast(vast) => Some((slot, vast.bytes)),
        Facts::Markup(markup) => Some((slot, markup.bytes)),
        Facts::Text(_) | Facts::Refused(_) => None,
    });
    let answers =
        weights.map(|(slot, weight)| Answer::of(weight <= max, place(slot), words::bytes(weight), &allowed));
    // What stays elsewhere has a weight, too; nobody knows which.
    let elsewhere = content.externals().map(|(at, _, _)| Answer::unknown(at, &allowed));
    Answer::worst(answers.chain(elsewhere), || Answer::unknown(content.main(), &allowed))
}

fn https_only(content: &Content<'_>) -> Answer {
    const ALLOWED: &str = "https only";
    if let Some((at, url)) = content.urls().find(|(_, url)| url.is_plain_http()) {
        let count = content.urls().filter(|(_, url)| url.is_plain_http()).count();
        let more = if count > 1 { format!(", and {} more", count - 1) } else { String::new() };
        return Answer::of(false, at, format!("{}{more}", url.url), ALLOWED);
    }
    let click = content.manifest.click_url().map(|url| ("click_url".to_owned(), url));
    let trackers = content.manifest.trackers().iter().map(|tracker| ("trackers".to_owned(), &tracker.url));
    let external = content.externals().map(|(at, _, external)| (at, &external.url));
    match click.into_iter().chain(trackers).chain(external).find(|(_, url)| !url.is_https()) {
        Some((at, url)) => Answer::of(false, at, url.as_str(), ALLOWED),
        None if content.unread_document().is_some() => content.not_told(ALLOWED),
        None => Answer::of(true, content.main(), "every address is https", ALLOWED),
    }
}

fn has_click(content: &Content<'_>) -> Answer {
    const ALLOWED: &str = "a click URL in the manifest, or a click tag or click macro in the markup";
    let in_markup = content.markup().is_some_and(|markup| {
        !markup.click_tags.is_empty()
            || markup.macros.iter().any(|name| name.to_ascii_uppercase().contains("CLICK"))
    });
    let in_vast = content.vast().is_some_and(|vast| {
        vast.ads.iter().flat_map(|ad| &ad.creatives).any(|creative| creative.click_through.is_some())
    });
    match (content.manifest.click_url(), in_markup || in_vast) {
        (Some(url), _) => Answer::of(true, "click_url", url.as_str(), ALLOWED),
        (None, true) => Answer::of(true, content.main(), "a click tag or macro", ALLOWED),
        (None, false) if content.unread_document().is_some() => content.not_told(ALLOWED),
        (None, false) => Answer::of(false, content.main(), "nowhere to click to", ALLOWED),
    }
}

fn max_characters(content: &Content<'_>, slot: &str, max: u32) -> Answer {
    let allowed = format!("at most {max} characters");
    match content.facts.get(slot) {
        Some(Facts::Text(text)) => Answer::of(
            text.characters <= max,
            place(slot),
            format!("{} characters", text.characters),
            allowed,
        ),
        _ => Answer::of(true, place(slot), "nothing", allowed),
    }
}

fn integer_between(content: &Content<'_>, slot: &str, min: i64, max: i64) -> Answer {
    let allowed = format!("a whole number from {min} to {max}");
    match content.manifest.text(slot) {
        Some(text) => {
            let number = text.trim().parse::<i64>();
            Answer::of(number.is_ok_and(|number| (min..=max).contains(&number)), place(slot), text, allowed)
        }
        None => Answer::of(true, place(slot), "nothing", allowed),
    }
}

fn media_types(content: &Content<'_>, types: &[String]) -> Answer {
    let allowed = words::any_of(types);
    let answers =
        content.externals().filter(|(_, kind, _)| *kind == AssetKind::Video).map(|(at, _, external)| {
            match &external.media_type {
                Some(found) => Answer::of(
                    types.contains(&found.to_ascii_lowercase()),
                    at,
                    format!("{found} (declared)"),
                    &allowed,
                ),
                None => Answer::of(false, at, "no media type is declared", &allowed),
            }
        });
    Answer::worst(answers, || Answer::of(true, content.main(), "no external media", &allowed))
}
