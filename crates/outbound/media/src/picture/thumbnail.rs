//! Thumbnails and the perceptual hash, from a small upright picture. Knows no file format that it reads.

use std::io;

use bytes::Bytes;
use creativestore_domain::facts::{Recipe, THUMBNAILS};
use creativestore_ports::inspector::Derived;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::png::PngEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, Rgba, RgbaImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::shrink::Shrunk;
use crate::refuse::{Emit, Stop};

/// Enough that nobody sees the difference in a list.
const JPEG_QUALITY: u8 = 80;

/// Whether an orientation swaps width and height.
pub fn turns_sideways(orientation: Orientation) -> bool {
    orientation.to_exif() >= 5
}

/// The picture as it is shown.
pub fn upright(shrunk: Shrunk, orientation: Orientation) -> RgbaImage {
    let mut image = DynamicImage::ImageRgba8(shrunk.image);
    image.apply_orientation(orientation);
    image.into_rgba8()
}

/// A difference hash: for 8 rows of 9 fields, whether each is darker than the next. On white, as browsers show
/// what is transparent.
pub fn perceptual_hash(image: &RgbaImage) -> io::Result<u64> {
    let fields = resize(image, (9, 8))?;
    let grey = |x, y| {
        let Rgba([red, green, blue, alpha]) = *fields.get_pixel(x, y);
        // Colours are multiplied by alpha already; the rest is white.
        let white = 255 - u32::from(alpha);
        299 * (u32::from(red) + white) + 587 * (u32::from(green) + white) + 114 * (u32::from(blue) + white)
    };
    let mut hash = 0;
    for y in 0..8 {
        for x in 0..8 {
            hash = hash << 1 | u64::from(grey(x, y) < grey(x + 1, y));
        }
    }
    Ok(hash)
}

/// Hands out the thumbnails, largest first. Sizes that would not shrink the picture are left out, as long as
/// one thumbnail remains.
pub fn hand_out(
    mut image: RgbaImage,
    (width, height): (u32, u32),
    alpha: bool,
    emit: &mut Emit<'_>,
) -> Result<(), Stop> {
    let longest = width.max(height);
    let smallest = THUMBNAILS.iter().min().copied();
    for side in THUMBNAILS.into_iter().rev() {
        if side >= longest && Some(side) != smallest {
            continue;
        }
        let (wide, tall) = fit((width, height), side);
        if (wide, tall) != image.dimensions() {
            image = resize(&image, (wide, tall))?;
        }
        let (media_type, bytes) =
            if alpha { ("image/png", png(&image)?) } else { ("image/jpeg", jpeg(&image)?) };
        emit(Derived {
            recipe: Recipe::Thumbnail(side),
            media_type: media_type.into(),
            size: Some((wide, tall)),
            bytes,
        })?;
    }
    Ok(())
}

/// The size inside a square of this side; never larger than it was, never nothing.
fn fit((width, height): (u32, u32), side: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= side {
        return (width, height);
    }
    let scaled = |length: u32| {
        let exact = (u64::from(length) * u64::from(side) + u64::from(longest) / 2) / u64::from(longest);
        u32::try_from(exact).unwrap_or(side).max(1)
    };
    (scaled(width), scaled(height))
}

/// The picture in another size. Its colours are multiplied by their alpha already.
fn resize(image: &RgbaImage, (width, height): (u32, u32)) -> io::Result<RgbaImage> {
    const TRIANGLE: ResizeAlg = ResizeAlg::Convolution(FilterType::Bilinear);
    let options = ResizeOptions::new().resize_alg(TRIANGLE).use_alpha(false);
    let (from_width, from_height) = image.dimensions();
    let from = ImageRef::new(from_width, from_height, image.as_raw(), PixelType::U8x4);
    let mut to = Image::new(width, height, PixelType::U8x4);
    Resizer::new().resize(&from.map_err(io::Error::other)?, &mut to, &options).map_err(io::Error::other)?;
    RgbaImage::from_raw(width, height, to.into_vec()).ok_or_else(|| io::Error::other("pixels are missing"))
}

fn png(image: &RgbaImage) -> io::Result<Bytes> {
    let mut pixels = image.clone();
    for Rgba([red, green, blue, alpha]) in pixels.pixels_mut() {
        for value in [red, green, blue] {
            *value = divide(*value, *alpha);
        }
    }
    let mut out = Vec::new();
    PngEncoder::new(&mut out)
        .write_image(&pixels, image.width(), image.height(), ExtendedColorType::Rgba8)
        .map_err(io::Error::other)?;
    Ok(out.into())
}

/// The colour as it was before it was multiplied by its alpha.
fn divide(value: u8, alpha: u8) -> u8 {
    match u32::from(alpha) {
        0 => 0,
        alpha => u8::try_from((u32::from(value) * 255 + alpha / 2) / alpha).unwrap_or(u8::MAX),
    }
}

fn jpeg(image: &RgbaImage) -> io::Result<Bytes> {
    let mut out = Vec::new();
    let side = |length| u16::try_from(length).map_err(io::Error::other);
    let mut encoder = Encoder::new(&mut out, JPEG_QUALITY);
    // Coloured letters on a coloured ground stay legible.
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    encoder
        .encode(image, side(image.width())?, side(image.height())?, ColorType::Rgba)
        .map_err(io::Error::other)?;
    Ok(out.into())
}
