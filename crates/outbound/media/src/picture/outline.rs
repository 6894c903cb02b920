//! What the structure of a picture file says before a pixel is decoded. Common to the formats; knows none.

use creativestore_domain::facts::{Animation, Refusal, RefusalCode};

use super::truncated;
use crate::bounds::{MAX_FRAMES, MAX_PIXELS};
use crate::refuse::{refusal, refusal_at};

/// Size and movement, from the headers alone.
#[derive(Debug)]
pub struct Outline {
    /// Width as stored.
    pub width: u32,
    /// Height as stored.
    pub height: u32,
    /// The animation, when there is more than one frame.
    pub animation: Option<Animation>,
}

/// Refuses a size that is nothing, or more than is decoded.
pub fn check_size(width: u32, height: u32, at: &str) -> Result<(), Refusal> {
    let allowed = format!("at least 1×1 and at most {MAX_PIXELS} pixels");
    let code = match u64::from(width) * u64::from(height) {
        0 => RefusalCode::Malformed,
        pixels if pixels > MAX_PIXELS => RefusalCode::TooManyPixels,
        _ => return Ok(()),
    };
    Err(refusal_at(code, at, format!("{width}×{height} pixels"), allowed))
}

/// Counts frames and their times as browsers play them.
#[derive(Debug, Default)]
pub struct Frames {
    count: u32,
    pass_ms: u64,
    shortest_ms: Option<u32>,
}

impl Frames {
    /// One more frame, standing for so many milliseconds by the file.
    pub fn add(&mut self, delay_ms: u32) -> Result<(), Refusal> {
        self.count += 1;
        if self.count > MAX_FRAMES {
            return Err(refusal(
                RefusalCode::TooManyFrames,
                format!("more than {MAX_FRAMES} frames"),
                format!("at most {MAX_FRAMES} frames"),
            ));
        }
        // All browsers play what asks for 10 ms or less at 100 ms.
        let delay_ms = if delay_ms <= 10 { 100 } else { delay_ms };
        self.pass_ms += u64::from(delay_ms);
        self.shortest_ms = Some(self.shortest_ms.map_or(delay_ms, |shortest| shortest.min(delay_ms)));
        Ok(())
    }

    /// How many there were.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The animation that they make, if they make one.
    pub fn animation(&self, plays: Option<u32>) -> Option<Animation> {
        (self.count > 1).then(|| Animation {
            frames: self.count,
            pass_ms: self.pass_ms,
            plays,
            shortest_frame_ms: self.shortest_ms.unwrap_or_default(),
        })
    }
}

/// A walk through bytes; running out of them is a truncated file.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    /// A walk from the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Where it stands.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Stands at this byte again.
    pub fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Whether nothing is left.
    pub fn is_over(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The next so many bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Refusal> {
        let end = self.at.checked_add(count).ok_or_else(truncated)?;
        let taken = self.bytes.get(self.at..end).ok_or_else(truncated)?;
        self.at = end;
        Ok(taken)
    }

    /// The next bytes, as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8, Refusal> {
        self.array::<1>().map(|[byte]| byte)
    }
}

/// Three bytes, little-endian.
pub fn u24(bytes: [u8; 3]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0])
}
