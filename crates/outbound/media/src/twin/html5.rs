//! Twins of the facts of bundles and markup. Knows no HTML.

use creativestore_domain::facts as domain;
use serde::{Deserialize, Serialize};

use super::{Hostile, list, maybe_text, media_type, named, path, sha256, text};
use crate::bounds::{MAX_CLICK_TAGS, MAX_FILES, MAX_MACROS, MAX_URLS};

/// Twin of [`domain::Html5Facts`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Html5 {
    bytes: u64,
    unpacked_bytes: u64,
    entry: String,
    entry_candidates: u32,
    files: Vec<File>,
    depth: u32,
    nested_archives: Vec<String>,
    markup: Markup,
    initial_bytes: u64,
    initial_requests: u32,
}

impl From<&domain::Html5Facts> for Html5 {
    fn from(facts: &domain::Html5Facts) -> Self {
        let domain::Html5Facts {
            bytes,
            unpacked_bytes,
            entry,
            entry_candidates,
            files,
            depth,
            nested_archives,
            markup,
            initial_bytes,
            initial_requests,
        } = facts;
        Self {
            bytes: *bytes,
            unpacked_bytes: *unpacked_bytes,
            entry: entry.clone(),
            entry_candidates: *entry_candidates,
            files: files.iter().map(Into::into).collect(),
            depth: *depth,
            nested_archives: nested_archives.clone(),
            markup: markup.into(),
            initial_bytes: *initial_bytes,
            initial_requests: *initial_requests,
        }
    }
}

impl TryFrom<Html5> for domain::Html5Facts {
    type Error = Hostile;

    fn try_from(html5: Html5) -> Result<Self, Hostile> {
        let Html5 {
            bytes,
            unpacked_bytes,
            entry,
            entry_candidates,
            files,
            depth,
            nested_archives,
            markup,
            initial_bytes,
            initial_requests,
        } = html5;
        Ok(Self {
            bytes,
            unpacked_bytes,
            entry: path(entry)?,
            entry_candidates,
            files: list(files, MAX_FILES, TryInto::try_into)?,
            depth,
            nested_archives: list(nested_archives, MAX_FILES, path)?,
            markup: markup.try_into()?,
            initial_bytes,
            initial_requests,
        })
    }
}

/// Twin of [`domain::BundleFile`].
#[derive(Debug, Serialize, Deserialize)]
pub struct File {
    path: String,
    bytes: u64,
    sha256: String,
    media_type: String,
}

impl From<&domain::BundleFile> for File {
    fn from(file: &domain::BundleFile) -> Self {
        let domain::BundleFile { path, bytes, sha256, media_type } = file;
        Self { path: path.clone(), bytes: *bytes, sha256: sha256.to_string(), media_type: media_type.clone() }
    }
}

impl TryFrom<File> for domain::BundleFile {
    type Error = Hostile;

    fn try_from(file: File) -> Result<Self, Hostile> {
        let File { path: name, bytes, sha256: hash, media_type: kind } = file;
        Ok(Self { path: path(name)?, bytes, sha256: sha256(&hash)?, media_type: media_type(kind)? })
    }
}

/// Twin of [`domain::MarkupFacts`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Markup {
    bytes: u64,
    doctype: bool,
    html_and_body: bool,
    ad_size: Option<(u32, u32)>,
    ad_orientation: Option<String>,
    click_tags: Vec<ClickTag>,
    urls: Vec<Called>,
    elements: Vec<String>,
    calls: Vec<String>,
    macros: Vec<String>,
}

impl From<&domain::MarkupFacts> for Markup {
    fn from(facts: &domain::MarkupFacts) -> Self {
        let domain::MarkupFacts {
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
        Self {
            bytes: *bytes,
            doctype: *doctype,
            html_and_body: *html_and_body,
            ad_size: *ad_size,
            ad_orientation: ad_orientation.clone(),
            click_tags: click_tags.iter().map(Into::into).collect(),
            urls: urls.iter().map(Into::into).collect(),
            elements: elements.clone(),
            calls: calls.clone(),
            macros: macros.clone(),
        }
    }
}

impl TryFrom<Markup> for domain::MarkupFacts {
    type Error = Hostile;

    fn try_from(markup: Markup) -> Result<Self, Hostile> {
        let Markup {
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
        } = markup;
        Ok(Self {
            bytes,
            doctype,
            html_and_body,
            ad_size,
            ad_orientation: maybe_text(ad_orientation)?,
            click_tags: list(click_tags, MAX_CLICK_TAGS, TryInto::try_into)?,
            urls: list(urls, MAX_URLS, TryInto::try_into)?,
            elements: list(elements, MAX_MACROS, text)?,
            calls: list(calls, MAX_MACROS, text)?,
            macros: list(macros, MAX_MACROS, text)?,
        })
    }
}

/// Twin of [`domain::ClickTag`].
#[derive(Debug, Serialize, Deserialize)]
pub struct ClickTag {
    form: String,
    name: String,
    url: Option<String>,
    in_head: bool,
    file: String,
}

impl From<&domain::ClickTag> for ClickTag {
    fn from(tag: &domain::ClickTag) -> Self {
        let domain::ClickTag { form, name, url, in_head, file } = tag;
        Self {
            form: form.as_str().to_owned(),
            name: name.clone(),
            url: url.clone(),
            in_head: *in_head,
            file: file.clone(),
        }
    }
}

impl TryFrom<ClickTag> for domain::ClickTag {
    type Error = Hostile;

    fn try_from(tag: ClickTag) -> Result<Self, Hostile> {
        let ClickTag { form, name, url, in_head, file } = tag;
        Ok(Self {
            form: named(&form, &domain::ClickTagForm::ALL, domain::ClickTagForm::as_str)?,
            name: text(name)?,
            url: maybe_text(url)?,
            in_head,
            file: text(file)?,
        })
    }
}

/// Twin of [`domain::CalledUrl`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Called {
    url: String,
    usage: String,
    file: String,
}

impl From<&domain::CalledUrl> for Called {
    fn from(called: &domain::CalledUrl) -> Self {
        let domain::CalledUrl { url, usage, file } = called;
        Self { url: url.clone(), usage: usage.as_str().to_owned(), file: file.clone() }
    }
}

impl TryFrom<Called> for domain::CalledUrl {
    type Error = Hostile;

    fn try_from(called: Called) -> Result<Self, Hostile> {
        let Called { url, usage, file } = called;
        Ok(Self {
            url: text(url)?,
            usage: named(&usage, &domain::UrlUsage::ALL, domain::UrlUsage::as_str)?,
            file: text(file)?,
        })
    }
}
