//! The name of an embedded ICC colour profile. Reads its tag table and nothing else of it.

use crate::refuse::shorten;

/// The profile's own description, or `embedded` when it has none that can be read.
pub fn description(profile: &[u8]) -> String {
    read(profile)
        .map(|name| shorten(name.trim_matches(['\0', ' ']), 200))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "embedded".into())
}

/// The `desc` tag: ASCII in version 2 of ICC, localised UTF-16 in version 4.
fn read(profile: &[u8]) -> Option<String> {
    let tags = number(profile, 128)?.min(100);
    let tag = (0..tags).map(|tag| 132 + tag * 12).find(|at| profile.get(*at..at + 4) == Some(b"desc"))?;
    let (at, length) = (number(profile, tag + 4)?, number(profile, tag + 8)?);
    let tag = profile.get(at..at.checked_add(length)?)?;
    match tag.get(..4)? {
        b"desc" => {
            let length = number(tag, 8)?;
            let text = tag.get(12..12_usize.checked_add(length)?)?;
            Some(String::from_utf8_lossy(text.split(|byte| *byte == 0).next()?).into_owned())
        }
        b"mluc" => {
            let (length, at) = (number(tag, 20)?, number(tag, 24)?);
            let text = tag.get(at..at.checked_add(length)?)?;
            let units = text.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            Some(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
        }
        _ => None,
    }
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_be_bytes([four[0], four[1], four[2], four[3]])).ok()
}
