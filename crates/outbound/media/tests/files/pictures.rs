//! Pictures of every kind, whole, spoilt and lying.

use creativestore_domain::facts::{Animation, Facts, ImageType, RefusalCode};
use creativestore_domain::manifest::AssetKind;
use creativestore_media::inspect_bytes;
use image::codecs::gif::Repeat;
use image::{DynamicImage, GenericImageView, ImageFormat, Luma, Rgba};

use crate::made::*;

fn refused_picture(bytes: &[u8]) -> RefusalCode {
    refused(AssetKind::Image, bytes)
}

fn thumbnails(bytes: &[u8]) -> Vec<(String, String, DynamicImage)> {
    let (_, derived) = inspect_bytes(Some(AssetKind::Image), bytes);
    let decoded = |derived: creativestore_ports::inspector::Derived| {
        let image = image::load_from_memory(&derived.bytes).expect("a thumbnail decodes");
        assert_eq!(derived.size, Some(image.dimensions()));
        (derived.recipe.to_string(), derived.media_type, image)
    };
    derived.into_iter().map(decoded).collect()
}

#[test]
fn every_type_is_measured_from_its_bytes() {
    for (format, image_type) in [
        (ImageFormat::Png, ImageType::Png),
        (ImageFormat::Jpeg, ImageType::Jpeg),
        (ImageFormat::Gif, ImageType::Gif),
        (ImageFormat::WebP, ImageType::Webp),
    ] {
        let bytes = file(DynamicImage::from(colours(300, 250)).into_rgb8(), format);
        let facts = picture(&bytes);
        assert_eq!(facts.image_type, image_type);
        assert_eq!((facts.width, facts.height), (300, 250));
        assert_eq!(facts.bytes, bytes.len() as u64);
        assert_eq!((facts.alpha, facts.orientation), (false, 1), "{format:?}");
        assert_eq!((facts.colour_profile, facts.animation), (None, None));
        assert_eq!(inspect_bytes(None, &bytes).0, inspect_bytes(Some(AssetKind::Image), &bytes).0);
    }
}

#[test]
fn alpha_is_what_pixels_use() {
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let mut image = colours(20, 20);
        assert!(!picture(&file(image.clone(), format)).alpha, "a channel that is not used: {format:?}");
        image.put_pixel(3, 3, Rgba([0, 0, 0, 0]));
        assert!(picture(&file(image, format)).alpha, "{format:?}");
    }
}

#[test]
fn grey_and_16_bit_pictures_are_read() {
    let grey = DynamicImage::from(colours(40, 30)).into_luma8();
    assert_eq!(picture(&file(grey.clone(), ImageFormat::Png)).width, 40);
    assert_eq!(picture(&file(grey, ImageFormat::Jpeg)).width, 40);
    let deep = image::ImageBuffer::from_fn(40, 30, |x, y| Luma([u16::try_from(x * y * 40).expect("small")]));
    assert_eq!(picture(&file(DynamicImage::ImageLuma16(deep), ImageFormat::Png)).height, 30);
    let deep = DynamicImage::from(colours(40, 30)).into_rgba16();
    assert!(!picture(&file(deep, ImageFormat::Png)).alpha);
}

#[test]
fn a_palette_with_transparency_is_alpha() {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 2, 1);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(vec![255, 0, 0, 0, 255, 0]);
    encoder.set_trns(vec![255, 128]);
    encoder.write_header().expect("header").write_image_data(&[0, 1]).expect("pixels");
    assert!(picture(&out).alpha);
}

