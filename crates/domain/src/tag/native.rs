//! `OpenRTB` Native 1.2: the response that a page lays out. Asset ids are fixed per slot, so that a request can be
//! written once for all creatives: title 1, main image 2, icon 3, data assets 100 + their type.

use super::json::Json;
use super::{Channel, Tag, TagError, TagInput};
use crate::manifest::TrackerEvent;

/// The data assets: their slot and type (`OpenRTB` Native 1.2, section 7.3).
pub(super) const DATA: [(&str, u64); 12] = [
    ("sponsored", 1),
    ("desc", 2),
    ("rating", 3),
    ("likes", 4),
    ("downloads", 5),
    ("price", 6),
    ("saleprice", 7),
    ("phone", 8),
    ("address", 9),
    ("desc2", 10),
    ("displayurl", 11),
    ("ctatext", 12),
];

/// The response: assets, link, event trackers.
pub(super) fn response(input: &TagInput<'_>) -> Result<Tag, TagError> {
    let click = input.click_address().ok_or(TagError::NoClickUrl(Channel::Native))?;
    let fill = input.fill();
    let mut assets = Vec::new();
    if let Some(title) = input.manifest.text("title") {
        let text = Json::Object(vec![("text", Json::text(fill.text(title)))]);
        assets.push(Json::Object(vec![
            ("id", Json::Number(1)),
            ("required", Json::Number(1)),
            ("title", text),
        ]));
    }
    // Image types: 3 main, 1 icon.
    for (slot, id, image_type) in [("main_image", 2, 3), ("icon", 3, 1)] {
        if let Some(url) = input.address(slot)? {
            let mut image = vec![("type", Json::Number(image_type)), ("url", Json::text(fill.url(url)))];
            if let Some((width, height)) = input.picture_size(slot) {
                image.push(("w", Json::Number(width.into())));
                image.push(("h", Json::Number(height.into())));
            }
            assets.push(Json::Object(vec![("id", Json::Number(id)), ("img", Json::Object(image))]));
        }
    }
    for (slot, data_type) in DATA {
        if let Some(text) = input.manifest.text(slot) {
            let data =
                Json::Object(vec![("type", Json::Number(data_type)), ("value", Json::text(fill.text(text)))]);
            assets.push(Json::Object(vec![("id", Json::Number(100 + data_type)), ("data", data)]));
        }
    }
    let mut link = vec![("url", Json::text(click))];
    let clicks = input.trackers(TrackerEvent::Click);
    if !clicks.is_empty() {
        link.push(("clicktrackers", Json::texts(clicks)));
    }
    // Events: 1 impression, 2 viewable by the MRC's rule; method 1 is a pixel.
    let mut trackers = Vec::new();
    for (event, number) in [(TrackerEvent::Impression, 1), (TrackerEvent::ViewableImpression, 2)] {
        for url in input.trackers(event) {
            trackers.push(Json::Object(vec![
                ("event", Json::Number(number)),
                ("method", Json::Number(1)),
                ("url", Json::text(url)),
            ]));
        }
    }
    let mut native =
        vec![("ver", Json::text("1.2")), ("assets", Json::List(assets)), ("link", Json::Object(link))];
    if !trackers.is_empty() {
        native.push(("eventtrackers", Json::List(trackers)));
    }
    let body = Json::Object(vec![("native", Json::Object(native))]).to_string();
    let told = [TrackerEvent::Impression, TrackerEvent::ViewableImpression, TrackerEvent::Click];
    Ok(Tag { media_type: "application/json", body, untold: input.untold(&told) })
}
