//! Previews: a page that shows a creative in its real size inside a sandboxed frame, and what stands in the
//! frame. Loads nothing from outside but the creative itself, and tells no trackers of its own accord.

use super::{Click, TagError, TagInput, display, escape, native};
use crate::facts::Facts;
use crate::manifest::{Kind, Source};

/// What stands in the frame of a preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inner {
    /// A document of ours, to be served from an address of its own with the sandbox of user content.
    Document(String),
    /// The address of the HTML file that a bundle starts from.
    Address(String),
}

/// What the page around the frame is told.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// What people call the creative.
    pub name: &'a str,
    /// One line about it: `image · revision 3 · approved`.
    pub about: &'a str,
    /// The slot's size in CSS pixels.
    pub size: (u32, u32),
    /// The address of what stands in the frame.
    pub address: &'a str,
}

/// The size that a preview is shown in: the ad's own, else the slot's, else one that suits its kind.
pub fn size(input: &TagInput<'_>) -> (u32, u32) {
    input.ad_size().unwrap_or(match input.manifest.kind() {
        Kind::VideoHosted | Kind::VideoVast => (640, 360),
        Kind::NativeInFeed => (360, 420),
        Kind::Image | Kind::Html5 | Kind::DisplayTag => (300, 250),
    })
}

/// What stands in the frame, with clicks that lead straight to the landing page.
pub fn inner(input: &TagInput<'_>) -> Result<Inner, TagError> {
    let input = &TagInput { click: &Click::Direct, size: Some(size(input)), ..*input };
    Ok(Inner::Document(match input.manifest.kind() {
        Kind::Html5 => return display::bundle(input).map(Inner::Address),
        Kind::Image => {
            let untracked = display::picture(input)?;
            display::document(&untracked.markup)
        }
        Kind::DisplayTag => display::document(&display::third_party(input)?),
        Kind::VideoHosted => video(input, input.address("video")?)?,
        Kind::VideoVast => video(input, first_video(input).as_deref())?,
        Kind::NativeInFeed => card(input)?,
    }))
}

/// The page around the frame: the name, the size, and the frame on a light grey checkerboard.
pub fn page(page: &Page<'_>) -> String {
    let Page { name, about, size: (width, height), address } = *page;
    let (name, about, address) = (escape::html(name), escape::html(about), escape::html(address));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"robots\" content=\"noindex\">\n<title>{name} – preview</title>\n<style>{PAGE_STYLE}</style>\n</head>\n<body>\n<header><h1>{name}</h1><p>{about} · {width} × {height}</p></header>\n<main><iframe src=\"{address}\" width=\"{width}\" height=\"{height}\" sandbox=\"{sandbox}\" referrerpolicy=\"no-referrer\" title=\"The creative, {width} by {height} pixels\"></iframe></main>\n</body>\n</html>\n",
        sandbox = display::SANDBOX,
    )
}

const PAGE_STYLE: &str = "body{margin:0;font:14px/1.5 system-ui,sans-serif;color:#1f2430;background:#fff}header{padding:12px 24px;border-bottom:1px solid #dfe3ea}h1{margin:0;font-size:18px;overflow-wrap:anywhere}p{margin:0;color:#5a6272}main{padding:32px 24px;overflow:auto;min-height:calc(100vh - 140px);background:repeating-conic-gradient(#eceef1 0 25%,#f8f9fa 0 50%) 0 0/24px 24px}iframe{display:block;margin:0 auto;border:0;background:#fff;box-shadow:0 0 0 1px #c9ced8,0 6px 24px #0002}";

/// The first progressive MP4 of a document, else its first progressive file.
fn first_video(input: &TagInput<'_>) -> Option<String> {
    let Some(Facts::Vast(vast)) = input.facts.get("vast") else { return None };
    let files = vast.ads.iter().flat_map(|ad| &ad.creatives).flat_map(|creative| &creative.media_files);
    let web = |url: &str| crate::text::WebUrl::parse(url).is_ok();
    let mut files = files.filter(|file| file.delivery.as_deref() == Some("progressive") && web(&file.url));
    let first = files.clone().next();
    files.find(|file| file.media_type.as_deref() == Some("video/mp4")).or(first).map(|file| file.url.clone())
}

fn video(input: &TagInput<'_>, url: Option<&str>) -> Result<String, TagError> {
    let Some(url) = url else {
        let why = match input.manifest.assets().get("vast").map(|asset| &asset.source) {
            Some(Source::External(_)) => "The VAST document stays elsewhere and was not fetched.",
            _ => {
                "The VAST document has no progressive video of its own; a wrapper leads to another document."
            }
        };
        return Ok(display::document(&format!("<p style=\"font:14px sans-serif;padding:16px\">{why}</p>")));
    };
    let poster = match input.address("poster")? {
        Some(poster) => format!(" poster=\"{}\"", escape::html(poster)),
        None => String::new(),
    };
    let (width, height) = size(input);
    Ok(display::document(&format!(
        "<video src=\"{}\" width=\"{width}\" height=\"{height}\"{poster} controls muted playsinline preload=\"metadata\" style=\"display:block;background:#000\"></video>",
        escape::html(&input.fill().url(url)),
    )))
}

/// A native ad as a simple card: icon and sponsor, picture, title, texts, call to action.
fn card(input: &TagInput<'_>) -> Result<String, TagError> {
    let fill = input.fill();
    let text = |slot: &str| input.manifest.text(slot).map(|text| escape::html(&fill.text(text)));
    let image = |slot| -> Result<String, TagError> {
        let url = input.address(slot)?.map(|url| escape::html(&fill.url(url)));
        Ok(url.map(|url| format!("<img class=\"{slot}\" src=\"{url}\" alt=\"\">")).unwrap_or_default())
    };
    let line =
        |slot: &str| text(slot).map(|text| format!("<p class=\"{slot}\">{text}</p>")).unwrap_or_default();
    let mut body = format!("<div class=\"by\">{}{}</div>", image("icon")?, line("sponsored"));
    body += &image("main_image")?;
    body += &text("title").map(|title| format!("<h2>{title}</h2>")).unwrap_or_default();
    for (slot, _) in native::DATA {
        if !matches!(slot, "sponsored" | "ctatext") {
            body += &line(slot);
        }
    }
    body += &text("ctatext").map(|label| format!("<span class=\"cta\">{label}</span>")).unwrap_or_default();
    let body = match input.click_address() {
        Some(click) => {
            format!("<a href=\"{}\" target=\"_blank\" rel=\"noopener\">{body}</a>", escape::html(&click))
        }
        None => format!("<div>{body}</div>"),
    };
    Ok(display::document(&format!("<style>{CARD_STYLE}</style><article>{body}</article>")))
}

const CARD_STYLE: &str = "article{font:14px/1.4 system-ui,sans-serif;color:#1f2430;background:#fff;padding:12px}a{color:inherit;text-decoration:none}.by{display:flex;gap:8px;align-items:center;color:#5a6272;min-height:32px}.icon{width:32px;height:32px;border-radius:6px}.main_image{width:100%;height:auto;border-radius:8px;margin-top:8px;display:block}h2{font-size:17px;margin:10px 0 4px}p{margin:2px 0;overflow-wrap:anywhere}.cta{display:inline-block;margin-top:8px;padding:6px 14px;border-radius:16px;background:#1f6feb;color:#fff}";
