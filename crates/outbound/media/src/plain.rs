//! Plain text: UTF-8 that shows what it says, counted as a person counts.

use creativestore_domain::facts::{Refusal, RefusalCode, TextFacts};
use creativestore_domain::text::{characters, is_deceptive};

use crate::bounds::MAX_PLAIN_TEXT;
use crate::refuse::{bytes_for_people, refusal, refusal_at};

/// Counts a plain text.
pub fn inspect(bytes: &[u8]) -> Result<TextFacts, Refusal> {
    if bytes.len() > MAX_PLAIN_TEXT {
        let allowed = format!("at most {}", bytes_for_people(MAX_PLAIN_TEXT as u64));
        return Err(refusal(RefusalCode::TooLarge, bytes_for_people(bytes.len() as u64), allowed));
    }
    let text = utf8(bytes)?;
    let hidden = |c: &char| is_deceptive(*c) || c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if let Some((at, c)) = text.char_indices().find(|(_, c)| hidden(c)) {
        return Err(bad(
            at,
            format!("U+{:04X}, which cannot be seen or turns the text around", u32::from(c)),
        ));
    }
    Ok(TextFacts {
        bytes: bytes.len() as u64,
        characters: u32::try_from(characters(text)).unwrap_or(u32::MAX),
    })
}

/// The bytes as text: UTF-8 without NUL; a byte order mark is left out.
pub fn utf8(bytes: &[u8]) -> Result<&str, Refusal> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| bad(error.valid_up_to(), "bytes that are not UTF-8".into()))?;
    match text.find('\0') {
        Some(at) => Err(bad(at, "a NUL character".into())),
        None => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
    }
}

fn bad(at: usize, found: String) -> Refusal {
    refusal_at(RefusalCode::BadText, format!("byte {at}"), found, "UTF-8 text without hidden characters")
}
