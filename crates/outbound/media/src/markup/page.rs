//! An HTML page, walked element by element with bounded memory. Knows which attribute means what.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use creativestore_domain::facts::{Refusal, RefusalCode, UrlUsage};
use lol_html::html_content::{Element, TextChunk, TextType};
use lol_html::{DocumentContentHandlers, HtmlRewriter, MemorySettings, Settings, doctype, element, end_tag};

use super::{Collector, Reference, Role, leads_somewhere, references};
use crate::bounds::{MAX_NAME, MAX_PARSER, MAX_REFERENCES};
use crate::refuse::{refusal_at, shorten};

/// What the walk remembers between elements.
struct Reading<'a> {
    collector: &'a mut Collector,
    file: &'a str,
    references: Vec<Reference>,
    script: String,
    /// Text that is not read as HTML where it stands, and the element it stands in.
    raw: String,
    raw_in: String,
    /// Whether this is the inside of a `<noscript>`; a page goes no deeper.
    nested: bool,
    in_head: Rc<Cell<bool>>,
}

/// Reads the page into the collector; returns what it loads.
pub fn read(html: &str, file: &str, collector: &mut Collector) -> Result<Vec<Reference>, Refusal> {
    walk(html, file, collector, false)
}

fn walk(html: &str, file: &str, collector: &mut Collector, nested: bool) -> Result<Vec<Reference>, Refusal> {
    let reading = RefCell::new(Reading {
        collector,
        file,
        references: Vec::new(),
        script: String::new(),
        raw: String::new(),
        raw_in: String::new(),
        nested,
        in_head: Rc::new(Cell::new(true)),
    });
    let settings = Settings::new()
        .with_strict(false)
        .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(MAX_PARSER))
        .append_document_content_handler(doctype!(|_| {
            reading.borrow_mut().collector.doctype = true;
            Ok(())
        }))
        .append_document_content_handler(DocumentContentHandlers::default().text(
            |text: &mut TextChunk<'_>| {
                reading.borrow_mut().text(text);
                Ok(())
            },
        ))
        .append_element_content_handler(element!("*", |element| {
            let in_head = reading.borrow_mut().element(element);
            if element.tag_name() == "head" {
                element.on_end_tag(end_tag!(move |_| {
                    in_head.set(false);
                    Ok(())
                }))?;
            }
            Ok(())
        }));
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| ());
    let result = rewriter.write(html.as_bytes()).and_then(|()| rewriter.end());
    result.map_err(|error| {
        refusal_at(RefusalCode::TooDeep, file, error.to_string(), "HTML that can be read with little memory")
    })?;
    Ok(reading.into_inner().references)
}

