//! The way out: tags, the assets that they lead to, previews. Knows what must be in each, and how it is escaped there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::intake::sha256;
use super::job::{Job, Work};
use super::samples::Tracker;
use super::wrong::{Wrong, equal, list, must, text, with_status, wrong};
use crate::http::Client;

impl<'a> Job<'a> {
    /// Takes the tag of an approved creative, fetches it from its address as whoever serves it would, and looks
    /// at what is in it and at what it leads to.
    pub fn take_tag(&self, work: &mut Work<'a>) -> Result<(), Wrong> {
        let (Some(channel), Some(assignment)) = (&work.sample.tag, &work.assignment) else { return Ok(()) };
        let wanted = json!({ "channel": channel, "assignment": assignment });
        let answer = self.client.post(&self.about(&work.path("/tag")), &wanted)?;
        let tag = with_status(&answer, 200)?;
        equal(&tag, "/channel", channel.as_str())?;
        equal(&tag, "/revision/sha256", work.revision.as_str())?;
        let (body, address) = (text(&tag, "/body")?, text(&tag, "/address")?);
        let untold = list(&tag, "/untold")?;
        self.says_what_it_must(work, &body, untold)?;

        let anyone = Client::new(self.client.base());
        let fetched = anyone.get(&address)?;
        with_status(&fetched, 200)?;
        must(
            fetched.text() == body,
            || "the tag at its address to be the tag that was given".into(),
            || format!("{} bytes: {}", fetched.body.len(), beginning(&fetched.text())),
        )?;
        equal(&json!(fetched.header("content-type")), "", tag["media_type"].clone())?;
        self.leads_to_its_assets(work, &body, &anyone)?;
        work.tag = Some((channel.clone(), address));
        Ok(())
    }

    /// What must be in a tag, by what the sample was made of.
    fn says_what_it_must(&self, work: &Work<'a>, body: &str, untold: &[Value]) -> Result<(), Wrong> {
        let sample = work.sample;
        let has = |needle: &str| {
            must(
                mentions(body, needle),
                || format!("a tag with `{needle}` in it"),
                || if body.is_empty() { "an empty tag".into() } else { beginning(body) },
            )
        };
        if let Some(click) = &sample.click_url {
            has(fixed(click))?;
        }
        for (slot, asset) in &sample.assets {
            if let (Some(url), "video") = (&asset.url, slot.as_str()) {
                has(url)?;
            }
            let stored = match (&asset.file, slot.as_str()) {
                (Some(file), "vast") => {
                    Some(String::from_utf8_lossy(&self.samples.bytes(file)?).into_owned())
                }
                (None, "vast" | "tag") => self.samples.text(asset)?,
                _ => None,
            };
            if let Some(stored) = stored {
                addresses(&stored).into_iter().try_for_each(|address| has(fixed(address)))?;
            }
        }
        match sample.kind.as_str() {
            "image" | "html5" | "display_tag" => has("{CLICK_URL}")?,
            "video_vast" | "video_hosted" => has("<VAST ")?,
            _ => {
                let native: Value = serde_json::from_str(body).unwrap_or_default();
                list(&native, "/native/assets")?;
                text(&native, "/native/link/url")?;
            }
        }
        let told = sample.trackers.iter().filter(|it| !untold.iter().any(|event| event == it.event.as_str()));
        told.map(|Tracker { url, .. }| fixed(url)).try_for_each(has)
    }

    /// Fetches whatever of ours the tag leads to. Pictures must be the bytes that were uploaded; a bundle's page
    /// its file, with nothing but the click bridge after it.
    fn leads_to_its_assets(&self, work: &Work<'a>, body: &str, anyone: &Client) -> Result<(), Wrong> {
        let ours = format!("{}/assets/", self.client.base());
        let plain = plain(body);
        let links: BTreeSet<_> = addresses(&plain).into_iter().filter(|it| it.starts_with(&ours)).collect();
        let due = matches!(work.sample.kind.as_str(), "image" | "html5" | "native_in_feed");
        must(!due || !links.is_empty(), || "a tag that leads to its assets".into(), || beginning(body))?;
        for link in links {
            let answer = anyone.get(link)?;
            with_status(&answer, 200)?;
            sandboxed(answer.header("content-security-policy"), link)?;
            let hash = sha256(&answer.body);
            let known = if work.sample.kind == "html5" {
                self.is_page_of_bundle(work, &answer.body)?
            } else {
                work.blobs.contains(&hash)
            };
            must(
                known,
                || format!("the bytes that were uploaded at {link}"),
                || format!("{} bytes with the hash {hash}", answer.body.len()),
            )?;
        }
        Ok(())
    }

