//! For every test of the vocabulary, how to keep it (just so: at the limit) and how to break it (by one), from the
//! rule's own numbers. Exhaustive: a new test has no samples, so this does not compile.

use creativestore_domain::facts::{Animation, ClickTagForm, Facts, ImageType, UrlUsage};
use creativestore_domain::format::Test;
use creativestore_domain::manifest::Kind;

use crate::draft::{Draft, called, click_tag, file};

/// What no rule allows.
const ELSEWHERE: &str = "https://elsewhere.invalid/x.js";

/// Bends the draft so that it just keeps the test, or so that it only just breaks it.
#[expect(
    clippy::too_many_lines,
    reason = "one table: an arm for every test of the vocabulary, so that none is missed"
)]
pub fn bend(draft: &mut Draft, test: &Test, keep: bool) {
    match test {
        Test::Dimensions(sizes) => set_size(draft, sizes[sizes.len() - 1], keep),
        Test::MinSize { slot, width, height } => {
            resize(draft, slot, if keep { (*width, *height) } else { (*width, height - 1) });
        }
        Test::MaxSize { width, height } => {
            let more = u32::from(!keep);
            draft.images().for_each(|image| (image.width, image.height) = (width + more, *height));
        }
        Test::AspectRatio { slot, ratios } => {
            let (width, height) = ratios[0];
            let times = 1_200_u32.div_ceil(width.min(height));
            resize(
                draft,
                slot,
                if keep { (width * times, height * times) } else { (width * times * 2, height * times) },
            );
        }
        Test::MaxBytes(max) => set_bytes(draft, max + u64::from(!keep)),
        Test::MaxInitialBytes(max) => load(draft, max + u64::from(!keep), None),
        Test::MaxSubloadBytes(max) => load(draft, 1_000, Some(max + u64::from(!keep))),
        Test::MaxInitialRequests(max) => draft.html5().initial_requests = max + u32::from(!keep),
        Test::ImageTypes(types) => {
            let listed = |it: &ImageType| types.iter().any(|listed| listed == it.media_type());
            let image_type = ImageType::ALL.into_iter().find(|it| listed(it) == keep).expect("such a type");
            draft.images().for_each(|image| image.image_type = image_type);
        }
        Test::MaxAnimationMs(max) => animate(draft, |animation| {
            (animation.pass_ms, animation.plays) = (max.div_ceil(2) + u64::from(!keep), Some(2));
        }),
        Test::FrameRateBelow(rate) => {
            // At the rate itself the rule is broken: slower is asked.
            animate(draft, |animation| animation.shortest_frame_ms = 1_000 / rate + u32::from(keep));
        }
        Test::MaxFiles(max) => {
            let count = *max as usize + usize::from(!keep);
            let files = &mut draft.html5().files;
            files.resize(count, file("img/more.png", "image/png"));
        }
        Test::MaxDepth(max) => draft.html5().depth = max + u32::from(!keep),
        Test::FileExtensions(endings) => {
            let mut files: Vec<_> =
                endings.iter().map(|ending| file(&format!("d/f.{ending}"), "text/plain")).collect();
            files.extend((!keep).then(|| file("d/f.exe", "application/octet-stream")));
            files.push(file("index.html", "text/html"));
            draft.html5().files = files;
        }
        Test::NoNestedArchives => {
            draft.html5().nested_archives = if keep { Vec::new() } else { vec!["inner.zip".into()] };
        }
        Test::OneEntryFile => {
            let files = &mut draft.html5().files;
            files.retain(|it| it.media_type != "text/html");
            files.push(file("index.html", "text/html"));
            files.extend((!keep).then(|| file("other.html", "text/html")));
        }
        Test::CompleteHtml => draft.markup().doctype = keep,
        Test::AdSizeMeta => draft.markup().ad_size = keep.then_some((300, 250)),
        Test::ClickTag { forms, in_head } => {
            let form = forms.first().copied().unwrap_or(ClickTagForm::MraidOpen);
            let other = ClickTagForm::ALL.into_iter().find(|form| !forms.contains(form));
            draft.markup().click_tags = match (keep, in_head, forms.first().and(other)) {
                (true, _, _) => vec![click_tag(form, *in_head)],
                // The right form in the wrong place, and where any place will do, the wrong form.
                (false, true, _) => vec![click_tag(form, false)],
                (false, false, Some(other)) => vec![click_tag(other, true)],
                (false, false, None) => Vec::new(),
            };
        }
        Test::HttpsOnly => insecure(draft, keep),
        Test::ResourceHosts(hosts) => {
            let mut urls: Vec<_> = hosts
                .iter()
                .map(|host| called(&format!("https://{host}/x.js"), UrlUsage::Resource))
                .collect();
            urls.extend((!keep).then(|| called(ELSEWHERE, UrlUsage::Resource)));
            draft.markup().urls = urls;
        }
        Test::OrientationOrSize(sizes) => {
            let (width, height) = sizes[0];
            let markup = draft.markup();
            (markup.ad_orientation, markup.ad_size) = (None, Some((width + u32::from(!keep), height)));
        }
        Test::NoElements(names) => {
            draft.markup().elements = if keep { Vec::new() } else { vec![names[names.len() - 1].clone()] };
        }
        Test::NoCalls(names) => {
            draft.markup().calls = if keep { Vec::new() } else { vec![names[names.len() - 1].clone()] };
        }
        Test::HasClick => {
            if !keep {
                unlink(draft);
            }
        }
        Test::VastVersions(versions) => set_version(draft, if keep { &versions[0] } else { "1.0" }),
        Test::VastNamespace => {
            let vast = draft.vast();
            let four = vast.version.starts_with('4');
            vast.namespace = (four == keep).then(|| "http://www.iab.com/VAST".to_owned());
        }
        Test::VastHasAd => {
            if !keep {
                draft.vast().ads.clear();
            }
        }
        Test::VastImpression => draft.wrapper().impressions = u32::from(keep),
        Test::VastAdTitle => draft.ad().ad_title = keep.then(|| "An ad".into()),
        Test::VastCreatives => {
            if !keep {
                draft.ad().creatives.clear();
            }
        }
        Test::VastAdSystem => draft.wrapper().ad_system = keep.then(|| "A server".into()),
        Test::VastDuration => {
            let creative = draft.creative();
            (creative.duration_ms, creative.bad_duration) =
                if keep { (Some(15_000), None) } else { (None, Some("15 seconds".into())) };
        }
        Test::VastMediaFiles => draft.creative().media_files[0].width = keep.then_some(1920),
        Test::VastUniversalAdId => {
            draft.creative().universal_ad_ids[0].0 = keep.then(|| "ad-id.org".into());
        }
        Test::VastOneUniversalAdId => {
            let ids = &mut draft.creative().universal_ad_ids;
            ids.extend((!keep).then(|| ids[0].clone()));
        }
        Test::VastAdServingId => draft.ad().ad_serving_id = keep.then(|| "served-1".into()),
        Test::VastAttributes => draft.ad().incomplete_pricing = !keep,
        Test::VastWrapperUri => draft.wrapper().ad_tag_uri = keep.then(|| "https://ads.example/".into()),
        Test::VastNoVpaid => {
            draft.creative().media_files[0].api_framework =
                Some(if keep { "SIMID" } else { "VPAID" }.to_owned());
        }
        Test::VastProgressiveMp4 => {
            let delivery = if keep { "progressive" } else { "streaming" };
            draft.creative().media_files[0].delivery = Some(delivery.into());
        }
        Test::LinearDuration { allowed_ms, tolerance_ms } => {
            let longest = allowed_ms.iter().max().expect("a duration");
            set_duration(draft, longest + tolerance_ms + u64::from(!keep));
        }
        Test::MaxCharacters { slot, max } => {
            draft.write(slot, &"ä".repeat(*max as usize + usize::from(!keep)));
        }
        Test::IntegerBetween { slot, max, .. } => {
            draft.write(slot, &(max + i64::from(!keep)).to_string());
        }
        Test::MediaTypes(types) => {
            let media_type = if keep { types[0].as_str() } else { "video/x-unheard-of" };
            draft.external("video").media_type = Some(media_type.into());
        }
    }
}

