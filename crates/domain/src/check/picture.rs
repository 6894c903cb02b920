//! Questions about pictures.

use super::answer::Answer;
use super::ask::{Content, place};
use super::words;
use crate::manifest::AssetKind;

pub(super) fn min_size(content: &Content<'_>, slot: &str, (width, height): (u32, u32)) -> Answer {
    let allowed = format!("at least {width}x{height}");
    of_slot(content, slot, &allowed, |(w, h)| w >= width && h >= height)
}

pub(super) fn aspect_ratio(content: &Content<'_>, slot: &str, ratios: &[(u32, u32)]) -> Answer {
    let allowed =
        format!("a ratio of {} (within 2 %)", words::any_of(ratios.iter().map(|(w, h)| format!("{w}:{h}"))));
    // |w/h − a/b| ≤ 2 % of a/b, without division: 100·|w·b − a·h| ≤ 2·a·h.
    let near = |(w, h): (u32, u32), (a, b): (u32, u32)| {
        let (is, should) = (u64::from(w) * u64::from(b), u64::from(a) * u64::from(h));
        100 * is.abs_diff(should) <= 2 * should
    };
    of_slot(content, slot, &allowed, |size| ratios.iter().any(|ratio| near(size, *ratio)))
}

/// A question about the size of one slot's picture; a slot that is empty keeps every such rule.
fn of_slot(content: &Content<'_>, slot: &str, allowed: &str, fits: impl Fn((u32, u32)) -> bool) -> Answer {
    if let Some(image) = content.image(slot) {
        let size = (image.width, image.height);
        return Answer::of(fits(size), place(slot), words::size(size), allowed);
    }
    match content.external(slot) {
        Some(external) => match external.width.zip(external.height) {
            Some(size) => {
                Answer::of(fits(size), place(slot), format!("{} (declared)", words::size(size)), allowed)
            }
            None => Answer::unknown(place(slot), allowed),
        },
        None if content.manifest.assets().contains_key(slot) => Answer::unknown(place(slot), allowed),
        None => Answer::of(true, place(slot), "nothing", allowed),
    }
}

pub(super) fn max_size(content: &Content<'_>, (width, height): (u32, u32)) -> Answer {
    let allowed = format!("at most {width}x{height}");
    each(content, &allowed, |image| {
        (image.width <= width && image.height <= height, words::size((image.width, image.height)))
    })
}

pub(super) fn types(content: &Content<'_>, types: &[String]) -> Answer {
    each(content, &words::any_of(types), |image| {
        let found = image.image_type.media_type();
        (types.iter().any(|it| it == found), found.to_owned())
    })
}

pub(super) fn animation(content: &Content<'_>, max: u64) -> Answer {
    let allowed = format!("movement that ends after {} at the latest", words::seconds(max));
    each(content, &allowed, |image| match image.animation.map(|animation| animation.total_ms()) {
        None => (true, "a still picture".to_owned()),
        Some(None) => (false, "it repeats for ever".to_owned()),
        Some(Some(total)) => (total <= max, format!("it moves for {}", words::seconds(total))),
    })
}

pub(super) fn frame_rate(content: &Content<'_>, rate: u32) -> Answer {
    let allowed = format!("slower than {rate} frames a second");
    each(content, &allowed, |image| match image.animation {
        None => (true, "a still picture".to_owned()),
        Some(animation) => {
            let shortest = u64::from(animation.shortest_frame_ms);
            let found = format!("a frame stands for {shortest} ms at the shortest");
            (shortest * u64::from(rate) > 1000, found)
        }
    })
}

/// A question that every picture must answer well. A picture that was not measured is not passed over for others
/// that were; where there is no picture, there is nothing to be wrong.
fn each(
    content: &Content<'_>,
    allowed: &str,
    ask: impl Fn(&crate::facts::ImageFacts) -> (bool, String),
) -> Answer {
    let pictures = content.manifest.assets().iter().filter(|(_, asset)| asset.kind == AssetKind::Image);
    let answers = pictures.map(|(slot, _)| match content.image(slot) {
        Some(image) => {
            let (kept, found) = ask(image);
            Answer::of(kept, place(slot), found, allowed)
        }
        None => Answer::unknown(place(slot), allowed),
    });
    Answer::worst(answers, || Answer::of(true, content.main(), "no picture", allowed))
}
