//! The bounds of what is read and reported, in one place: the process keeps to them, the server holds it to
//! them. Limits of what a platform takes are not here; those are rules of formats.

/// The most pixels of a picture that is decoded.
pub const MAX_PIXELS: u64 = 25_000_000;
/// The most memory that decoding a JPEG may need, its own bytes included. Progressive ones need all of their
/// coefficients at once; together with the server the process must stay well under 256 MiB.
pub const MAX_JPEG_MEMORY: u64 = 160 << 20;
/// The most frames of an animation.
pub const MAX_FRAMES: u32 = 1_000;
/// The most files of a bundle.
pub const MAX_FILES: usize = 1_000;
/// The most bytes of a bundle, unpacked.
pub const MAX_UNPACKED: u64 = 64 << 20;
/// The most bytes of one file of a bundle, unpacked; also of anything that is derived.
pub const MAX_UNPACKED_FILE: u64 = 16 << 20;
/// The most bytes of plain text.
pub const MAX_PLAIN_TEXT: usize = 1 << 20;
/// The most URLs that are reported; further ones are left out.
pub const MAX_URLS: usize = 2_000;
/// The most click tags that are reported.
pub const MAX_CLICK_TAGS: usize = 100;
/// The most names of macros that are reported.
pub const MAX_MACROS: usize = 200;
/// The most ads of a VAST document.
pub const MAX_ADS: usize = 100;
/// The most parts of one kind in one part of a VAST document.
pub const MAX_NODES: usize = 500;
/// The most bytes of a VAST document.
pub const MAX_VAST: usize = 4 << 20;
/// The most elements of a VAST document.
pub const MAX_ELEMENTS: usize = 20_000;
/// The most bytes of a URL that are reported; the rest of it is left out.
pub const MAX_URL: usize = 2_048;
/// The most bytes of a name or a title that are reported.
pub const MAX_NAME: usize = 1_024;
/// The deepest nesting of XML.
pub const MAX_DEPTH: usize = 64;
/// The most bytes of markup, script or style in one file.
pub const MAX_MARKUP: usize = 4 << 20;
/// The most references that are followed or counted.
pub const MAX_REFERENCES: usize = 5_000;
/// The most memory that the HTML parser may take for open elements and unfinished tags.
pub const MAX_PARSER: usize = 8 << 20;
