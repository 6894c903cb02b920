//! Files that nobody put in before: the samples with a number in a place that says nothing of what they show.

use anyhow::Context as _;

use crate::workspace;

/// What is put in, and as what.
pub struct File {
    pub kind: &'static str,
    pub slot: &'static str,
    pub asset: &'static str,
    pub format: &'static str,
    bytes: Vec<u8>,
    place: Place,
}

/// Where its format has room for a number.
#[derive(Clone, Copy)]
enum Place {
    /// A comment behind the first marker of a JPEG (ITU-T T.81, B.2.4.5).
    Jpeg,
    /// A comment extension before the trailer of a GIF (`GIF89a`, 24).
    Gif,
    /// The comment at the end of a zip (APPNOTE.TXT, 4.3.16).
    Zip,
}

const SAMPLES: [(&str, &str, &str, &str, &str, Place); 5] = [
    ("aurora-300x250.jpg", "image", "image", "image", "iab_medium_rectangle_300x250", Place::Jpeg),
    ("aurora-970x250.jpg", "image", "image", "image", "iab_billboard_970x250", Place::Jpeg),
    ("aurora-poster-1280x720.jpg", "image", "image", "image", "iab_medium_rectangle_300x250", Place::Jpeg),
    ("northwind-300x250.gif", "image", "image", "image", "iab_medium_rectangle_300x250", Place::Gif),
    ("aurora-html5-300x250.zip", "html5", "bundle", "zip", "google_cm360_html5", Place::Zip),
];

/// All of them.
pub fn read() -> anyhow::Result<Vec<File>> {
    let read = |(name, kind, slot, asset, format, place): (&str, _, _, _, _, _)| {
        let path = workspace::root().join("samples").join(name);
        let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
        Ok(File { kind, slot, asset, format, bytes, place })
    };
    SAMPLES.into_iter().map(read).collect()
}

impl File {
    /// The bytes with this number in them.
    pub fn numbered(&self, number: u64) -> Vec<u8> {
        let text = format!("{number:020}").into_bytes();
        let length = u8::try_from(text.len()).unwrap_or_default();
        let mut bytes = self.bytes.clone();
        match self.place {
            Place::Jpeg => {
                let comment = [&[0xFF, 0xFE, 0, length + 2], text.as_slice()].concat();
                bytes.splice(2..2, comment);
            }
            Place::Gif => {
                let end = bytes.len().saturating_sub(1);
                let comment = [&[0x21, 0xFE, length], text.as_slice(), &[0]].concat();
                bytes.splice(end..end, comment);
            }
            Place::Zip => {
                let end = bytes.len().saturating_sub(2);
                bytes.splice(end.., [&[length, 0], text.as_slice()].concat());
            }
        }
        bytes
    }
}
