//! The shipped formats, read from the data files in `formats` into the domain's types. Knows the shape of those
//! files and the vocabulary of tests; refuses to know any limit, and how a rule is checked.

#![forbid(unsafe_code)]

mod expand;
mod fault;
mod file;
mod vocabulary;

use creativestore_domain::catalogue::Catalogue;
use creativestore_domain::format::{Format, FormatId};

pub use fault::{Fault, Faults, Problem};

macro_rules! data {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../formats/", $name)))),*]
    };
}

/// The data files, by name. They are part of the binary: nothing is read from disk at run time.
pub const FILES: &[(&str, &str)] = data![
    "google.toml",
    "iab_ctv.toml",
    "iab_display.toml",
    "iab_video.toml",
    "openrtb_native.toml",
    "sklik.toml",
    "vast.toml",
];

/// The catalogue of the formats that ship with this version, or everything that is wrong with its files.
///
/// Reads all of them on every call: call it once, and keep what it gives.
pub fn shipped() -> Result<Catalogue, Faults> {
    read(FILES.iter().copied())
}

/// A catalogue of data files, each given as its name and its text, or everything that is wrong with them.
///
/// A format must be sound (`Catalogue::new`) and able to mean what it says: sizes are positive, lists name
/// something, slots are those of the format's kind, and every rule of a file is used.
pub fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Catalogue, Faults> {
    let mut faults = Vec::new();
    let mut formats: Vec<(&str, Format)> = Vec::new();
    for (name, text) in files {
        let found = expand::file(name, text, &mut faults);
        formats.extend(found.into_iter().map(|format| (name, format)));
    }
    let origins: Vec<(&str, FormatId)> = formats.iter().map(|(file, it)| (*file, it.id.clone())).collect();
    let catalogue = Catalogue::new(formats.into_iter().map(|(_, format)| format));
    match catalogue {
        Ok(catalogue) if faults.is_empty() => Ok(catalogue),
        Ok(_) => Err(Faults(faults)),
        Err(unsound) => {
            faults.extend(unsound.into_iter().map(|unsound| fault::unsound(unsound, &origins)));
            Err(Faults(faults))
        }
    }
}