/// Gives the main content this size, or one that is a pixel wider.
fn set_size(draft: &mut Draft, (width, height): (u32, u32), keep: bool) {
    let width = width + u32::from(!keep);
    match draft.kind {
        Kind::Image => resize(draft, "image", (width, height)),
        Kind::Html5 => draft.markup().ad_size = Some((width, height)),
        Kind::DisplayTag => {
            draft.write("width", &width.to_string());
            draft.write("height", &height.to_string());
        }
        Kind::VideoHosted => {
            let video = draft.external("video");
            (video.width, video.height) = (Some(width), Some(height));
        }
        Kind::VideoVast | Kind::NativeInFeed => panic!("creatives of this kind have no size of their own"),
    }
}

fn resize(draft: &mut Draft, slot: &str, (width, height): (u32, u32)) {
    let image = draft.image(slot);
    (image.width, image.height) = (width, height);
}

/// The weight of the heaviest part: a picture's or the bundle's.
fn set_bytes(draft: &mut Draft, bytes: u64) {
    for facts in draft.facts.values_mut() {
        match facts {
            Facts::Image(image) => image.bytes = bytes,
            Facts::Html5(html5) => html5.bytes = bytes,
            Facts::Vast(vast) => vast.bytes = bytes,
            Facts::Markup(markup) => markup.bytes = bytes,
            Facts::Text(_) | Facts::Refused(_) => {}
        }
    }
}