impl Reading<'_> {
    /// Scripts and styles come in pieces; each is taken in when it is whole.
    fn text(&mut self, text: &TextChunk<'_>) {
        match text.text_type() {
            TextType::ScriptData => {
                self.script.push_str(text.as_str());
                if text.last_in_text_node() {
                    let script = std::mem::take(&mut self.script);
                    self.collector.script(&script, self.in_head.get(), self.file);
                }
            }
            TextType::RawText => {
                self.raw.push_str(text.as_str());
                if text.last_in_text_node() {
                    let raw = std::mem::take(&mut self.raw);
                    self.raw(&raw);
                }
            }
            _ => {}
        }
    }

    fn raw(&mut self, text: &str) {
        match self.raw_in.as_str() {
            "style" => {
                let loaded = self.collector.style(text, self.file);
                self.load_all(loaded);
            }
            // Read for what it would call; with scripts it is not loaded, and what is broken in it does not matter.
            "noscript" if !self.nested => {
                let _ = walk(text, self.file, self.collector, true);
            }
            _ => {}
        }
    }

    fn element(&mut self, element: &Element<'_, '_>) -> Rc<Cell<bool>> {
        let name = element.tag_name();
        match name.as_str() {
            "html" => self.collector.html = true,
            "body" => self.collector.body = true,
            "form" | "video" | "audio" | "iframe" | "object" | "embed" => self.collector.elements.add(&name),
            _ => {}
        }
        // By the rules of HTML the first element that cannot stand in a head ends it, written or not.
        let of_head =
            ["html", "head", "title", "meta", "link", "script", "style", "base", "noscript", "template"];
        if !of_head.contains(&name.as_str()) {
            self.in_head.set(false);
        }
        if name == "meta" {
            self.meta(element);
        }
        self.raw_in.clone_from(&name);
        for attribute in element.attributes() {
            let (attribute, value) = (attribute.name(), attribute.value());
            self.attribute(&name, &attribute, &value, element);
        }
        Rc::clone(&self.in_head)
    }

    fn meta(&mut self, element: &Element<'_, '_>) {
        let name = element.get_attribute("name").unwrap_or_default();
        let content = element.get_attribute("content").unwrap_or_default();
        if name.eq_ignore_ascii_case("ad.size") && self.collector.ad_size.is_none() {
            self.collector.ad_size = size(&content);
        }
        if name.eq_ignore_ascii_case("ad.orientation") && self.collector.ad_orientation.is_none() {
            self.collector.ad_orientation = Some(shorten(content.trim(), MAX_NAME));
        }
        let refreshes =
            element.get_attribute("http-equiv").is_some_and(|it| it.eq_ignore_ascii_case("refresh"));
        if let Some((_, url)) = content.split_once("url=").filter(|_| refreshes) {
            self.call(url.trim_matches(['\'', '"', ' ']), UrlUsage::Click);
        }
    }

    fn attribute(&mut self, element: &str, attribute: &str, value: &str, whole: &Element<'_, '_>) {
        let value = &references::resolved(value);
        let url = &value.trim().replace(['\t', '\n', '\r'], "");
        match (element, attribute) {
            (_, "style") => {
                let loaded = self.collector.style(value, self.file);
                self.load_all(loaded);
            }
            (_, event) if event.starts_with("on") => self.collector.script(value, false, self.file),
            (_, "href" | "src" | "action" | "formaction" | "xlink:href") if is_script(url) => {
                self.collector.script(&url["javascript:".len()..], false, self.file);
            }
            ("script", "src") => self.load(url, Role::Script),
            ("link", "href") => self.link(url, &whole.get_attribute("rel").unwrap_or_default()),
            ("img", "src") if is_pixel(whole) => {
                self.call(url, UrlUsage::Tracker);
                self.reference(url, Role::Other);
            }
            (
                "img" | "source" | "video" | "audio" | "track" | "iframe" | "frame" | "embed" | "input",
                "src",
            )
            | ("video", "poster")
            | ("object", "data")
            | ("image" | "use" | "feimage", "href" | "xlink:href")
            | ("body" | "table" | "td", "background") => self.load(url, Role::Other),
            ("img" | "source" | "link", "srcset" | "imagesrcset") => {
                let has_src = whole.has_attribute("src");
                for (index, candidate) in value.split(',').enumerate() {
                    let candidate = candidate.split_whitespace().next().unwrap_or_default();
                    self.call(candidate, UrlUsage::Resource);
                    // A browser loads one of them.
                    if index == 0 && !has_src {
                        self.reference(candidate, Role::Other);
                    }
                }
            }
            ("iframe", "srcdoc") => {
                // A page inside an attribute; its own frames are not followed further.
                super::clicks::find(value, false, self.file, self.collector);
            }
            ("a" | "area", "href" | "xlink:href") | ("form", "action") | (_, "formaction") => {
                self.call(url, UrlUsage::Click);
            }
            ("a" | "area", "ping") => {
                for url in value.split_whitespace() {
                    self.call(url, UrlUsage::Tracker);
                }
            }
            _ => {}
        }
    }

    fn link(&mut self, url: &str, rel: &str) {
        let rel = rel.to_ascii_lowercase();
        let is = |word: &str| rel.split_whitespace().any(|it| it == word);
        if is("stylesheet") {
            self.load(url, Role::Style);
        } else if is("preconnect") || is("dns-prefetch") {
            self.call(url, UrlUsage::Resource);
        } else if ["icon", "apple-touch-icon", "preload", "modulepreload", "prefetch", "manifest"]
            .into_iter()
            .any(is)
        {
            self.load(url, Role::Other);
        }
    }

    fn load_all(&mut self, references: Vec<Reference>) {
        for Reference { url, role } in references {
            self.reference(&url, role);
        }
    }

    fn load(&mut self, url: &str, role: Role) {
        self.call(url, UrlUsage::Resource);
        self.reference(url, role);
    }

    fn reference(&mut self, url: &str, role: Role) {
        if leads_somewhere(url) && self.references.len() < MAX_REFERENCES {
            self.references.push(Reference { url: url.to_owned(), role });
        }
    }

    fn call(&mut self, url: &str, usage: UrlUsage) {
        if leads_somewhere(url) {
            self.collector.urls.add(url, usage, self.file);
        }
    }
}

fn is_script(url: &str) -> bool {
    url.get(..11).is_some_and(|scheme| scheme.eq_ignore_ascii_case("javascript:"))
}

/// A picture of one pixel, or one that is not shown, is a tracker.
fn is_pixel(image: &Element<'_, '_>) -> bool {
    let tiny = |name| {
        image
            .get_attribute(name)
            .is_some_and(|value| matches!(value.trim().trim_end_matches("px"), "0" | "1"))
    };
    let style = image.get_attribute("style").unwrap_or_default().replace(' ', "");
    (tiny("width") && tiny("height")) || style.contains("display:none")
}

/// `width=300,height=250`, in either order.
fn size(content: &str) -> Option<(u32, u32)> {
    let (mut width, mut height) = (None, None);
    for part in content.split([',', ';']) {
        let (name, value) = part.split_once('=')?;
        let value = value.trim().trim_end_matches("px").parse().ok().filter(|value| *value > 0)?;
        match name.trim().to_ascii_lowercase().as_str() {
            "width" => width = Some(value),
            "height" => height = Some(value),
            _ => return None,
        }
    }
    Some((width?, height?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ad_size_reads_or_does_not() {
        assert_eq!(size("width=300,height=250"), Some((300, 250)));
        assert_eq!(size(" height = 90px , width = 728 "), Some((728, 90)));
        for bad in
            ["", "300x250", "width=300", "width=0,height=1", "width=fluid,height=250", "width=100%,height=1"]
        {
            assert_eq!(size(bad), None, "{bad}");
        }
    }
}
