//! Tags of pictures, HTML5 bundles and third-party tags: markup, a sandboxed frame, or a script that puts
//! either next to itself. Never `document.write`, never an inline event handler.

use std::fmt::Write as _;

use super::json::Json;
use super::{Tag, TagError, TagInput, escape};
use crate::manifest::{AssetKind, Kind, Source, TrackerEvent};

/// What a frame may do: run scripts and open the landing page, in an origin of its own.
pub(super) const SANDBOX: &str = "allow-scripts allow-popups allow-popups-to-escape-sandbox";

/// The script at the end of a bundle's HTML file, as it is served, that makes every form of click tag follow
/// the `clickTag` of its query: `var clickTag = "…"` and `window.clickTag` are overwritten with it (both are
/// read on the click, not before), `Enabler.exit`, `ExitApi.exit` and `mraid.open` open it. A bundle that reads
/// its query itself finds it there. Without `clickTag` in the query, or with one that is no web address, the
/// bundle is left as it is.
pub const CLICK_BRIDGE: &str = concat!(
    "<script>(function(){var m=/[?&]clickTag=([^&#]*)/.exec(location.search),u;",
    "try{u=m&&decodeURIComponent(m[1])}catch(e){}",
    "if(!u||!/^https?:\\/\\//i.test(u))return;",
    "window.clickTag=window.clickTAG=u;",
    "function go(){window.open(u,\"_blank\",\"noopener\")}",
    "(window.Enabler=window.Enabler||{}).exit=go;(window.ExitApi=window.ExitApi||{}).exit=go;",
    "if(window.mraid)window.mraid.open=go})()</script>"
);

/// A bundle's HTML file as it is served: its bytes as they are, then the click bridge.
pub fn bridged(entry: &[u8]) -> Vec<u8> {
    [entry, CLICK_BRIDGE.as_bytes()].concat()
}

/// The ad as one element, and what happens on its way that the element does not tell itself.
pub(super) struct Element {
    pub(super) markup: String,
    /// Whether a click on it reaches the page that it stands in.
    clicks: bool,
}

const HTML: &str = "text/html; charset=utf-8";
const SHOWN: TrackerEvent = TrackerEvent::Impression;
const VIEWED: TrackerEvent = TrackerEvent::ViewableImpression;

/// Markup to put into a page.
pub(super) fn html(input: &TagInput<'_>) -> Result<Tag, TagError> {
    match input.manifest.kind() {
        Kind::DisplayTag => {
            let body = third_party(input)? + &pixels(input);
            Ok(Tag { media_type: HTML, body, untold: input.untold(&[SHOWN]) })
        }
        Kind::Image => Ok(markup(input, &picture(input)?)),
        _ => Ok(markup(input, &frame(input)?)),
    }
}

/// Markup that keeps the ad in a sandboxed frame.
pub(super) fn iframe(input: &TagInput<'_>) -> Result<Tag, TagError> {
    Ok(markup(input, &frame(input)?))
}

/// A script that puts the ad next to itself.
pub(super) fn javascript(input: &TagInput<'_>) -> Result<Tag, TagError> {
    let media_type = "text/javascript; charset=utf-8";
    let asset = input.manifest.assets().get("tag");
    if asset.is_some_and(|asset| asset.kind == AssetKind::Javascript)
        && let Some(script) = input.content("tag")?
    {
        let body =
            format!("{}\n;(function(){{{}}})();\n", input.fill().markup(script, false), tell(input, SHOWN));
        return Ok(Tag { media_type, body, untold: input.untold(&[SHOWN]) });
    }
    let element = match input.manifest.kind() {
        Kind::Image => picture(input)?,
        _ => frame(input)?,
    };
    let body = format!(
        "(function(){{var here=document.currentScript;here.insertAdjacentHTML(\"afterend\",\"{}\");var ad=here.nextElementSibling;{}{}}})();\n",
        escape::script(&element.markup),
        tell(input, SHOWN),
        watch(input, &element),
    );
    Ok(Tag { media_type, body, untold: input.untold(told(&element)) })
}

