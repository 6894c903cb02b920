//! JPEG. Its markers are walked first, to see that it is whole and that its header does not lie.

use std::io::Cursor;

use creativestore_domain::facts::Refusal;
use image::codecs::jpeg::JpegDecoder;
use image::error::ImageResult;

use super::malformed;
use super::outline::{Outline, Walk, check_size};

/// Progressive pictures have some ten scans; thousands only cost time.
const MAX_SCANS: u32 = 100;

/// The decoder of the pixels.
pub fn decoder(bytes: &[u8]) -> ImageResult<JpegDecoder<Cursor<&[u8]>>> {
    JpegDecoder::new(Cursor::new(bytes))
}

/// Size, from the markers up to the end of the image.
pub fn outline(bytes: &[u8]) -> Result<Outline, Refusal> {
    let mut walk = Walk::new(bytes);
    walk.take(2)?;
    let mut size = None;
    let (mut scans, mut coded) = (0_u32, 0_u64);
    loop {
        match marker(&mut walk)? {
            0xd9 => break,
            0x01 | 0xd0..=0xd8 => {}
            kind => {
                let length = usize::from(u16::from_be_bytes(walk.array()?));
                let Some(length) = length.checked_sub(2) else {
                    return Err(malformed(format!("a segment of no length at byte {}", walk.at())));
                };
                let body = walk.take(length)?;
                // Start of frame: all of C0 to CF but the tables (C4, C8, CC).
                if matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc) {
                    let found = frame_size(body)?;
                    if size.replace(found).is_some() {
                        return Err(malformed("more than one frame header"));
                    }
                }
                if kind == 0xda {
                    scans += 1;
                    coded += skip_scan(&mut walk)?;
                }
            }
        }
    }
    let Some((width, height)) = size else {
        return Err(malformed("a JPEG without a frame header"));
    };
    if scans == 0 {
        return Err(malformed("a JPEG without pixels"));
    }
    // A block of 64 values takes at most some 27 bits each, doubled by escaping, in up to four colours.
    let blocks = u64::from(width.div_ceil(8) + 1) * u64::from(height.div_ceil(8) + 1) * 4;
    if scans > MAX_SCANS || coded > blocks * 512 * u64::from(scans) + 65_536 {
        return Err(malformed(format!(
            "{coded} bytes of pixels in {scans} scans for a picture of {width}×{height}"
        )));
    }
    Ok(Outline { width, height, animation: None })
}

/// The next marker's code; fill bytes before it are skipped.
fn marker(walk: &mut Walk<'_>) -> Result<u8, Refusal> {
    if walk.byte()? != 0xff {
        return Err(malformed(format!("no marker where one is due, at byte {}", walk.at() - 1)));
    }
    loop {
        match walk.byte()? {
            0xff => {}
            0 => return Err(malformed(format!("no marker where one is due, at byte {}", walk.at() - 1))),
            kind => return Ok(kind),
        }
    }
}

fn frame_size(body: &[u8]) -> Result<(u32, u32), Refusal> {
    let mut body = Walk::new(body);
    body.byte()?;
    let height = u32::from(u16::from_be_bytes(body.array()?));
    let width = u32::from(u16::from_be_bytes(body.array()?));
    check_size(width, height, "")?;
    Ok((width, height))
}

/// Goes to the marker that ends the scan and returns how many bytes it had.
fn skip_scan(walk: &mut Walk<'_>) -> Result<u64, Refusal> {
    let start = walk.at();
    loop {
        if walk.byte()? != 0xff {
            continue;
        }
        let mut ahead = walk.clone();
        match ahead.byte()? {
            // An escaped FF, a restart, or a fill byte that may precede a marker.
            0x00 | 0xd0..=0xd7 => *walk = ahead,
            0xff => {}
            _ => break,
        }
    }
    let end = walk.at() - 1;
    walk.back_to(end);
    Ok((end - start) as u64)
}