/// What loads at first, and what loads after; what is not given stays.
fn load(draft: &mut Draft, initial: u64, after: Option<u64>) {
    match draft.kind {
        Kind::Image => draft.image("image").bytes = initial,
        Kind::Html5 => {
            let html5 = draft.html5();
            let after = after.unwrap_or(html5.unpacked_bytes - html5.initial_bytes);
            (html5.initial_bytes, html5.unpacked_bytes) = (initial, initial + after);
        }
        _ => panic!("what creatives of this kind load is not measured"),
    }
}

fn animate(draft: &mut Draft, change: impl Fn(&mut Animation)) {
    for image in draft.images() {
        let still = Animation { frames: 2, pass_ms: 2_000, plays: Some(1), shortest_frame_ms: 1_000 };
        change(image.animation.get_or_insert(still));
    }
}

fn insecure(draft: &mut Draft, keep: bool) {
    if keep {
        return;
    }
    let plain = || called("http://brand.example/x.js", UrlUsage::Resource);
    match draft.kind {
        Kind::Html5 | Kind::DisplayTag => draft.markup().urls.push(plain()),
        Kind::VideoVast => draft.vast().urls.push(plain()),
        Kind::Image | Kind::VideoHosted | Kind::NativeInFeed => {
            draft.click = Some(crate::draft::url("http://brand.example/"));
        }
    }
}

/// Takes away everything that a click could lead to.
fn unlink(draft: &mut Draft) {
    draft.click = None;
    match draft.kind {
        Kind::Html5 | Kind::DisplayTag => draft.markup().click_tags.clear(),
        Kind::VideoVast => draft.creative().click_through = None,
        Kind::Image | Kind::VideoHosted | Kind::NativeInFeed => {}
    }
}

/// A document of this version, with the namespace that goes with it.
fn set_version(draft: &mut Draft, version: &str) {
    let vast = draft.vast();
    vast.version = version.to_owned();
    vast.namespace = version.starts_with('4').then(|| "http://www.iab.com/VAST".to_owned());
}

fn set_duration(draft: &mut Draft, ms: u64) {
    match draft.kind {
        Kind::VideoHosted => draft.external("video").duration_ms = Some(ms),
        _ => draft.creative().duration_ms = Some(ms),
    }
}
