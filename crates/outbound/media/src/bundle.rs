//! HTML5 bundles: zips whose every entry is seen to be harmless before one is unpacked, and whose sizes are
//! measured while unpacking, never believed. Knows no limits of platforms.

mod archive;
mod load;
mod paths;

use creativestore_domain::facts::{BundleFile, Html5Facts, Recipe, Refusal, RefusalCode};
use creativestore_ports::inspector::Derived;

use crate::bounds::{MAX_MARKUP, MAX_NAME};
use crate::markup::Collector;
use crate::picture;
use crate::refuse::{Emit, Stop, refusal, refusal_at, shorten};
use crate::sniff::{Sniffed, sniff};
use archive::Archive;

/// Measures a bundle and hands out its files.
pub fn inspect(bytes: &[u8], emit: &mut Emit<'_>) -> Result<Html5Facts, Stop> {
    let mut archive = Archive::open(bytes)?;
    let entry = entry(&mut archive)?;
    let (markup, initial) = load::load(&mut archive, &entry.path)?;
    let paths = archive.files().iter().map(|file| &file.path);
    let depth = paths.map(|path| path.matches('/').count()).max().unwrap_or_default();
    let facts = Html5Facts {
        bytes: bytes.len() as u64,
        unpacked_bytes: archive.files().iter().map(|file| file.bytes).sum(),
        entry: entry.path,
        entry_candidates: entry.candidates,
        files: archive
            .files()
            .iter()
            .map(|file| BundleFile {
                path: file.path.clone(),
                bytes: file.bytes,
                sha256: file.sha256,
                media_type: file.media_type.clone(),
            })
            .collect(),
        depth: u32::try_from(depth).unwrap_or(u32::MAX),
        nested_archives: archive
            .files()
            .iter()
            .filter(|file| file.is_archive)
            .map(|file| file.path.clone())
            .collect(),
        markup,
        initial_bytes: initial.bytes,
        initial_requests: initial.requests,
    };
    hand_out(&mut archive, emit)?;
    Ok(facts)
}

/// Unpacks once more, file by file, so that never more than one is held.
fn hand_out(archive: &mut Archive<'_>, emit: &mut Emit<'_>) -> Result<(), Stop> {
    for index in 0..archive.files().len() {
        let bytes = archive.unpack(index)?;
        let file = &archive.files()[index];
        let size = match sniff(&bytes) {
            Sniffed::Image(image_type) => picture::dimensions(image_type, &bytes),
            _ => None,
        };
        emit(Derived {
            recipe: Recipe::File(file.path.clone()),
            media_type: file.media_type.clone(),
            size,
            bytes: bytes.into(),
        })?;
    }
    Ok(())
}

/// Where the bundle starts.
struct Entry {
    path: String,
    candidates: u32,
}

/// `index.html` in the shallowest folder with HTML, or the only HTML there, or the one with an `ad.size`, or
/// the first.
fn entry(archive: &mut Archive<'_>) -> Result<Entry, Refusal> {
    let level = |path: &str| path.matches('/').count();
    let pages: Vec<(usize, String)> = archive
        .files()
        .iter()
        .enumerate()
        .filter(|(_, file)| file.media_type == "text/html")
        .map(|(index, file)| (index, file.path.clone()))
        .collect();
    let Some(shallowest) = pages.iter().map(|(_, path)| level(path)).min() else {
        return Err(refusal(
            RefusalCode::NoEntryFile,
            format!("{} files and no HTML among them", archive.files().len()),
            "an index.html, or one HTML file, at the top",
        ));
    };
    let pages: Vec<_> = pages.into_iter().filter(|(_, path)| level(path) == shallowest).collect();
    let index_html = pages.iter().find(|(_, path)| name(path).eq_ignore_ascii_case("index.html"));
    let mut chosen = index_html.unwrap_or(&pages[0]).1.clone();
    if index_html.is_none() && pages.len() > 1 {
        for (index, path) in &pages {
            if has_ad_size(archive, *index)? {
                chosen.clone_from(path);
                break;
            }
        }
    }
    let candidates = pages.iter().filter(|(_, path)| folder(path) == folder(&chosen)).count();
    let candidates = u32::try_from(candidates).unwrap_or(u32::MAX);
    Ok(Entry { path: chosen, candidates })
}

fn has_ad_size(archive: &mut Archive<'_>, index: usize) -> Result<bool, Refusal> {
    let html = web_text(&archive.unpack(index)?);
    let mut collector = Collector::default();
    // A page that cannot be read is judged when it is the entry.
    let read = html.len() <= MAX_MARKUP && collector.page(&html, "").is_ok();
    Ok(read && collector.ad_size().is_some())
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Text as browsers read it: by its byte order mark, as UTF-8, or else as Windows-1252.
fn web_text(bytes: &[u8]) -> String {
    match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes).0.into_owned(),
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(),
        },
    }
}

/// A refusal of one file of the bundle.
fn refuse_file(
    code: RefusalCode,
    path: &str,
    found: impl Into<String>,
    allowed: impl Into<String>,
) -> Refusal {
    refusal_at(code, shorten(path, MAX_NAME), found, allowed)
}