#[test]
fn thumbnails_shrink_and_never_enlarge() {
    let names = |bytes: &[u8]| thumbnails(bytes).into_iter().map(|(name, ..)| name).collect::<Vec<_>>();
    assert_eq!(names(&png(1200, 800)), ["thumbnail-1024", "thumbnail-320", "thumbnail-64"]);
    assert_eq!(names(&png(970, 250)), ["thumbnail-320", "thumbnail-64"]);
    assert_eq!(names(&png(320, 50)), ["thumbnail-64"]);
    let tiny = thumbnails(&png(16, 9));
    assert_eq!((tiny.len(), tiny[0].2.dimensions()), (1, (16, 9)), "one is always there");
    let banner = thumbnails(&png(4000, 3));
    assert_eq!(banner[2].2.dimensions(), (64, 1), "no side becomes nothing");
}

#[test]
fn a_thumbnail_looks_like_its_picture() {
    let half = image::RgbImage::from_fn(3000, 1000, |x, _| {
        if x < 1500 { image::Rgb([200, 30, 30]) } else { image::Rgb([30, 30, 200]) }
    });
    for (_, media_type, thumbnail) in thumbnails(&file(half, ImageFormat::Png)) {
        assert_eq!(media_type, "image/jpeg");
        let (width, height) = thumbnail.dimensions();
        let near = |x: u32, red: u8, blue: u8| {
            let pixel = thumbnail.get_pixel(x, height / 2);
            assert!(pixel[0].abs_diff(red) < 12 && pixel[2].abs_diff(blue) < 12, "{width}: {pixel:?}");
        };
        near(width / 4, 200, 30);
        near(width * 3 / 4, 30, 200);
    }
}

#[test]
fn a_thumbnail_keeps_transparency_and_the_colour_beside_it() {
    // Kept pixel by pixel, and averaged three by three with a rest, before it is made small.
    for (width, height) in [(400, 400), (4100, 200)] {
        let image = image::RgbaImage::from_fn(width, height, |x, _| {
            Rgba(if x < width / 2 { [250, 0, 0, 255] } else { [0, 0, 0, 0] })
        });
        for (recipe, media_type, thumbnail) in thumbnails(&file(image, ImageFormat::Png)) {
            let (wide, tall) = thumbnail.dimensions();
            assert_eq!(media_type, "image/png");
            let pixel = |x| thumbnail.get_pixel(x, tall / 2);
            assert_eq!((pixel(wide / 16)[3], pixel(wide - wide / 16)[3]), (255, 0), "{recipe} of {width}");
            for (_, _, pixel) in thumbnail.pixels().filter(|(_, _, pixel)| pixel[3] > 8) {
                assert!(
                    pixel[0] > 230,
                    "{recipe} of {width}: red stays red at the edge, not dark: {pixel:?}"
                );
            }
        }
    }
}

#[test]
fn orientation_turns_the_size_and_the_thumbnail() {
    // A JPEG whose Exif says "rotate by 90°": stored wide, shown tall.
    let wide = image::RgbImage::from_fn(400, 200, |x, _| {
        if x < 200 { image::Rgb([220, 20, 20]) } else { image::Rgb([20, 20, 220]) }
    });
    let plain = file(wide, ImageFormat::Jpeg);
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
    let turned = [&plain[..2], &[0xff, 0xe1], &length, exif, &plain[2..]].concat();
    let facts = picture(&turned);
    assert_eq!((facts.width, facts.height, facts.orientation), (200, 400, 6));
    let (_, _, thumbnail) = thumbnails(&turned).remove(0);
    assert_eq!(thumbnail.dimensions(), (160, 320));
    assert!(thumbnail.get_pixel(80, 20)[0] > 180, "the left of what is stored is the top of what is shown");
    assert!(thumbnail.get_pixel(80, 300)[2] > 180);
}

#[test]
fn a_colour_profile_is_named() {
    let mut profile = vec![0; 128];
    profile.extend(1_u32.to_be_bytes());
    profile.extend(b"desc");
    profile.extend(144_u32.to_be_bytes());
    profile.extend(30_u32.to_be_bytes());
    profile.extend(b"desc\0\0\0\0");
    profile.extend(11_u32.to_be_bytes());
    profile.extend(b"Display P3\0");
    profile.resize(200, 0);
    let with = |profile: Vec<u8>| {
        let mut out = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut out);
        image::ImageEncoder::set_icc_profile(&mut encoder, profile).expect("set");
        DynamicImage::from(colours(8, 8)).write_with_encoder(encoder).expect("encoded");
        picture(&out).colour_profile
    };
    assert_eq!(with(profile.clone()).as_deref(), Some("Display P3"));
    profile[132..136].copy_from_slice(b"xxxx");
    assert_eq!(with(profile).as_deref(), Some("embedded"));
}

