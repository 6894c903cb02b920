//! Width and height from the header of a picture, written from the formats' own documents and not from the service:
//! a second opinion. Reads four formats and no pixel.

/// Media type, width and height.
pub fn of(bytes: &[u8]) -> Option<(&'static str, u64, u64)> {
    let (media_type, (width, height)) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        // PNG, 11.2.1: IHDR comes first, with width and height first in it.
        ("image/png", (big(bytes, 16, 4)?, big(bytes, 20, 4)?))
    } else if bytes.starts_with(b"GIF8") {
        // GIF89a, 18: the logical screen.
        ("image/gif", (little(bytes, 6, 2)?, little(bytes, 8, 2)?))
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12)? == b"WEBP" {
        ("image/webp", webp(bytes)?)
    } else if bytes.starts_with(b"\xff\xd8") {
        ("image/jpeg", jpeg(bytes)?)
    } else {
        return None;
    };
    Some((media_type, width, height))
}

fn big(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    Some(bytes.get(at..at + length)?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

fn little(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    Some(bytes.get(at..at + length)?.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// RFC 9649: the first chunk says which of three kinds it is.
fn webp(bytes: &[u8]) -> Option<(u64, u64)> {
    match bytes.get(12..16)? {
        b"VP8X" => Some((little(bytes, 24, 3)? + 1, little(bytes, 27, 3)? + 1)),
        b"VP8L" => {
            let both = little(bytes, 21, 4)?;
            Some(((both & 0x3fff) + 1, (both >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => Some((little(bytes, 26, 2)? & 0x3fff, little(bytes, 28, 2)? & 0x3fff)),
        _ => None,
    }
}

/// ITU-T T.81, B.2.2: the frame header is the first segment with a marker of C0 to CF that is no table.
fn jpeg(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut at = 2;
    loop {
        let marker = *bytes.get(at + 1)?;
        if bytes[at] != 0xff || marker == 0xff {
            at += 1;
        } else if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            return Some((big(bytes, at + 7, 2)?, big(bytes, at + 5, 2)?));
        } else if matches!(marker, 0xd0..=0xd8 | 0x01) {
            at += 2;
        } else {
            at += 2 + usize::try_from(big(bytes, at + 2, 2)?).ok()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::of;

    #[test]
    fn the_header_of_each_sample_says_what_its_name_does() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples");
        for (name, expected) in [
            ("aurora-728x90.png", ("image/png", 728, 90)),
            ("aurora-970x250.jpg", ("image/jpeg", 970, 250)),
            ("northwind-160x600.webp", ("image/webp", 160, 600)),
            ("northwind-300x250.gif", ("image/gif", 300, 250)),
        ] {
            let bytes = std::fs::read(samples.join(name)).expect("a sample");
            assert_eq!(of(&bytes), Some(expected), "{name}");
        }
        assert_eq!(of(b"neither"), None);
    }
}