/// An element as a tag: the element, the script that watches it when there is something to watch, the pixels.
fn markup(input: &TagInput<'_>, element: &Element) -> Tag {
    let watch = match watch(input, element) {
        nothing if nothing.is_empty() => nothing,
        watch => {
            format!(
                "<script>(function(){{var ad=document.currentScript.previousElementSibling;{watch}}})();</script>"
            )
        }
    };
    let body = format!("{}{watch}{}", element.markup, pixels(input));
    Tag { media_type: HTML, body, untold: input.untold(told(element)) }
}

const fn told(element: &Element) -> &'static [TrackerEvent] {
    if element.clicks { &[SHOWN, VIEWED, TrackerEvent::Click] } else { &[SHOWN, VIEWED] }
}

/// The picture, linked to where a click leads.
pub(super) fn picture(input: &TagInput<'_>) -> Result<Element, TagError> {
    let address = input.address("image")?.ok_or(TagError::Missing("image"))?;
    let (width, height) = input.ad_size().ok_or(TagError::NoSize)?;
    let alt = input.manifest.text("alt_text").map(|text| input.fill().text(text)).unwrap_or_default();
    let image = format!(
        "<img src=\"{}\" width=\"{width}\" height=\"{height}\" alt=\"{}\" style=\"border:0;display:block\">",
        escape::html(&input.fill().url(address)),
        escape::html(&alt),
    );
    Ok(match input.click_address() {
        Some(click) => Element {
            markup: format!(
                "<a href=\"{}\" target=\"_blank\" rel=\"noopener\" style=\"display:inline-block\">{image}</a>",
                escape::html(&click)
            ),
            clicks: true,
        },
        None => Element { markup: image, clicks: true },
    })
}

/// The ad in a sandboxed frame.
fn frame(input: &TagInput<'_>) -> Result<Element, TagError> {
    let (width, height) = input.ad_size().ok_or(TagError::NoSize)?;
    let inside = match input.manifest.kind() {
        Kind::Html5 => format!("src=\"{}\"", escape::html(&bundle(input)?)),
        Kind::Image => srcdoc(&picture(input)?.markup),
        _ => match external(input, AssetKind::Html) {
            Some(url) => format!("src=\"{}\"", escape::html(&input.fill().url(url))),
            None => srcdoc(&third_party(input)?),
        },
    };
    let markup = format!(
        "<iframe {inside} width=\"{width}\" height=\"{height}\" sandbox=\"{SANDBOX}\" scrolling=\"no\" frameborder=\"0\" style=\"border:0\" title=\"Advertisement\"></iframe>"
    );
    Ok(Element { markup, clicks: false })
}

/// The address of a bundle's HTML file, with where a click leads in its query.
pub(super) fn bundle(input: &TagInput<'_>) -> Result<String, TagError> {
    let entry = input.links.entry.as_deref().ok_or(TagError::Missing("bundle"))?;
    Ok(match input.click_parameter() {
        Some(click) => format!("{entry}{}clickTag={click}", if entry.contains('?') { '&' } else { '?' }),
        None => entry.to_owned(),
    })
}

/// A third party's markup with its macros filled; a third party's script as an element.
pub(super) fn third_party(input: &TagInput<'_>) -> Result<String, TagError> {
    if let Some(url) = external(input, AssetKind::Javascript) {
        return Ok(format!("<script src=\"{}\"></script>", escape::html(&input.fill().url(url))));
    }
    if external(input, AssetKind::Html).is_some() {
        return frame(input).map(|element| element.markup);
    }
    let text = input.content("tag")?.ok_or(TagError::Missing("tag"))?;
    if input.manifest.assets().get("tag").is_some_and(|asset| asset.kind == AssetKind::Javascript) {
        return Ok(format!("<script>{}</script>", within_script(&input.fill().markup(text, false))));
    }
    Ok(fill_html(input, text))
}

