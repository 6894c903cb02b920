//! PNG and APNG. Rows are decoded one at a time, so that a large picture needs no large memory.

use std::io::Cursor;

use creativestore_domain::facts::Refusal;
use image::ColorType as Colour;
use image::metadata::Orientation;
use png::{ColorType, DecodingError, Limits, Transformations};

use super::outline::{Frames, Outline, Walk, check_size};
use super::shrink::Shrinker;
use super::{Still, malformed, truncated};

const SIGNATURE: usize = 8;

/// Size and animation, from the chunks.
pub fn outline(bytes: &[u8]) -> Result<Outline, Refusal> {
    let mut walk = Walk::new(bytes);
    walk.take(SIGNATURE)?;
    let mut header: Option<(u32, u32, u64)> = None;
    let mut announced: Option<(u32, u32)> = None;
    let mut frames = Frames::default();
    let mut data = 0_u64;
    loop {
        let length = u32::from_be_bytes(walk.array()?);
        let kind: [u8; 4] = walk.array()?;
        let length = usize::try_from(length).map_err(|_| truncated())?;
        let body = walk.take(length)?;
        walk.take(4)?;
        match &kind {
            b"IHDR" => {
                let mut body = Walk::new(body);
                let (width, height) = size(&mut body)?;
                let (depth, colour) = (body.byte()?, body.byte()?);
                header.get_or_insert((width, height, most_data(width, height, depth, colour)?));
            }
            b"acTL" => {
                let mut body = Walk::new(body);
                announced = Some((u32::from_be_bytes(body.array()?), u32::from_be_bytes(body.array()?)));
            }
            b"fcTL" => {
                let mut body = Walk::new(body);
                body.take(4)?;
                size(&mut body)?;
                body.take(8)?;
                let numerator = u32::from(u16::from_be_bytes(body.array()?));
                let denominator = match u16::from_be_bytes(body.array()?) {
                    0 => 100,
                    denominator => u32::from(denominator),
                };
                frames.add(numerator * 1000 / denominator)?;
            }
            b"IDAT" => data += length as u64,
            b"IEND" => break,
            _ => {}
        }
    }
    let Some((width, height, most)) = header else {
        return Err(malformed("a PNG without a header"));
    };
    if data > most {
        return Err(malformed(format!("{data} bytes of pixels for a picture of {width}×{height}")));
    }
    let animation = match announced {
        Some((count, _)) if count != frames.count() => {
            return Err(malformed(format!("{} frames where {count} are announced", frames.count())));
        }
        Some((_, plays)) => frames.animation((plays != 0).then_some(plays)),
        None => None,
    };
    Ok(Outline { width, height, animation })
}

fn size(body: &mut Walk<'_>) -> Result<(u32, u32), Refusal> {
    let (width, height) = (u32::from_be_bytes(body.array()?), u32::from_be_bytes(body.array()?));
    check_size(width, height, "")?;
    Ok((width, height))
}

/// The most bytes that the packed pixels can take: deflate never grows them by more than a little. A header that
/// says 1×1 in front of a huge picture is caught by this.
fn most_data(width: u32, height: u32, depth: u8, colour: u8) -> Result<u64, Refusal> {
    let channels = match colour {
        0 | 3 => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        _ => return Err(malformed(format!("colour type {colour}"))),
    };
    let row = (u64::from(width) * channels * u64::from(depth)).div_ceil(8) + 1;
    // Interlacing adds filter bytes: at most seven passes over each row.
    let raw = (row + 7) * u64::from(height);
    Ok(raw + raw / 8 + 4096)
}

/// Decodes the default picture, row by row.
pub fn decode(bytes: &[u8]) -> Result<Still, Refusal> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: 32 << 20 });
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    let mut reader = decoder.read_info().map_err(undecodable)?;
    let info = reader.info();
    let (width, height, interlaced) = (info.width, info.height, info.interlaced);
    check_size(width, height, "")?;
    let profile = info.icc_profile.as_deref().map(<[u8]>::to_vec);
    let exif = info.exif_metadata.as_deref();
    let orientation = exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    let colour = match reader.output_color_type().0 {
        ColorType::Grayscale => Colour::L8,
        ColorType::GrayscaleAlpha => Colour::La8,
        ColorType::Rgb => Colour::Rgb8,
        ColorType::Rgba => Colour::Rgba8,
        ColorType::Indexed => return Err(malformed("a palette that cannot be resolved")),
    };
    let mut shrinker = Shrinker::new(width, height);
    if interlaced {
        let size = reader.output_buffer_size().ok_or_else(truncated)?;
        let mut pixels = vec![0; size];
        reader.next_frame(&mut pixels).map_err(undecodable)?;
        for row in pixels.chunks_exact(width as usize * usize::from(colour.bytes_per_pixel())) {
            shrinker.row(row, colour)?;
        }
    } else {
        while let Some(row) = reader.next_row().map_err(undecodable)? {
            shrinker.row(row.data(), colour)?;
        }
    }
    Ok(Still { shrunk: shrinker.finish(), orientation, profile })
}

fn undecodable(error: DecodingError) -> Refusal {
    match error {
        DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => truncated(),
        error => malformed(error.to_string()),
    }
}