#[test]
fn an_animation_is_measured_as_browsers_play_it() {
    let animation = |frames, pass_ms, plays, shortest_frame_ms| {
        Some(Animation { frames, pass_ms, plays, shortest_frame_ms })
    };
    let delays = [0, 10, 20, 500];
    let gif_of = |repeat| picture(&gif(30, 20, &delays, repeat)).animation;
    assert_eq!(gif_of(None), animation(4, 720, Some(1), 20));
    assert_eq!(gif_of(Some(Repeat::Infinite)), animation(4, 720, None, 20));
    assert_eq!(gif_of(Some(Repeat::Finite(2))), animation(4, 720, Some(3), 20));
    let apng_of = |plays| picture(&apng(30, 20, &[0, 10, 20, 500], plays)).animation;
    assert_eq!(apng_of(0), animation(4, 720, None, 20));
    assert_eq!(apng_of(3), animation(4, 720, Some(3), 20));
    let webp_of = |plays| picture(&animated_webp(30, 20, &delays, plays)).animation;
    assert_eq!(webp_of(0), animation(4, 720, None, 20));
    assert_eq!(webp_of(2), animation(4, 720, Some(2), 20));
    assert_eq!(picture(&gif(30, 20, &[100], Some(Repeat::Infinite))).animation, None, "one frame is still");
}

#[test]
fn similar_pictures_have_similar_hashes() {
    let shape = |noise: u8| {
        image::RgbImage::from_fn(200, 200, |x, y| {
            let value = if (x / 50 + y / 50) % 2 == 0 { 220 } else { 40 };
            image::Rgb([value, value, value - noise])
        })
    };
    let hash = |image: image::RgbImage, format| picture(&file(image, format)).perceptual_hash;
    let original = hash(shape(0), ImageFormat::Png);
    let distance = |other: u64| (original ^ other).count_ones();
    assert!(distance(hash(shape(9), ImageFormat::Jpeg)) <= 6, "another file of the same picture");
    let smaller = image::imageops::thumbnail(&shape(0), 120, 120);
    assert!(distance(hash(smaller, ImageFormat::Png)) <= 6, "a smaller one");
    let other = image::RgbImage::from_fn(200, 200, |x, _| image::Rgb([u8::try_from(x).expect("small"); 3]));
    assert!(distance(hash(other, ImageFormat::Png)) > 12, "another picture");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for bytes in [
        png(60, 40),
        jpeg(60, 40),
        gif(60, 40, &[100, 100], None),
        file(colours(60, 40), ImageFormat::WebP),
        apng(10, 10, &[10, 10], 0),
    ] {
        for cut in (16..bytes.len()).step_by(7) {
            let code = refused_picture(&bytes[..cut]);
            assert_eq!(code, RefusalCode::Truncated, "{cut} of {} bytes", bytes.len());
        }
    }
}

#[test]
fn a_header_that_promises_too_many_pixels_is_refused_unread() {
    let mut png = png(8, 8);
    png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    assert_eq!(refused_picture(&png), RefusalCode::TooManyPixels);
    let mut gif = gif(8, 8, &[0], None);
    gif[6..10].copy_from_slice(&[0x60, 0xea, 0x60, 0xea]);
    assert_eq!(refused_picture(&gif), RefusalCode::TooManyPixels);
    let mut jpeg = jpeg(8, 8);
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).expect("a frame header");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
    assert_eq!(refused_picture(&jpeg), RefusalCode::TooManyPixels);
    let webp = webp(&[webp_canvas(0, 16_000, 16_000), webp_picture(8, 8)]);
    assert_eq!(refused_picture(&webp), RefusalCode::TooManyPixels);
}

