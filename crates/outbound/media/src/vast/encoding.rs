//! From bytes to the text of an XML document: UTF-8, UTF-16, and the single-byte encodings that a declaration
//! may name. Everything else is refused rather than guessed.

use std::borrow::Cow;

use creativestore_domain::facts::{Refusal, RefusalCode};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::refuse::{refusal, refusal_at, shorten};

/// The text of the document, without a byte order mark and without forbidden characters.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    let encoding = encoding_of(bytes)?;
    let text = if encoding == UTF_8 {
        let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        Cow::Borrowed(std::str::from_utf8(rest).map_err(|error| bad(rest, error.valid_up_to(), "not UTF-8"))?)
    } else {
        let (text, broken) = encoding.decode_with_bom_removal(bytes);
        if broken {
            return Err(refusal(
                RefusalCode::BadText,
                format!("bytes that are not {}", encoding.name()),
                "text in the encoding that it declares",
            ));
        }
        text
    };
    // XML 1.0, section 2.2: the characters that a document may have.
    let forbidden =
        |c: &char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    match text.char_indices().find(|(_, c)| forbidden(c)) {
        Some((at, c)) => Err(bad(text.as_bytes(), at, &format!("the character U+{:04X}", u32::from(c)))),
        None => Ok(text),
    }
}

fn encoding_of(bytes: &[u8]) -> Result<&'static Encoding, Refusal> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Ok(encoding);
    }
    match bytes.get(..2) {
        Some([b'<', 0]) => return Ok(UTF_16LE),
        Some([0, b'<']) => return Ok(UTF_16BE),
        _ => {}
    }
    let Some(label) = declared(bytes) else { return Ok(UTF_8) };
    match Encoding::for_label(label) {
        Some(encoding) if encoding == UTF_8 || encoding.is_single_byte() => Ok(encoding),
        // It says UTF-16 in bytes that are not: what it is read as matters more than what it says.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok(UTF_8),
        _ => Err(refusal(
            RefusalCode::BadText,
            format!("the encoding {}", shorten(&String::from_utf8_lossy(label), 40)),
            "UTF-8, UTF-16 or a single-byte encoding such as ISO-8859-1",
        )),
    }
}

/// The label in `<?xml … encoding="label"?>`.
fn declared(bytes: &[u8]) -> Option<&[u8]> {
    let declaration = bytes.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = declaration.iter().take(300).position(|byte| *byte == b'>')?;
    let declaration = &declaration[..end];
    let at = declaration.windows(8).position(|eight| eight == b"encoding")?;
    let rest = declaration[at + 8..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, rest) = rest.split_first()?;
    let end = rest.iter().position(|byte| byte == quote)?;
    Some(&rest[..end])
}

fn bad(bytes: &[u8], at: usize, found: &str) -> Refusal {
    let line = bytes[..at].split(|byte| *byte == b'\n').count();
    refusal_at(
        RefusalCode::BadText,
        format!("line {line}"),
        found,
        "the characters that XML may have, in UTF-8",
    )
}
