//! Questions about HTML5 bundles and markup.

use super::answer::Answer;
use super::ask::Content;
use super::words;
use crate::facts::{ClickTagForm, Facts, Html5Facts, MarkupFacts, UrlUsage};

/// A question about the bundle.
fn of_bundle(
    content: &Content<'_>,
    allowed: impl Into<String>,
    ask: impl FnOnce(&Html5Facts) -> (bool, String),
) -> Answer {
    let allowed = allowed.into();
    match content.html5() {
        Some(html5) => {
            let (kept, found) = ask(html5);
            Answer::of(kept, content.main(), found, allowed)
        }
        None => Answer::unknown(content.main(), allowed),
    }
}

/// A question about the markup of the entry file or the tag.
fn of_markup(
    content: &Content<'_>,
    allowed: impl Into<String>,
    ask: impl FnOnce(&MarkupFacts) -> (bool, String),
) -> Answer {
    let allowed = allowed.into();
    let at = match content.html5() {
        Some(html5) => format!("{}/{}", content.main(), html5.entry),
        None => content.main(),
    };
    match content.markup() {
        Some(markup) => {
            let (kept, found) = ask(markup);
            Answer::of(kept, at, found, allowed)
        }
        None => Answer::unknown(at, allowed),
    }
}

/// Bytes that load at first, and bytes that may load after.
fn loads(content: &Content<'_>) -> Option<(u64, u64)> {
    let slot = content.manifest.kind().required_slots().first().map_or("", |(slot, _)| slot);
    match content.facts.get(slot)? {
        Facts::Image(image) => Some((image.bytes, 0)),
        Facts::Html5(html5) => {
            Some((html5.initial_bytes, html5.unpacked_bytes.saturating_sub(html5.initial_bytes)))
        }
        Facts::Markup(markup) => Some((markup.bytes, 0)),
        Facts::Vast(_) | Facts::Text(_) | Facts::Refused(_) => None,
    }
}

pub(super) fn initial_bytes(content: &Content<'_>, max: u64) -> Answer {
    let allowed = format!("at most {} at first", words::bytes(max));
    match loads(content) {
        Some((initial, _)) => Answer::of(initial <= max, content.main(), words::bytes(initial), allowed),
        None => Answer::unknown(content.main(), allowed),
    }
}

pub(super) fn subload_bytes(content: &Content<'_>, max: u64) -> Answer {
    let allowed = format!("at most {} after the initial load", words::bytes(max));
    match loads(content) {
        Some((_, after)) => Answer::of(after <= max, content.main(), words::bytes(after), allowed),
        None => Answer::unknown(content.main(), allowed),
    }
}

pub(super) fn initial_requests(content: &Content<'_>, max: u32) -> Answer {
    of_bundle(content, format!("at most {max} requests at first"), |html5| {
        (html5.initial_requests <= max, format!("{} requests", html5.initial_requests))
    })
}

pub(super) fn files(content: &Content<'_>, max: u32) -> Answer {
    of_bundle(content, format!("at most {max} files"), |html5| {
        (html5.files.len() as u64 <= u64::from(max), format!("{} files", html5.files.len()))
    })
}

pub(super) fn depth(content: &Content<'_>, max: u32) -> Answer {
    of_bundle(content, format!("at most {max} folder levels"), |html5| {
        (html5.depth <= max, format!("{} folder levels", html5.depth))
    })
}

pub(super) fn extensions(content: &Content<'_>, endings: &[String]) -> Answer {
    let allowed =
        format!("files that end in {}", words::any_of(endings.iter().map(|ending| format!(".{ending}"))));
    let fits = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        ending.is_some_and(|ending| endings.contains(&ending))
    };
    of_bundle(content, allowed, |html5| {
        let others: Vec<_> = html5.files.iter().map(|file| &file.path).filter(|path| !fits(path)).collect();
        let found = if others.is_empty() { "no other files".to_owned() } else { words::few(&others) };
        (others.is_empty(), found)
    })
}

pub(super) fn nested_archives(content: &Content<'_>) -> Answer {
    of_bundle(content, "no archive inside the archive", |html5| {
        let nested = &html5.nested_archives;
        (nested.is_empty(), if nested.is_empty() { "none".to_owned() } else { words::few(nested) })
    })
}

pub(super) fn one_entry(content: &Content<'_>) -> Answer {
    of_bundle(content, "one HTML file", |html5| {
        let html = html5.files.iter().filter(|file| file.media_type == "text/html").count();
        (html == 1, format!("{html} HTML files"))
    })
}

