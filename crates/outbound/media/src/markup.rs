//! HTML, script and style: what they call, contain and promise. Collects from one file or from the files of a
//! bundle; judges nothing, runs nothing.

mod clicks;
mod page;
mod references;
mod script;
mod style;

use creativestore_domain::facts::{ClickTag, MarkupFacts, Refusal, RefusalCode, UrlUsage};

use crate::bounds::{MAX_CLICK_TAGS, MAX_MARKUP};
use crate::once::{Names, Urls};
use crate::refuse::{bytes_for_people, refusal};
use crate::{macros, plain};

/// Measures a tag: HTML.
pub fn inspect_html(bytes: &[u8]) -> Result<MarkupFacts, Refusal> {
    let text = text(bytes)?;
    let mut collector = Collector::default();
    collector.page(text, "")?;
    Ok(collector.finish(bytes.len()))
}

/// Measures a tag: JavaScript.
pub fn inspect_script(bytes: &[u8]) -> Result<MarkupFacts, Refusal> {
    let text = text(bytes)?;
    let mut collector = Collector::default();
    macros::find(text, &mut collector.macros);
    collector.script(text, false, "");
    Ok(collector.finish(bytes.len()))
}

fn text(bytes: &[u8]) -> Result<&str, Refusal> {
    if bytes.len() > MAX_MARKUP {
        let allowed = format!("at most {}", bytes_for_people(MAX_MARKUP as u64));
        return Err(refusal(RefusalCode::TooLarge, bytes_for_people(bytes.len() as u64), allowed));
    }
    plain::utf8(bytes)
}

/// Something that markup loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The address, as written.
    pub url: String,
    /// What it is loaded as.
    pub role: Role,
}

/// What something is loaded as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A script.
    Script,
    /// A style sheet.
    Style,
    /// A picture, a font, a frame, sound or moving pictures.
    Other,
}

/// Gathers the facts of markup, file by file.
#[derive(Debug, Default)]
pub struct Collector {
    doctype: bool,
    html: bool,
    body: bool,
    ad_size: Option<(u32, u32)>,
    ad_orientation: Option<String>,
    click_tags: Vec<ClickTag>,
    urls: Urls,
    elements: Names,
    calls: Names,
    macros: Names,
}

impl Collector {
    /// Takes in an HTML page; returns what it loads.
    pub fn page(&mut self, html: &str, file: &str) -> Result<Vec<Reference>, Refusal> {
        macros::find(html, &mut self.macros);
        page::read(html, file, self)
    }

    /// Takes in script text; `in_head` when it stands in the `<head>` of the primary HTML.
    pub fn script(&mut self, script: &str, in_head: bool, file: &str) {
        clicks::find(script, in_head, file, self);
    }

    /// Takes in a script file.
    pub fn script_file(&mut self, script: &str, file: &str) {
        macros::find(script, &mut self.macros);
        self.script(script, false, file);
    }

    /// Takes in style text; returns what it loads.
    pub fn style(&mut self, style: &str, file: &str) -> Vec<Reference> {
        let references = style::references(style);
        for reference in &references {
            self.urls.add(&reference.url, UrlUsage::Resource, file);
        }
        references
    }

    /// The `ad.size` of what was taken in.
    pub fn ad_size(&self) -> Option<(u32, u32)> {
        self.ad_size
    }

    fn click_tag(&mut self, tag: ClickTag) {
        let known =
            |known: &ClickTag| known.form == tag.form && known.name == tag.name && known.file == tag.file;
        if let Some(known) = self.click_tags.iter_mut().find(|it| known(it)) {
            // Declared here, used there: it is one click tag, in the head if any of it is.
            known.in_head |= tag.in_head;
            known.url = known.url.take().or(tag.url);
        } else if self.click_tags.len() < MAX_CLICK_TAGS {
            self.click_tags.push(tag);
        }
    }

    /// The facts of all that was taken in, for a primary file of this size.
    pub fn finish(self, bytes: usize) -> MarkupFacts {
        let Self { doctype, html, body, ad_size, ad_orientation, click_tags, urls, elements, calls, macros } =
            self;
        MarkupFacts {
            bytes: bytes as u64,
            doctype,
            html_and_body: html && body,
            ad_size,
            ad_orientation,
            click_tags,
            urls: urls.into_vec(),
            elements: elements.into_vec(),
            calls: calls.into_vec(),
            macros: macros.into_vec(),
        }
    }
}

/// Whether an address leads anywhere: not empty, not a fragment, and not carrying its own content.
fn leads_somewhere(url: &str) -> bool {
    let scheme = |scheme: &str| url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    let contained = ["data:", "blob:", "about:", "javascript:", "mailto:", "tel:", "sms:"];
    !url.is_empty() && !url.starts_with('#') && !contained.into_iter().any(scheme)
}
