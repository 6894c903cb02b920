//! WebP, still and animated. Its chunks are walked for sizes, frames and times; a picture inside must fit the
//! canvas outside.

use std::io::Cursor;

use creativestore_domain::facts::Refusal;
use image::codecs::webp::WebPDecoder;
use image::error::ImageResult;

use super::outline::{Frames, Outline, Walk, check_size, u24};
use super::{malformed, truncated};

/// The decoder of the first frame.
pub fn decoder(bytes: &[u8]) -> ImageResult<WebPDecoder<Cursor<&[u8]>>> {
    WebPDecoder::new(Cursor::new(bytes))
}

/// Size and animation, from the chunks.
pub fn outline(bytes: &[u8]) -> Result<Outline, Refusal> {
    let mut head = Walk::new(bytes);
    head.take(4)?;
    let length = usize::try_from(u32::from_le_bytes(head.array()?)).map_err(|_| truncated())?;
    let inside = bytes.get(8..length.saturating_add(8)).ok_or_else(truncated)?;
    let mut walk = Walk::new(inside);
    walk.take(4)?;
    let mut canvas: Option<(u32, u32)> = None;
    let mut frames = Frames::default();
    let mut plays = Some(1);
    let mut still = None;
    while !walk.is_over() {
        let (kind, body) = chunk(&mut walk)?;
        match &kind {
            b"VP8X" => {
                let mut body = Walk::new(body);
                body.take(4)?;
                let (width, height) = (u24(body.array()?) + 1, u24(body.array()?) + 1);
                check_size(width, height, "")?;
                canvas = Some((width, height));
            }
            b"VP8 " | b"VP8L" => still = Some(picture_size(kind, body)?),
            b"ANIM" => {
                let mut body = Walk::new(body);
                body.take(4)?;
                let count = u16::from_le_bytes(body.array()?);
                plays = (count != 0).then_some(u32::from(count));
            }
            b"ANMF" => {
                let canvas = canvas.ok_or_else(|| malformed("a frame before the canvas"))?;
                frames.add(frame(body, canvas)?)?;
            }
            _ => {}
        }
    }
    let (width, height) = match (canvas, still) {
        (None, Some(size)) => size,
        (Some(canvas), Some(size)) if canvas == size => canvas,
        (Some(canvas), None) if frames.count() > 0 => canvas,
        (Some((width, height)), Some((w, h))) => {
            return Err(malformed(format!("a picture of {w}×{h} on a canvas of {width}×{height}")));
        }
        _ => return Err(malformed("a WebP without a picture")),
    };
    Ok(Outline { width, height, animation: frames.animation(plays) })
}

/// One chunk: its kind and its body. The byte that pads it to an even length may be missing at the end.
fn chunk<'a>(walk: &mut Walk<'a>) -> Result<([u8; 4], &'a [u8]), Refusal> {
    let kind = walk.array()?;
    let length = usize::try_from(u32::from_le_bytes(walk.array()?)).map_err(|_| truncated())?;
    let body = walk.take(length)?;
    if length % 2 == 1 && !walk.is_over() {
        walk.byte()?;
    }
    Ok((kind, body))
}

fn picture_size(kind: [u8; 4], body: &[u8]) -> Result<(u32, u32), Refusal> {
    let mut body = Walk::new(body);
    let (width, height) = if &kind == b"VP8L" {
        body.byte()?;
        let bits = u32::from_le_bytes(body.array()?);
        ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)
    } else {
        body.take(6)?;
        let (width, height) = (u16::from_le_bytes(body.array()?), u16::from_le_bytes(body.array()?));
        (u32::from(width & 0x3fff), u32::from(height & 0x3fff))
    };
    check_size(width, height, "")?;
    Ok((width, height))
}

/// A frame's time in milliseconds, once it is seen to fit.
fn frame(body: &[u8], canvas: (u32, u32)) -> Result<u32, Refusal> {
    let mut body = Walk::new(body);
    let (x, y) = (u24(body.array()?) * 2, u24(body.array()?) * 2);
    let (width, height) = (u24(body.array()?) + 1, u24(body.array()?) + 1);
    check_size(width, height, "")?;
    if x + width > canvas.0 || y + height > canvas.1 {
        return Err(malformed(format!(
            "a frame of {width}×{height} at {x},{y} on a canvas of {}×{}",
            canvas.0, canvas.1
        )));
    }
    let delay_ms = u24(body.array()?);
    body.byte()?;
    while !body.is_over() {
        let (kind, picture) = chunk(&mut body)?;
        if matches!(&kind, b"VP8 " | b"VP8L") && picture_size(kind, picture)? != (width, height) {
            return Err(malformed("a frame whose picture has another size"));
        }
    }
    Ok(delay_ms)
}
