//! What bytes are, by their first bytes. Never looks at names or declared types.

use creativestore_domain::facts::ImageType;

/// What bytes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sniffed {
    /// A picture of this type.
    Image(ImageType),
    /// A zip archive.
    Zip,
    /// An archive of another kind, by its usual name.
    OtherArchive(&'static str),
    /// A video or audio file, by its media type.
    Media(&'static str),
    /// Another binary type that is known but not taken, by its media type.
    Other(&'static str),
    /// XML: it starts with a declaration or a VAST root.
    Xml,
    /// Text that starts like HTML or SVG markup.
    Markup,
    /// Text without a telling start.
    Text,
    /// Nothing that is known.
    Unknown,
    /// No bytes at all.
    Empty,
}

impl Sniffed {
    /// What it is, for people.
    pub fn name(self) -> String {
        match self {
            Self::Image(image) => format!("a picture of type {}", image.media_type()),
            Self::Zip => "a zip archive".into(),
            Self::OtherArchive(name) => format!("a {name} archive"),
            Self::Media(media_type) => format!("audio or video of type {media_type}"),
            Self::Other(media_type) => format!("a file of type {media_type}"),
            Self::Xml => "an XML document".into(),
            Self::Markup => "HTML or SVG markup".into(),
            Self::Text => "plain text".into(),
            Self::Unknown => "bytes of no known type".into(),
            Self::Empty => "an empty file".into(),
        }
    }

    /// Whether it is an archive of any kind.
    pub fn is_archive(self) -> bool {
        matches!(self, Self::Zip | Self::OtherArchive(_))
    }
}

const MAGIC: [(&[u8], Sniffed); 24] = [
    (b"\x89PNG\r\n\x1a\n", Sniffed::Image(ImageType::Png)),
    (b"\xff\xd8\xff", Sniffed::Image(ImageType::Jpeg)),
    (b"GIF87a", Sniffed::Image(ImageType::Gif)),
    (b"GIF89a", Sniffed::Image(ImageType::Gif)),
    (b"PK\x03\x04", Sniffed::Zip),
    (b"PK\x05\x06", Sniffed::Zip),
    (b"PK\x07\x08", Sniffed::Zip),
    (b"\x1f\x8b\x08", Sniffed::OtherArchive("gzip")),
    (b"BZh", Sniffed::OtherArchive("bzip2")),
    (b"\xfd7zXZ\0", Sniffed::OtherArchive("xz")),
    (b"7z\xbc\xaf\x27\x1c", Sniffed::OtherArchive("7z")),
    (b"Rar!\x1a\x07", Sniffed::OtherArchive("rar")),
    (b"\x28\xb5\x2f\xfd", Sniffed::OtherArchive("zstd")),
    (b"OggS", Sniffed::Media("application/ogg")),
    (b"ID3", Sniffed::Media("audio/mpeg")),
    (b"\x1a\x45\xdf\xa3", Sniffed::Media("video/webm")),
    (b"wOF2", Sniffed::Other("font/woff2")),
    (b"wOFF", Sniffed::Other("font/woff")),
    (b"OTTO", Sniffed::Other("font/otf")),
    (b"\0\x01\0\0\0", Sniffed::Other("font/ttf")),
    (b"%PDF-", Sniffed::Other("application/pdf")),
    (b"\x7fELF", Sniffed::Other("application/x-elf")),
    (b"MZ", Sniffed::Other("application/vnd.microsoft.portable-executable")),
    (b"\0\0\x01\0", Sniffed::Other("image/x-icon")),
];

/// What the bytes look like.
pub fn sniff(bytes: &[u8]) -> Sniffed {
    if bytes.is_empty() {
        return Sniffed::Empty;
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Sniffed::Image(ImageType::Webp);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WAVE") {
        return Sniffed::Media("audio/wav");
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return match bytes.get(8..12) {
            Some(b"avif" | b"avis") => Sniffed::Other("image/avif"),
            Some(b"heic" | b"heix" | b"mif1") => Sniffed::Other("image/heic"),
            _ => Sniffed::Media("video/mp4"),
        };
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Sniffed::OtherArchive("tar");
    }
    if let Some((_, sniffed)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return *sniffed;
    }
    sniff_text(bytes)
}

fn sniff_text(bytes: &[u8]) -> Sniffed {
    let utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    // A window is enough to tell, and keeps large binary files cheap.
    let head: Vec<u8> = bytes.iter().take(1024).copied().filter(|byte| !utf16 || *byte != 0).collect();
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    let head = if utf16 { head.get(2..).unwrap_or_default() } else { head };
    let mut start = head.trim_ascii_start();
    if starts_like(start, b"<?xml") || starts_like(start, b"<vast") || starts_like(start, b"<videoadserving")
    {
        return Sniffed::Xml;
    }
    while let Some(comment) = start.strip_prefix(b"<!--") {
        let Some(end) = comment.windows(3).position(|three| three == b"-->") else { break };
        start = comment[end + 3..].trim_ascii_start();
    }
    if starts_like(start, b"<vast") {
        return Sniffed::Xml;
    }
    // Binary files may begin with a bracket by chance.
    if !utf16
        && bytes.iter().take(1024).any(|byte| *byte < 0x20 && !byte.is_ascii_whitespace() && *byte != 0x1b)
    {
        return Sniffed::Unknown;
    }
    let tag = start.first() == Some(&b'<')
        && start.get(1).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'!');
    if tag {
        return Sniffed::Markup;
    }
    match std::str::from_utf8(&bytes[..bytes.len().min(1024)]) {
        Ok(_) => Sniffed::Text,
        // A character cut by the window is fine.
        Err(error) if error.error_len().is_none() => Sniffed::Text,
        Err(_) => Sniffed::Unknown,
    }
}

fn starts_like(bytes: &[u8], start: &[u8]) -> bool {
    bytes.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_tell_what_they_are() {
        assert_eq!(sniff(b"\xff\xd8\xff\xe0"), Sniffed::Image(ImageType::Jpeg));
        assert_eq!(sniff(b"RIFF\0\0\0\0WEBPVP8 "), Sniffed::Image(ImageType::Webp));
        assert_eq!(sniff(b"PK\x03\x04"), Sniffed::Zip);
        assert_eq!(sniff(b"\xef\xbb\xbf<?xml version='1.0'?>"), Sniffed::Xml);
        assert_eq!(sniff(b" <VAST version='2.0'>"), Sniffed::Xml);
        assert_eq!(sniff(b"<!-- made by us --> <html>"), Sniffed::Markup);
        assert_eq!(sniff(b"Buy now"), Sniffed::Text);
        assert_eq!(sniff(b"\x00\x01\x02\x03"), Sniffed::Unknown);
        assert_eq!(sniff(b"<a \x01\x02\x03"), Sniffed::Unknown);
        assert_eq!(sniff(b""), Sniffed::Empty);
        assert_eq!(sniff(b"\0\0\0\x18ftypmp42"), Sniffed::Media("video/mp4"));
    }

    #[test]
    fn utf_16_xml_is_xml() {
        let bytes: Vec<u8> =
            "\u{feff}<?xml version=\"1.0\"?>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(sniff(&bytes), Sniffed::Xml);
    }
}