    fn is_page_of_bundle(&self, work: &Work<'a>, page: &[u8]) -> Result<bool, Wrong> {
        for blob in &work.blobs {
            let path = self.about(&format!("/v1/blobs/{blob}/facts"));
            let facts = with_status(&self.client.get(&path)?, 200)?;
            let entry = &facts["entry"];
            let mut files = facts["files"].as_array().into_iter().flatten();
            if let Some(file) = files.find(|file| file["path"] == *entry) {
                let length = file["bytes"].as_u64().and_then(|bytes| usize::try_from(bytes).ok());
                let own = length.and_then(|length| page.get(..length));
                return Ok(own.is_some_and(|own| file["sha256"] == *sha256(own)));
            }
        }
        wrong("the facts of the bundle to name the page that it starts from", "none")
    }

    /// A preview of what could be looked inside: a page with a sandboxed frame, and in it the creative.
    pub fn preview(&self, work: &mut Work<'a>) -> Result<(), Wrong> {
        if work.sample.expect.status == "rejected" {
            return Ok(());
        }
        let wanted = json!({ "revision": 1, "format": work.sample.formats.first() });
        let answer = self.client.post(&self.about(&work.path("/preview")), &wanted)?;
        let preview = with_status(&answer, 200)?;
        equal(&preview, "/revision", 1)?;
        let address = text(&preview, "/url")?;
        let anyone = Client::new(self.client.base());
        let page = anyone.get(&address)?;
        with_status(&page, 200)?;
        let policy = page.header("content-security-policy");
        must(
            policy.contains("default-src 'none'") && policy.contains("frame-src 'self'"),
            || "a preview whose policy lets in nothing but its own frame".into(),
            || format!("`{policy}`"),
        )?;
        let frame = page.text();
        must(
            frame.contains("<iframe ")
                && frame.contains(" sandbox=\"")
                && !frame.contains("allow-same-origin"),
            || "a preview that keeps the creative in a sandboxed frame".into(),
            || beginning(&frame),
        )?;
        let inside = anyone.get(&format!("{address}/content"))?;
        with_status(&inside, 200)?;
        must(!inside.body.is_empty(), || "something in the frame".into(), || "nothing".into())?;
        sandboxed(inside.header("content-security-policy"), "the frame of the preview")?;
        work.preview = Some(address);
        Ok(())
    }
}

fn sandboxed(policy: &str, place: &str) -> Result<(), Wrong> {
    must(
        policy.split([';', ' ']).any(|word| word == "sandbox") && !policy.contains("allow-same-origin"),
        || format!("a sandbox around {place}"),
        || format!("the policy `{policy}`"),
    )
}

/// The beginning of a text, for a message.
fn beginning(text: &str) -> String {
    let short: String = text.chars().take(120).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

/// What of an address does not depend on macros.
fn fixed(address: &str) -> &str {
    let end = address.find(['{', '[', '$', '%']).unwrap_or(address.len());
    &address[..end]
}

/// The web addresses in a text, without their queries.
fn addresses(text: &str) -> Vec<&str> {
    let starts = text.match_indices("http").map(|(at, _)| &text[at..]);
    let web = starts.filter(|it| it.starts_with("https://") || it.starts_with("http://"));
    web.map(|it| {
        let inside = |c: char| c.is_ascii_alphanumeric() || "-._~/:%".contains(c);
        &it[..it.find(|c| !inside(c)).unwrap_or(it.len())]
    })
    .collect()
}

/// A text whose escapes for HTML and JSON are undone, as far as addresses have any.
fn plain(text: &str) -> String {
    text.replace("\\/", "/").replace("\\u002F", "/").replace("\\x2F", "/").replace("&#x2F;", "/")
}

/// Whether a text has another in it: as it is, or percent-encoded once or twice.
fn mentions(text: &str, needle: &str) -> bool {
    let text = plain(text);
    let once = encoded(needle);
    [needle, &once, &encoded(&once)].into_iter().any(|it| text.contains(it))
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    out
}

fn hex(digit: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(digit)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_mentions_an_address_however_it_is_escaped() {
        let address = "https://a.example/x y";
        for text in [
            "<a href=\"https://a.example/x y\">",
            "u=\"https:\\/\\/a.example\\/x y\"",
            "?u=https%3A%2F%2Fa.example%2Fx%20y",
            "?u=https%253A%252F%252Fa.example%252Fx%2520y",
        ] {
            assert!(mentions(text, address), "{text}");
        }
        assert!(!mentions("https://a.example/x", address));
    }

    #[test]
    fn addresses_end_where_a_query_or_markup_begins() {
        let text = "<img src=\"http://127.0.0.1:8/assets/a-b?c=1\"><![CDATA[https://b.example/c]]>http";
        assert_eq!(addresses(text), ["http://127.0.0.1:8/assets/a-b", "https://b.example/c"]);
    }
}
