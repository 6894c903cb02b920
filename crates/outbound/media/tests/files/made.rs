//! Files made for the tests: small, valid, and easy to spoil.

use std::io::{Cursor, Write};

use creativestore_domain::facts::{Facts, ImageFacts, Refusal, RefusalCode};
use creativestore_domain::manifest::AssetKind;
use creativestore_media::inspect_bytes;
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame, ImageFormat, Rgba, RgbaImage};

/// An opaque picture in which no two neighbours are alike.
pub fn colours(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let [red, green, blue] = [x * 7, y * 5, (x + y) * 3].map(|value| value.to_le_bytes()[0]);
        Rgba([red, green, blue, 255])
    })
}

/// The file of a picture.
pub fn file(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.into().write_to(&mut out, format).expect("encoded");
    out.into_inner()
}

/// An opaque PNG.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    file(DynamicImage::from(colours(width, height)).into_rgb8(), ImageFormat::Png)
}

/// A baseline JPEG.
pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    file(DynamicImage::from(colours(width, height)).into_rgb8(), ImageFormat::Jpeg)
}

/// A GIF with a frame per delay in milliseconds.
pub fn gif(width: u32, height: u32, delays_ms: &[u32], repeat: Option<Repeat>) -> Vec<u8> {
    let mut out = Vec::new();
    {
        let mut encoder = GifEncoder::new_with_speed(&mut out, 30);
        if let Some(repeat) = repeat {
            encoder.set_repeat(repeat).expect("repeat");
        }
        for delay in delays_ms {
            let delay = Delay::from_numer_denom_ms(*delay, 1);
            encoder.encode_frame(Frame::from_parts(colours(width, height), 0, 0, delay)).expect("frame");
        }
    }
    out
}

/// An animated PNG with a frame per delay in milliseconds.
pub fn apng(width: u32, height: u32, delays_ms: &[u16], plays: u32) -> Vec<u8> {
    let mut out = Vec::new();
    {
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_animated(u32::try_from(delays_ms.len()).expect("few"), plays).expect("animated");
        let mut writer = encoder.write_header().expect("header");
        for delay in delays_ms {
            writer.set_frame_delay(*delay, 1000).expect("delay");
            writer.write_image_data(&colours(width, height)).expect("frame");
        }
    }
    out
}

/// A chunk of a RIFF file.
pub fn riff(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut out = kind.to_vec();
    out.extend(u32::try_from(body.len()).expect("small").to_le_bytes());
    out.extend(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
    out
}

/// A file of these RIFF chunks.
pub fn webp(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    body.extend(chunks.iter().flatten());
    riff(*b"RIFF", &body)
}

/// The chunk with the picture inside a still, lossless WebP.
pub fn webp_picture(width: u32, height: u32) -> Vec<u8> {
    file(colours(width, height), ImageFormat::WebP)[12..].to_vec()
}

/// The three bytes of a number.
pub fn u24(number: u32) -> [u8; 3] {
    let [a, b, c, _] = number.to_le_bytes();
    [a, b, c]
}

/// The extended header of a WebP.
pub fn webp_canvas(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let body = [&[flags, 0, 0, 0][..], &u24(width - 1), &u24(height - 1)].concat();
    riff(*b"VP8X", &body)
}

/// An animated WebP with a frame per delay in milliseconds.
pub fn animated_webp(width: u32, height: u32, delays_ms: &[u32], plays: u16) -> Vec<u8> {
    let mut chunks = vec![webp_canvas(0x12, width, height)];
    chunks.push(riff(*b"ANIM", &[&[0, 0, 0, 0][..], &plays.to_le_bytes()].concat()));
    for delay in delays_ms {
        let mut frame = vec![0; 6];
        frame.extend(u24(width - 1));
        frame.extend(u24(height - 1));
        frame.extend(u24(*delay));
        frame.push(0);
        frame.extend(webp_picture(width, height));
        chunks.push(riff(*b"ANMF", &frame));
    }
    webp(&chunks)
}

/// A zip of these files, packed.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("started");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("finished").into_inner()
}

/// The picture that the bytes are.
pub fn picture(bytes: &[u8]) -> ImageFacts {
    match inspect_bytes(Some(AssetKind::Image), bytes).0 {
        Facts::Image(facts) => facts,
        other => panic!("{other:?}"),
    }
}

/// The reasons why the bytes are refused.
pub fn refusals(expected: Option<AssetKind>, bytes: &[u8]) -> Vec<Refusal> {
    match inspect_bytes(expected, bytes) {
        (Facts::Refused(refusals), derived) => {
            assert!(derived.is_empty(), "what is refused leaves nothing behind");
            refusals
        }
        (other, _) => panic!("{other:?}"),
    }
}

/// The code of the only reason why the bytes are refused.
pub fn refused(expected: AssetKind, bytes: &[u8]) -> RefusalCode {
    let refusals = refusals(Some(expected), bytes);
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    assert!(!refusals[0].found.is_empty(), "{refusals:?}");
    refusals[0].code
}
