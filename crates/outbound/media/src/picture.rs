//! Pictures: what they measure, how they move, and their thumbnails. Sizes are read before anything is decoded;
//! only the first frame is ever decoded. Knows no limits of platforms.

mod gif;
mod jpeg;
mod outline;
mod png;
mod profile;
mod shrink;
mod thumbnail;
mod webp;

use creativestore_domain::facts::{ImageFacts, ImageType, Refusal, RefusalCode};
use image::metadata::Orientation;
use image::{ImageDecoder, ImageError};

use crate::refuse::{Emit, Stop, refusal};
use outline::Outline;
use shrink::{Shrinker, Shrunk};

/// The first frame, made small, and what came along with it.
struct Still {
    shrunk: Shrunk,
    orientation: Orientation,
    profile: Option<Vec<u8>>,
}

/// Measures a picture of this type and hands out its thumbnails.
pub fn inspect(image_type: ImageType, bytes: &[u8], emit: &mut Emit<'_>) -> Result<ImageFacts, Stop> {
    let outline = outline(image_type, bytes)?;
    let still = match image_type {
        ImageType::Png => png::decode(bytes),
        ImageType::Jpeg => jpeg::decode(bytes),
        ImageType::Gif => decode(gif::decoder(bytes)),
        ImageType::Webp => decode(webp::decoder(bytes)),
    }?;
    let Outline { width, height, animation } = outline;
    let (stored_width, stored_height) = still.shrunk.original;
    if (stored_width, stored_height) != (width, height) {
        return Err(refusal(
            RefusalCode::Malformed,
            format!("{stored_width}×{stored_height} pixels behind a header that says {width}×{height}"),
            "one size throughout the file",
        )
        .into());
    }
    let alpha = still.shrunk.alpha;
    let upright = thumbnail::upright(still.shrunk, still.orientation);
    let (width, height) =
        if thumbnail::turns_sideways(still.orientation) { (height, width) } else { (width, height) };
    let perceptual_hash = thumbnail::perceptual_hash(&upright)?;
    thumbnail::hand_out(upright, (width, height), alpha, emit)?;
    Ok(ImageFacts {
        image_type,
        width,
        height,
        bytes: bytes.len() as u64,
        alpha,
        orientation: still.orientation.to_exif(),
        colour_profile: still.profile.map(|profile| profile::description(&profile)),
        animation,
        perceptual_hash,
    })
}

/// The size that the headers of a picture tell, when they tell one.
pub fn dimensions(image_type: ImageType, bytes: &[u8]) -> Option<(u32, u32)> {
    outline(image_type, bytes).ok().map(|Outline { width, height, .. }| (width, height))
}

fn outline(image_type: ImageType, bytes: &[u8]) -> Result<Outline, Refusal> {
    match image_type {
        ImageType::Png => png::outline(bytes),
        ImageType::Jpeg => jpeg::outline(bytes),
        ImageType::Gif => gif::outline(bytes),
        ImageType::Webp => webp::outline(bytes),
    }
}

/// Decodes the first frame with one of the `image` crate's decoders.
fn decode(decoder: Result<impl ImageDecoder, ImageError>) -> Result<Still, Refusal> {
    let mut decoder = decoder.map_err(undecodable)?;
    let (width, height) = decoder.dimensions();
    outline::check_size(width, height, "")?;
    let profile = decoder.icc_profile().unwrap_or_default();
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let colour = decoder.color_type();
    let mut pixels = vec![0; usize::try_from(decoder.total_bytes()).unwrap_or(usize::MAX)];
    decoder.read_image(&mut pixels).map_err(undecodable)?;
    let mut shrinker = Shrinker::new(width, height);
    let row_bytes = width as usize * usize::from(colour.bytes_per_pixel());
    for row in pixels.chunks_exact(row_bytes) {
        shrinker.row(row, colour)?;
    }
    Ok(Still { shrunk: shrinker.finish(), orientation, profile })
}

/// The refusal for what a decoder stumbled over.
fn undecodable(error: ImageError) -> Refusal {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => truncated(),
        ImageError::Limits(error) => {
            refusal(RefusalCode::TooManyPixels, error.to_string(), "a smaller picture")
        }
        error => malformed(error.to_string()),
    }
}

fn truncated() -> Refusal {
    refusal(RefusalCode::Truncated, "the file ends before the picture does", "a complete file")
}

fn malformed(found: impl Into<String>) -> Refusal {
    refusal(RefusalCode::Malformed, found, "a file that keeps to the rules of its type")
}