pub(super) fn complete_html(content: &Content<'_>) -> Answer {
    of_markup(content, "<!doctype html>, <html> and <body>", |markup| {
        let found = match (markup.doctype, markup.html_and_body) {
            (true, true) => "all of them",
            (true, false) => "no <html> or no <body>",
            (false, true) => "no <!doctype>",
            (false, false) => "no <!doctype>, and no <html> or no <body>",
        };
        (markup.doctype && markup.html_and_body, found.to_owned())
    })
}

pub(super) fn ad_size(content: &Content<'_>) -> Answer {
    let allowed = "<meta name=\"ad.size\" content=\"width=…,height=…\"> with a fixed size";
    of_markup(content, allowed, |markup| {
        (markup.ad_size.is_some(), markup.ad_size.map_or("none that reads".to_owned(), words::size))
    })
}

pub(super) fn orientation_or_size(content: &Content<'_>, sizes: &[(u32, u32)]) -> Answer {
    let named = words::any_of(sizes.iter().map(|size| words::size(*size)));
    let allowed = format!("`ad.orientation` of portrait or landscape, or an `ad.size` of {named}");
    of_markup(content, allowed, |markup| match (&markup.ad_orientation, markup.ad_size) {
        (Some(turned), size) => {
            let known =
                |it: &str| ["portrait", "landscape"].contains(&it.trim().to_ascii_lowercase().as_str());
            let known = turned.split(',').all(known);
            let right_size = size.is_some_and(|size| sizes.contains(&size));
            (known || right_size, format!("`ad.orientation` of {turned:?}"))
        }
        (None, Some(size)) => (sizes.contains(&size), format!("an `ad.size` of {}", words::size(size))),
        (None, None) => (false, "neither `ad.orientation` nor an `ad.size` that reads".to_owned()),
    })
}

pub(super) fn click_tag(content: &Content<'_>, forms: &[ClickTagForm], in_head: bool) -> Answer {
    let named: Vec<_> = forms.iter().map(|form| form_name(*form)).collect();
    let kind = if named.is_empty() { "a click tag".to_owned() } else { words::any_of(named) };
    let allowed = if in_head { format!("{kind}, in <head> of the primary HTML") } else { kind };
    of_markup(content, allowed, |markup| {
        let counts = |tag: &&crate::facts::ClickTag| {
            (forms.is_empty() || forms.contains(&tag.form)) && (!in_head || tag.in_head)
        };
        let found = match markup.click_tags.iter().find(counts) {
            Some(tag) => return (true, format!("{} `{}`", form_name(tag.form), tag.name)),
            None if markup.click_tags.is_empty() => "no click tag of any form".to_owned(),
            None => words::few(markup.click_tags.iter().map(|tag| {
                let place = if tag.in_head { "in <head>" } else { "not in <head>" };
                format!("{} `{}` {place}", form_name(tag.form), tag.name)
            })),
        };
        (false, found)
    })
}

const fn form_name(form: ClickTagForm) -> &'static str {
    match form {
        ClickTagForm::Variable => "`var clickTag = \"https://…\"`",
        ClickTagForm::WindowProperty => "`window.clickTag`",
        ClickTagForm::QueryString => "a reader of `clickTag=` in the query",
        ClickTagForm::EnablerExit => "`Enabler.exit(…)`",
        ClickTagForm::ExitApi => "`ExitApi.exit()`",
        ClickTagForm::MraidOpen => "`mraid.open(…)`",
    }
}

pub(super) fn resource_hosts(content: &Content<'_>, hosts: &[String]) -> Answer {
    let allowed = if hosts.is_empty() {
        "resources of the bundle only".to_owned()
    } else {
        format!("resources of the bundle, or from {}", words::any_of(hosts))
    };
    let other = content.urls().filter(|(_, url)| url.usage == UrlUsage::Resource).find_map(|(at, url)| {
        let host = url.host()?;
        let known = hosts.iter().any(|it| host == *it || host.ends_with(&format!(".{it}")));
        (!known).then(|| (at, url.url.clone()))
    });
    match (other, content.markup()) {
        (Some((at, url)), _) => Answer::of(false, at, url, allowed),
        (None, Some(_)) => Answer::of(true, content.main(), "no other resources", allowed),
        (None, None) => Answer::unknown(content.main(), allowed),
    }
}

pub(super) fn none_of(
    content: &Content<'_>,
    names: &[String],
    what: &str,
    list: impl Fn(&MarkupFacts) -> &[String],
) -> Answer {
    let allowed = format!("no {what} of {}", words::any_of(names));
    of_markup(content, allowed, |markup| {
        let found: Vec<_> = list(markup).iter().filter(|name| names.contains(name)).collect();
        (found.is_empty(), if found.is_empty() { "none".to_owned() } else { words::few(found) })
    })
}
