//! Makes a picture small while its rows come by: whole blocks of pixels are averaged, so that a large picture is
//! never held as a whole. Knows no file format.

use creativestore_domain::facts::Refusal;
use image::{ColorType, RgbaImage};

use super::malformed;

/// The longest side that is kept; twice the largest thumbnail, so that the last step can be a good one.
const LONGEST: u32 = 2048;

/// A picture no longer than [`LONGEST`], its colours multiplied by their alpha.
pub struct Shrunk {
    /// The pixels.
    pub image: RgbaImage,
    /// Width and height before.
    pub original: (u32, u32),
    /// Whether any pixel is less than opaque.
    pub alpha: bool,
}

/// Takes the rows of a picture, top to bottom.
pub struct Shrinker {
    original: (u32, u32),
    block: u32,
    width: u32,
    height: u32,
    rows: u32,
    sums: Vec<[u32; 4]>,
    out: Vec<u8>,
    alpha: bool,
}

impl Shrinker {
    /// For a picture of this size.
    pub fn new(width: u32, height: u32) -> Self {
        let block = width.max(height).div_ceil(LONGEST).max(1);
        let (small_width, small_height) = (width.div_ceil(block), height.div_ceil(block));
        Self {
            original: (width, height),
            block,
            width: small_width,
            height: small_height,
            rows: 0,
            sums: vec![[0; 4]; small_width as usize],
            out: Vec::with_capacity(small_width as usize * small_height as usize * 4),
            alpha: false,
        }
    }

    /// Takes the next row; rows beyond the picture's height are left out.
    pub fn row(&mut self, row: &[u8], colour: ColorType) -> Result<(), Refusal> {
        if self.rows == self.original.1 {
            return Ok(());
        }
        match colour {
            ColorType::L8 => self.add(row.iter().map(|grey| [*grey, *grey, *grey, 255])),
            ColorType::La8 => self.add(row.chunks_exact(2).map(|p| [p[0], p[0], p[0], p[1]])),
            ColorType::Rgb8 => self.add(row.chunks_exact(3).map(|p| [p[0], p[1], p[2], 255])),
            ColorType::Rgba8 => self.add(row.chunks_exact(4).map(|p| [p[0], p[1], p[2], p[3]])),
            ColorType::L16 => self.add(row.chunks_exact(2).map(|p| {
                let grey = high(p);
                [grey, grey, grey, 255]
            })),
            ColorType::Rgb16 => {
                self.add(row.chunks_exact(6).map(|p| [high(p), high(&p[2..]), high(&p[4..]), 255]));
            }
            other => return Err(malformed(format!("pixels of an unusual kind ({other:?})"))),
        }
        self.rows += 1;
        if self.block > 1 && (self.rows.is_multiple_of(self.block) || self.rows == self.original.1) {
            self.close_blocks();
        }
        Ok(())
    }

    fn add(&mut self, row: impl Iterator<Item = [u8; 4]>) {
        let row = row.take(self.original.0 as usize);
        if self.block == 1 { self.keep(row) } else { self.sum(row) }
    }

    /// A row of a picture that is small already.
    fn keep(&mut self, row: impl Iterator<Item = [u8; 4]>) {
        let start = self.out.len();
        self.out.resize(start + self.width as usize * 4, 0);
        let mut all = 255;
        for (place, pixel) in self.out[start..].chunks_exact_mut(4).zip(row) {
            place.copy_from_slice(&multiplied(pixel));
            all &= pixel[3];
        }
        self.alpha |= all != 255;
    }

    fn sum(&mut self, row: impl Iterator<Item = [u8; 4]>) {
        let (mut block, mut filled) = (0, 0);
        for pixel in row {
            self.alpha |= pixel[3] != 255;
            let Some(sum) = self.sums.get_mut(block) else { return };
            for (sum, value) in sum.iter_mut().zip(multiplied(pixel)) {
                *sum += u32::from(value);
            }
            filled += 1;
            if filled == self.block {
                (block, filled) = (block + 1, 0);
            }
        }
    }

    fn close_blocks(&mut self) {
        let tall = match self.rows % self.block {
            0 => self.block,
            rest => rest,
        };
        for (index, sum) in (0..).zip(&mut self.sums) {
            let wide = self.block.min(self.original.0 - index * self.block);
            let count = tall * wide;
            self.out.extend(sum.map(|sum| u8::try_from((sum + count / 2) / count).unwrap_or(u8::MAX)));
            *sum = [0; 4];
        }
    }

    /// The small picture; rows that never came are transparent.
    pub fn finish(mut self) -> Shrunk {
        self.out.resize(self.width as usize * self.height as usize * 4, 0);
        let image = RgbaImage::from_raw(self.width, self.height, self.out).unwrap_or_default();
        Shrunk { image, original: self.original, alpha: self.alpha }
    }
}

/// The colours multiplied by their alpha.
fn multiplied([red, green, blue, alpha]: [u8; 4]) -> [u8; 4] {
    let by_alpha = |value| {
        let exact = u32::from(value) * u32::from(alpha);
        u8::try_from((exact + 127) / 255).unwrap_or(u8::MAX)
    };
    [by_alpha(red), by_alpha(green), by_alpha(blue), alpha]
}

/// The high byte of a 16-bit sample in the machine's order.
fn high(pair: &[u8]) -> u8 {
    u16::from_ne_bytes([pair[0], pair[1]]).to_be_bytes()[0]
}
