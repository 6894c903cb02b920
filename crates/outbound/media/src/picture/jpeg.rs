//! JPEG. Its markers are walked first, to see that it is whole and that its header does not lie.

use creativestore_domain::facts::{Refusal, RefusalCode};
use image::ColorType as Colour;
use image::metadata::Orientation;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::outline::{Outline, Walk, check_size};
use super::shrink::Shrinker;
use super::{Still, malformed};
use crate::bounds::MAX_JPEG_MEMORY;
use crate::refuse::{bytes_for_people, refusal};

/// Progressive pictures have some ten scans; thousands only cost time.
const MAX_SCANS: u32 = 100;

/// Decodes the picture. The decoder is used directly, because the one around it copies the file twice.
pub fn decode(bytes: &[u8]) -> Result<Still, Refusal> {
    let broken = |error: zune_jpeg::errors::DecodeErrors| malformed(error.to_string());
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(broken)?;
    let info = decoder.info().ok_or_else(|| malformed("a JPEG without a frame header"))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    check_size(width, height, "")?;
    let (space, colour) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => (ColorSpace::Luma, Colour::L8),
        // YCbCr, CMYK and YCCK all become RGB.
        _ => (ColorSpace::RGB, Colour::Rgb8),
    };
    decoder.set_options(decoder.options().jpeg_set_out_colorspace(space));
    let profile = decoder.icc_profile();
    let orientation = decoder
        .exif()
        .and_then(|exif| Orientation::from_exif_chunk(exif))
        .unwrap_or(Orientation::NoTransforms);
    let pixels = decoder.decode().map_err(broken)?;
    let mut shrinker = Shrinker::new(width, height);
    for row in pixels.chunks_exact(width as usize * usize::from(colour.bytes_per_pixel())) {
        shrinker.row(row, colour)?;
    }
    Ok(Still { shrunk: shrinker.finish(), orientation, profile })
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
                    check_memory(kind, body, found, bytes.len() as u64)?;
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

/// Refuses what would need more memory to decode than is given.
fn check_memory(kind: u8, frame: &[u8], (width, height): (u32, u32), file: u64) -> Result<(), Refusal> {
    let mut frame = Walk::new(frame);
    frame.take(5)?;
    let count = frame.byte()?;
    let mut sampling = Vec::new();
    for _ in 0..count {
        let [_, factors, _] = frame.array()?;
        sampling.push((u64::from(factors >> 4), u64::from(factors & 15)));
    }
    let across = sampling.iter().map(|(across, _)| *across).max().unwrap_or_default();
    let down = sampling.iter().map(|(_, down)| *down).max().unwrap_or_default();
    if across == 0 || down == 0 {
        return Err(malformed("a frame header without sampling factors"));
    }
    let pixels = u64::from(width) * u64::from(height);
    let output = pixels * if count == 1 { 1 } else { 3 };
    // C2, C6, CA and CE are progressive: two bytes for every sample of every colour stay until the end.
    let kept = match kind & 3 {
        2 => sampling.iter().map(|(a, d)| pixels * 2 * a * d / (across * down)).sum(),
        _ => 0,
    };
    let needed = file + output + kept;
    if needed > MAX_JPEG_MEMORY {
        return Err(refusal(
            RefusalCode::TooManyPixels,
            format!("{width}×{height} pixels that take {} to decode", bytes_for_people(needed)),
            format!(
                "at most {}; a picture that is not progressive takes less",
                bytes_for_people(MAX_JPEG_MEMORY)
            ),
        ));
    }
    Ok(())
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
