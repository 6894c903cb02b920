//! The zip itself: what its directory says is checked first, then each file is unpacked within bounds. Nested
//! archives are files like any other and never opened.

use std::collections::HashSet;
use std::io::{Cursor, Read};

use creativestore_domain::facts::{Refusal, RefusalCode};
use creativestore_domain::hash::Sha256;
use zip::ZipArchive;
use zip::result::ZipError;

use super::{paths, refuse_file};
use crate::bounds::{MAX_FILES, MAX_UNPACKED, MAX_UNPACKED_FILE};
use crate::refuse::{Stop, bytes_for_people, refusal};
use crate::sniff::{Sniffed, sniff};

/// The most entries that are read of a directory: files, folders and litter.
const MAX_ENTRIES: usize = 2 * MAX_FILES;
/// The most reasons that are given at once.
const MAX_REASONS: usize = 20;
/// How much larger than packed a file may be, once it is larger than `RATIO_FROM`.
const MAX_RATIO: u64 = 100;
const RATIO_FROM: u64 = 1 << 20;

/// A file in the archive.
pub struct File {
    index: usize,
    packed: u64,
    /// Its path from the bundle's root.
    pub path: String,
    /// Its size, unpacked.
    pub bytes: u64,
    /// The hash of its bytes.
    pub sha256: Sha256,
    /// Its type.
    pub media_type: String,
    /// Whether it is an archive itself.
    pub is_archive: bool,
}

/// An archive whose every file has been unpacked once and found to be within bounds.
pub struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    files: Vec<File>,
}

impl<'a> Archive<'a> {
    /// Checks the directory, then every file.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Stop> {
        let announced = announced_entries(bytes)?;
        if announced > MAX_ENTRIES {
            return Err(too_many(announced).into());
        }
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken("", &error))?;
        let mut archive = Self { zip, files: Vec::new() };
        archive.list()?;
        archive.check_layout()?;
        archive.measure()?;
        Ok(archive)
    }

    /// The files, in the order of the directory, paths from the bundle's root.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The bytes of a file by its path.
    pub fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, Refusal> {
        match self.files.iter().position(|file| file.path == path) {
            Some(index) => self.unpack(index).map(Some),
            None => Ok(None),
        }
    }

    /// The bytes of a file, by its place among the files.
    pub fn unpack(&mut self, file: usize) -> Result<Vec<u8>, Refusal> {
        let File { index, path, .. } = &self.files[file];
        let broken = |error: &ZipError| broken(path, error);
        let entry = self.zip.by_index(*index).map_err(|error| broken(&error))?;
        let mut bytes = Vec::new();
        entry
            .take(MAX_UNPACKED_FILE + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| broken(&ZipError::Io(error)))?;
        if bytes.len() as u64 > MAX_UNPACKED_FILE {
            let allowed = format!("at most {} a file", bytes_for_people(MAX_UNPACKED_FILE));
            let found = format!("more than {} unpacked", bytes_for_people(MAX_UNPACKED_FILE));
            return Err(refuse_file(RefusalCode::Bomb, path, found, allowed));
        }
        Ok(bytes)
    }

    /// Lists the files; names every entry that must not be there.
    fn list(&mut self) -> Result<(), Stop> {
        let mut refusals = Vec::new();
        let mut known = HashSet::new();
        if self.zip.has_duplicate_names() {
            refusals.push(refusal(RefusalCode::DuplicateEntry, "two entries of one name", "each name once"));
        }
        let directory = self.zip.metadata();
        for index in 0..directory.len() {
            let entry = directory.entry(index).map_err(|error| broken("", &error))?;
            let shown = String::from_utf8_lossy(entry.name_raw()).into_owned();
            let mut refuse = |code, found: &str, allowed: &str| {
                refusals.push(refuse_file(code, &shown, found, allowed));
            };
            let path = match paths::parse(entry.name_raw()) {
                Ok(path) => path,
                Err(why) => {
                    refuse(RefusalCode::PathEscape, why, "paths inside the bundle, with / between the parts");
                    continue;
                }
            };
            // The type bits of a Unix mode: nothing, a file or a folder.
            let kind = entry.unix_mode().unwrap_or_default() & 0o170_000;
            if entry.is_symlink() || !matches!(kind, 0 | 0o100_000 | 0o040_000) {
                refuse(RefusalCode::SpecialFile, "a link or a special file", "files and folders");
            }
            if entry.encrypted() {
                refuse(RefusalCode::Encrypted, "an encrypted entry", "entries without a password");
            }
            if entry.is_dir() || paths::is_litter(&path) {
                continue;
            }
            if !known.insert(path.to_lowercase()) {
                let found = "a name that is there already, but for upper and lower case";
                refuse(RefusalCode::DuplicateEntry, found, "each name once");
            }
            self.files.push(File {
                index,
                packed: entry.compressed_size(),
                path,
                bytes: 0,
                sha256: Sha256::of(b""),
                media_type: String::new(),
                is_archive: false,
            });
        }
        if self.files.len() > MAX_FILES {
            refusals.insert(0, too_many(self.files.len()));
        }
        if refusals.is_empty() {
            return Ok(());
        }
        refusals.truncate(MAX_REASONS);
        Err(Stop::Refused(refusals))
    }

    /// Entries must not share bytes, and must say the same in the directory and where they stand.
    fn check_layout(&mut self) -> Result<(), Refusal> {
        if self.zip.has_overlapping_entries().map_err(|error| broken("", &error))? {
            return Err(refusal(
                RefusalCode::Bomb,
                "entries that overlap",
                "entries that each have bytes of their own",
            ));
        }
        self.zip.validate_header_consistency().map_err(|error| broken("", &error))
    }

    /// Unpacks every file once, within bounds.
    fn measure(&mut self) -> Result<(), Refusal> {
        let mut total = 0;
        for file in 0..self.files.len() {
            let bytes = self.unpack(file)?;
            let size = bytes.len() as u64;
            total += size;
            let measured = &mut self.files[file];
            if size > RATIO_FROM && size > measured.packed.saturating_mul(MAX_RATIO) {
                let found = format!("{size} bytes out of {}", measured.packed);
                let allowed =
                    format!("at most {MAX_RATIO}:1 for files over {}", bytes_for_people(RATIO_FROM));
                return Err(refuse_file(RefusalCode::Bomb, &measured.path, found, allowed));
            }
            if total > MAX_UNPACKED {
                let most = bytes_for_people(MAX_UNPACKED);
                let found = format!("more than {most} unpacked in all");
                return Err(refusal(RefusalCode::Bomb, found, format!("at most {most}")));
            }
            measured.bytes = size;
            measured.sha256 = Sha256::of(&bytes);
            let sniffed = sniff(&bytes);
            measured.is_archive = sniffed.is_archive();
            measured.media_type = media_type(&measured.path, sniffed).to_owned();
        }
        if let Some(root) = paths::common_folder(self.files.iter().map(|file| file.path.as_str())) {
            for file in &mut self.files {
                file.path.drain(..root.len());
            }
        }
        Ok(())
    }
}