/// Fills markup, inside `<script>` and `<style>` without entities, elsewhere with them.
fn fill_html(input: &TagInput<'_>, text: &str) -> String {
    let fill = input.fill();
    // ASCII only, so that positions stay those of the text itself.
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some((start, name)) =
        ["<script", "<style"].into_iter().filter_map(|name| Some((at + lower[at..].find(name)?, name))).min()
    {
        let end = lower[start..].find(&name.replace('<', "</")).map_or(text.len(), |end| start + end);
        out.push_str(&fill.markup(&text[at..start], true));
        // The start tag itself is markup; what follows it is not.
        let inside = lower[start..end].find('>').map_or(end, |close| start + close + 1);
        out.push_str(&fill.markup(&text[start..inside], true));
        out.push_str(&fill.markup(&text[inside..end], false));
        at = end;
        if end < text.len() {
            out.push_str("</");
            at = end + 2;
        }
    }
    out + &fill.markup(&text[at..], true)
}

/// A script that can stand inside `<script>`: what would end the element, or open another inside it, is
/// written so that strings, templates and regular expressions keep their meaning.
fn within_script(script: &str) -> String {
    let lower = script.to_ascii_lowercase();
    let mut out = String::with_capacity(script.len());
    for (at, c) in script.char_indices() {
        if c == '<' && (lower[at..].starts_with("</script") || lower[at..].starts_with("<script")) {
            out.push_str("\\x3C");
        } else {
            out.push(c);
        }
    }
    out
}

fn external<'a>(input: &TagInput<'a>, kind: AssetKind) -> Option<&'a str> {
    match input.manifest.assets().get("tag") {
        Some(asset) if asset.kind == kind => match &asset.source {
            Source::External(external) => Some(external.url.as_str()),
            Source::Blob(_) | Source::Inline(_) => None,
        },
        _ => None,
    }
}

fn srcdoc(body: &str) -> String {
    format!("srcdoc=\"{}\"", escape::html(&document(body)))
}

/// A page that holds nothing but the ad.
pub(super) fn document(body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Advertisement</title><style>html,body{{margin:0}}</style></head><body>{body}</body></html>"
    )
}

fn pixels(input: &TagInput<'_>) -> String {
    let pixel = |url: String| {
        format!(
            "<img src=\"{}\" width=\"1\" height=\"1\" alt=\"\" style=\"display:none\">",
            escape::html(&url)
        )
    };
    input.trackers(SHOWN).into_iter().map(pixel).collect()
}

/// A statement that tells all trackers of an event.
fn tell(input: &TagInput<'_>, event: TrackerEvent) -> String {
    match input.trackers(event) {
        none if none.is_empty() => String::new(),
        urls => format!("{}.forEach(function(u){{new Image().src=u}});", Json::texts(urls)),
    }
}

/// Statements that watch the element `ad`: half of it in view for one second (MRC), a click.
fn watch(input: &TagInput<'_>, element: &Element) -> String {
    let mut script = String::new();
    let viewed = tell(input, VIEWED);
    if !viewed.is_empty() {
        script = format!(
            "var wait=0,eye=window.IntersectionObserver&&new IntersectionObserver(function(seen){{if(seen[seen.length-1].intersectionRatio>=0.5){{wait=wait||setTimeout(function(){{eye.disconnect();{viewed}}},1000)}}else{{clearTimeout(wait);wait=0}}}},{{threshold:[0.5]}});if(eye)eye.observe(ad);"
        );
    }
    let clicked = tell(input, TrackerEvent::Click);
    if element.clicks && !clicked.is_empty() {
        let _ = write!(script, "ad.addEventListener(\"click\",function(){{{clicked}}});");
    }
    script
}
