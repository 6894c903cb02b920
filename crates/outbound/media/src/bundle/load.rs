//! What loads when the entry file is opened: the files of the bundle that it refers to, and through style sheets
//! theirs; and what else is called. What scripts load later is not known.

use std::collections::{HashSet, VecDeque};

use creativestore_domain::facts::{MarkupFacts, Refusal, RefusalCode};

use super::archive::Archive;
use super::{paths, refuse_file, web_text};
use crate::bounds::{MAX_MARKUP, MAX_REFERENCES};
use crate::markup::{Collector, Reference, Role};
use crate::refuse::bytes_for_people;

/// What loads before anything is asked for.
#[derive(Debug, Default)]
pub struct Initial {
    /// Bytes of the bundle's files.
    pub bytes: u64,
    /// Requests, those that leave the bundle included.
    pub requests: u32,
}

/// Reads the entry and what it refers to.
pub fn load(archive: &mut Archive<'_>, entry: &str) -> Result<(MarkupFacts, Initial), Refusal> {
    let bytes = archive.read(entry)?.unwrap_or_default();
    if bytes.len() > MAX_MARKUP {
        let allowed = format!("at most {} of HTML", bytes_for_people(MAX_MARKUP as u64));
        let found = bytes_for_people(bytes.len() as u64);
        return Err(refuse_file(RefusalCode::TooLarge, entry, found, allowed));
    }
    let html = web_text(&bytes);
    if html.contains('\0') {
        return Err(refuse_file(RefusalCode::BadText, entry, "a NUL character", "text without NUL"));
    }
    let mut collector = Collector::default();
    let mut initial = Initial { bytes: bytes.len() as u64, requests: 1 };
    let mut seen = HashSet::from([entry.to_owned()]);
    let from_entry = collector.page(&html, entry)?;
    let mut queue: VecDeque<(String, Reference)> =
        from_entry.into_iter().map(|reference| (entry.to_owned(), reference)).collect();
    while let Some((from, Reference { url, role })) = queue.pop_front() {
        let target = paths::resolve(&from, &url);
        // Outside, what tells requests apart is the whole address.
        if !seen.insert(target.clone().unwrap_or(url)) || seen.len() > MAX_REFERENCES {
            continue;
        }
        initial.requests += 1;
        let Some(path) = target else { continue };
        let Some(file) = archive.files().iter().find(|file| file.path == path) else { continue };
        initial.bytes += file.bytes;
        if role == Role::Other || file.bytes > MAX_MARKUP as u64 {
            continue;
        }
        let text = web_text(&archive.read(&path)?.unwrap_or_default());
        match role {
            Role::Script => collector.script_file(&text, &path),
            Role::Style => {
                let loaded = collector.style(&text, &path);
                queue.extend(loaded.into_iter().map(|reference| (path.clone(), reference)));
            }
            Role::Other => {}
        }
    }
    Ok((collector.finish(bytes.len()), initial))
}
