//! What was measured, over the wire.

use creativestore_domain::facts::{
    Animation, BundleFile, CalledUrl, ClickTag, Facts, Html5Facts, ImageFacts, MarkupFacts, Refusal,
    TextFacts, VastAd, VastCreative, VastFacts, VastMediaFile,
};
use serde_json::{Value, json};

/// Facts as JSON, tagged by `type`: `image`, `html5`, `vast`, `markup`, `text` or `refused`.
pub fn facts(facts: &Facts) -> Value {
    match facts {
        Facts::Image(facts) => image(facts),
        Facts::Html5(facts) => html5(facts),
        Facts::Vast(facts) => vast(facts),
        Facts::Markup(facts) => {
            let mut value = markup(facts);
            value["type"] = "markup".into();
            value
        }
        Facts::Text(TextFacts { bytes, characters }) => {
            json!({ "type": "text", "bytes": bytes, "characters": characters })
        }
        Facts::Refused(refusals) => {
            let refusal = |Refusal { code, at, found, allowed }: &Refusal| json!({ "code": code.as_str(), "at": at, "found": found, "allowed": allowed });
            json!({ "type": "refused", "reasons": refusals.iter().map(refusal).collect::<Vec<_>>() })
        }
    }
}

fn image(facts: &ImageFacts) -> Value {
    let ImageFacts {
        image_type,
        width,
        height,
        bytes,
        alpha,
        orientation,
        colour_profile,
        animation,
        perceptual_hash,
    } = facts;
    let animation = animation.map(|animation| {
        let Animation { frames, pass_ms, plays, shortest_frame_ms } = animation;
        json!({ "frames": frames, "pass_ms": pass_ms, "plays": plays, "shortest_frame_ms": shortest_frame_ms })
    });
    json!({
        "type": "image",
        "media_type": image_type.media_type(),
        "width": width,
        "height": height,
        "bytes": bytes,
        "alpha": alpha,
        "orientation": orientation,
        "colour_profile": colour_profile,
        "animation": animation,
        "perceptual_hash": format!("{perceptual_hash:016x}"),
    })
}

fn html5(facts: &Html5Facts) -> Value {
    let Html5Facts {
        bytes,
        unpacked_bytes,
        entry,
        entry_candidates,
        files,
        depth,
        nested_archives,
        markup: entry_markup,
        initial_bytes,
        initial_requests,
    } = facts;
    let file = |BundleFile { path, bytes, sha256, media_type }: &BundleFile| json!({ "path": path, "bytes": bytes, "sha256": sha256.to_string(), "media_type": media_type });
    json!({
        "type": "html5",
        "bytes": bytes,
        "unpacked_bytes": unpacked_bytes,
        "entry": entry,
        "entry_candidates": entry_candidates,
        "files": files.iter().map(file).collect::<Vec<_>>(),
        "depth": depth,
        "nested_archives": nested_archives,
        "markup": markup(entry_markup),
        "initial_bytes": initial_bytes,
        "initial_requests": initial_requests,
    })
}

fn markup(facts: &MarkupFacts) -> Value {
    let MarkupFacts {
        bytes,
        doctype,
        html_and_body,
        ad_size,
        ad_orientation,
        click_tags,
        urls,
        elements,
        calls,
        macros,
    } = facts;
    let tag = |ClickTag { form, name, url, in_head, file }: &ClickTag| json!({ "form": form.as_str(), "name": name, "url": url, "in_head": in_head, "file": file });
    json!({
        "bytes": bytes,
        "doctype": doctype,
        "html_and_body": html_and_body,
        "ad_size": ad_size.map(|(width, height)| json!({ "width": width, "height": height })),
        "ad_orientation": ad_orientation,
        "click_tags": click_tags.iter().map(tag).collect::<Vec<_>>(),
        "urls": urls.iter().map(url).collect::<Vec<_>>(),
        "elements": elements,
        "calls": calls,
        "macros": macros,
    })
}

fn url(called: &CalledUrl) -> Value {
    let CalledUrl { url, usage, file } = called;
    json!({ "url": url, "usage": usage.as_str(), "file": file, "plain_http": called.is_plain_http() })
}

fn vast(facts: &VastFacts) -> Value {
    let VastFacts { bytes, version, namespace, ads, urls, macros } = facts;
    json!({
        "type": "vast",
        "bytes": bytes,
        "version": version,
        "namespace": namespace,
        "ads": ads.iter().map(ad).collect::<Vec<_>>(),
        "urls": urls.iter().map(url).collect::<Vec<_>>(),
        "macros": macros,
    })
}

fn ad(ad: &VastAd) -> Value {
    let VastAd {
        id,
        wrapper,
        ad_tag_uri,
        ad_system,
        ad_title,
        ad_serving_id,
        impressions,
        errors,
        verifications,
        categories_without_authority,
        incomplete_pricing,
        creatives,
    } = ad;
    json!({
        "id": id,
        "wrapper": wrapper,
        "ad_tag_uri": ad_tag_uri,
        "ad_system": ad_system,
        "ad_title": ad_title,
        "ad_serving_id": ad_serving_id,
        "impressions": impressions,
        "errors": errors,
        "verifications": verifications,
        "categories_without_authority": categories_without_authority,
        "incomplete_pricing": incomplete_pricing,
        "creatives": creatives.iter().map(creative).collect::<Vec<_>>(),
    })
}

fn creative(creative: &VastCreative) -> Value {
    let VastCreative {
        id,
        universal_ad_ids,
        linear,
        nonlinear,
        companions,
        duration_ms,
        bad_duration,
        skip_offset,
        media_files,
        mezzanines,
        captions,
        click_through,
        tracking_events,
    } = creative;
    let ids =
        universal_ad_ids.iter().map(|(registry, value)| json!({ "registry": registry, "value": value }));
    let events = tracking_events.iter().map(|(event, count)| json!({ "event": event, "count": count }));
    json!({
        "id": id,
        "universal_ad_ids": ids.collect::<Vec<_>>(),
        "linear": linear,
        "nonlinear": nonlinear,
        "companions": companions,
        "duration_ms": duration_ms,
        "bad_duration": bad_duration,
        "skip_offset": skip_offset,
        "media_files": media_files.iter().map(media_file).collect::<Vec<_>>(),
        "mezzanines": mezzanines,
        "captions": captions,
        "click_through": click_through,
        "tracking_events": events.collect::<Vec<_>>(),
    })
}

fn media_file(file: &VastMediaFile) -> Value {
    let VastMediaFile { url, delivery, media_type, width, height, bitrate, api_framework } = file;
    json!({
        "url": url,
        "delivery": delivery,
        "media_type": media_type,
        "width": width,
        "height": height,
        "bitrate_kbps": bitrate,
        "api_framework": api_framework,
    })
}
