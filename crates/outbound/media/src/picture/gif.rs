//! GIF. Its blocks are walked for frames and times without unpacking any; 100 000 frames cost no more than the
//! limit does.

use std::io::Cursor;

use creativestore_domain::facts::Refusal;
use image::codecs::gif::GifDecoder;
use image::error::ImageResult;

use super::malformed;
use super::outline::{Frames, Outline, Walk, check_size};

/// The decoder of the first frame.
pub fn decoder(bytes: &[u8]) -> ImageResult<GifDecoder<Cursor<&[u8]>>> {
    GifDecoder::new(Cursor::new(bytes))
}

/// Size and animation, from the blocks.
pub fn outline(bytes: &[u8]) -> Result<Outline, Refusal> {
    let mut walk = Walk::new(bytes);
    walk.take(6)?;
    let (width, height) = size(&mut walk)?;
    let flags = walk.byte()?;
    walk.take(2)?;
    walk.take(table_bytes(flags))?;
    let mut frames = Frames::default();
    // Without the loop extension it plays once.
    let mut plays = Some(1);
    let mut delay_ms = 0;
    loop {
        let at = walk.at();
        match walk.byte()? {
            0x3b => break,
            0x21 => match walk.byte()? {
                0xf9 => {
                    let mut control = walk.clone();
                    control.take(2)?;
                    delay_ms = u32::from(u16::from_le_bytes(control.array()?)) * 10;
                    blocks(&mut walk)?;
                }
                0xff => {
                    let mut extension = walk.clone();
                    let length = usize::from(extension.byte()?);
                    let name = extension.take(length)?;
                    if matches!(name, b"NETSCAPE2.0" | b"ANIMEXTS1.0")
                        && extension.byte()? >= 3
                        && extension.byte()? == 1
                    {
                        // The count is of repetitions: 3 plays four times; 0 plays for ever.
                        let repeats = u16::from_le_bytes(extension.array()?);
                        plays = (repeats != 0).then(|| u32::from(repeats) + 1);
                    }
                    blocks(&mut walk)?;
                }
                _ => blocks(&mut walk).map(|_| ())?,
            },
            0x2c => {
                walk.take(4)?;
                let (frame_width, frame_height) = size(&mut walk)?;
                let flags = walk.byte()?;
                walk.take(table_bytes(flags))?;
                walk.byte()?;
                let packed = blocks(&mut walk)?;
                // A pixel takes at most 12 bits, and a code may be spent on clearing the table between any two.
                let most = u64::from(frame_width) * u64::from(frame_height) * 3 + 1024;
                if packed > most {
                    return Err(malformed(format!(
                        "{packed} bytes of pixels for a frame of {frame_width}×{frame_height}, at byte {at}"
                    )));
                }
                frames.add(delay_ms)?;
                delay_ms = 0;
            }
            byte => return Err(malformed(format!("{byte:#04x} starts no block, at byte {at}"))),
        }
    }
    if frames.count() == 0 {
        return Err(malformed("a GIF without a frame"));
    }
    Ok(Outline { width, height, animation: frames.animation(plays) })
}

fn size(walk: &mut Walk<'_>) -> Result<(u32, u32), Refusal> {
    let width = u32::from(u16::from_le_bytes(walk.array()?));
    let height = u32::from(u16::from_le_bytes(walk.array()?));
    check_size(width, height, "")?;
    Ok((width, height))
}

fn table_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Skips sub-blocks up to and with the empty one that ends them; returns how many bytes they held.
fn blocks(walk: &mut Walk<'_>) -> Result<u64, Refusal> {
    let mut held = 0;
    loop {
        match walk.byte()? {
            0 => return Ok(held),
            length => {
                walk.take(usize::from(length))?;
                held += u64::from(length);
            }
        }
    }
}