/// How many entries the end of the archive announces; read before anything is allocated for them.
fn announced_entries(bytes: &[u8]) -> Result<usize, Refusal> {
    // The record is 22 bytes long, followed by a comment of at most 65 535.
    let from = bytes.len().saturating_sub(22 + 65_535);
    let tail = &bytes[from..];
    let at = tail.windows(4).rposition(|four| four == b"PK\x05\x06");
    match at.and_then(|at| tail.get(at + 10..at + 12)) {
        Some(count) => Ok(usize::from(u16::from_le_bytes([count[0], count[1]]))),
        None => Err(refusal(
            RefusalCode::Truncated,
            "no directory at the end: the archive is cut off",
            "a complete zip archive",
        )),
    }
}

fn too_many(found: usize) -> Refusal {
    refusal(RefusalCode::TooManyFiles, format!("{found} entries"), format!("at most {MAX_FILES} files"))
}

fn broken(path: &str, error: &ZipError) -> Refusal {
    let (found, allowed) = match error {
        ZipError::CompressionMethodNotSupported(method) => {
            (format!("packing method {method}"), "files that are stored or deflated")
        }
        error => (error.to_string(), "a zip archive that keeps to the rules"),
    };
    refuse_file(RefusalCode::Malformed, path, found, allowed)
}

/// The media type: from the bytes where they tell, otherwise from the ending.
fn media_type(path: &str, sniffed: Sniffed) -> &'static str {
    match sniffed {
        Sniffed::Image(image) => return image.media_type(),
        Sniffed::Zip => return "application/zip",
        Sniffed::OtherArchive(_) => return "application/octet-stream",
        Sniffed::Media(media_type) | Sniffed::Other(media_type) => return media_type,
        Sniffed::Xml | Sniffed::Markup | Sniffed::Text | Sniffed::Unknown | Sniffed::Empty => {}
    }
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    match (ending.as_str(), sniffed) {
        ("html" | "htm" | "xhtml", _) => "text/html",
        ("css", _) => "text/css",
        ("js" | "mjs", _) => "text/javascript",
        ("json" | "map", _) => "application/json",
        ("svg", _) => "image/svg+xml",
        ("vtt", _) => "text/vtt",
        ("mp3", Sniffed::Unknown) => "audio/mpeg",
        ("eot", Sniffed::Unknown) => "application/vnd.ms-fontobject",
        ("wasm", Sniffed::Unknown) => "application/wasm",
        ("xml", _) | (_, Sniffed::Xml) => "application/xml",
        (_, Sniffed::Markup) => "text/html",
        (_, Sniffed::Text) => "text/plain",
        _ => "application/octet-stream",
    }
}