#[test]
fn a_small_header_before_a_huge_picture_is_refused() {
    // 1×1 outside, 60 000×60 000 inside.
    let mut gif = gif(8, 8, &[0], None);
    let frame = gif.windows(9).position(|nine| nine == [0x2c, 0, 0, 0, 0, 8, 0, 8, 0]).expect("a frame");
    gif[6..10].copy_from_slice(&[1, 0, 1, 0]);
    gif[frame + 5..frame + 9].copy_from_slice(&[0x60, 0xea, 0x60, 0xea]);
    assert_eq!(refused_picture(&gif), RefusalCode::TooManyPixels);
    let lying = webp(&[webp_canvas(0, 1, 1), webp_picture(800, 800)]);
    assert_eq!(refused_picture(&lying), RefusalCode::Malformed);
    let mut png = png(900, 900);
    png[16..24].copy_from_slice(&[0, 0, 0, 1, 0, 0, 0, 1]);
    let code = refused_picture(&png);
    assert_eq!(code, RefusalCode::Malformed);
    let mut jpeg = jpeg(3000, 3000);
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).expect("a frame header");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0, 1, 0, 1]);
    assert_eq!(refused_picture(&jpeg), RefusalCode::Malformed);
}

#[test]
fn a_gif_of_100_000_frames_is_refused_early() {
    let one = gif(2, 2, &[20], None);
    let start = one.windows(2).position(|two| two == [0x21, 0xf9]).expect("a frame");
    let (head, frame) = (&one[..start], &one[start..one.len() - 1]);
    let many = [head, &frame.repeat(100_000), b";"].concat();
    assert_eq!(refused_picture(&many), RefusalCode::TooManyFrames);
    let most = [head, &frame.repeat(1000), b";"].concat();
    assert_eq!(picture(&most).animation.expect("it moves").frames, 1000);
}

#[test]
fn broken_pixels_are_refused() {
    let mut png = png(60, 40);
    let middle = png.len() / 2;
    png[middle..middle + 8].fill(0x55);
    assert_eq!(refused_picture(&png), RefusalCode::Malformed);
    let mut gif = gif(60, 40, &[100], None);
    let end = gif.len() - 1;
    gif[end] = 0x77;
    assert_eq!(refused_picture(&gif), RefusalCode::Malformed);
}

#[test]
fn bytes_after_the_end_are_left_alone() {
    for bytes in [png(20, 20), jpeg(20, 20), gif(20, 20, &[100, 100], None)] {
        let longer = [bytes.as_slice(), b"and more"].concat();
        let (whole, longer) = (picture(&bytes), picture(&longer));
        assert_eq!(longer.bytes, whole.bytes + 8);
        assert_eq!((longer.width, longer.perceptual_hash), (whole.width, whole.perceptual_hash));
    }
}

#[test]
fn what_is_no_picture_is_named() {
    let refusals = refusals(Some(AssetKind::Image), &zip(&[("index.html", b"<html>")]));
    assert_eq!(refusals[0].code, RefusalCode::TypeMismatch);
    assert_eq!(refusals[0].found, "a zip archive");
    assert_eq!(refusals[0].allowed, "a PNG, JPEG, GIF or WebP picture");
    assert_eq!(refused_picture(b"\x00\x01\x02\x03 nothing"), RefusalCode::UnknownType);
    assert_eq!(refused_picture(b""), RefusalCode::UnknownType);
    let picture_for_zip = refused(AssetKind::Zip, &png(4, 4));
    assert_eq!(picture_for_zip, RefusalCode::TypeMismatch);
    assert!(matches!(inspect_bytes(Some(AssetKind::Image), &jpeg(9, 9)).0, Facts::Image(_)));
}
