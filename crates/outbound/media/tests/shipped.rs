//! The shipped media process behind the port: the same facts as without a process, under the same limits.

#[path = "files/made.rs"]
#[expect(dead_code, reason = "only some of the made files go through the process")]
mod made;

use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;
use creativestore_domain::facts::{Facts, RefusalCode};
use creativestore_domain::manifest::AssetKind;
use creativestore_media::{MediaInspector, MediaSettings, inspect_bytes};
use creativestore_ports::blobs::BlobError;
use creativestore_ports::inspector::{Derived, DerivedSink, Inspector};
use futures_util::stream;
use image::codecs::gif::Repeat;

#[derive(Default)]
struct Kept(Vec<Derived>);

#[async_trait]
impl DerivedSink for Kept {
    async fn keep(&mut self, derived: Derived) -> Result<(), BlobError> {
        self.0.push(derived);
        Ok(())
    }
}

fn shipped() -> MediaInspector {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_media-probe"));
    MediaInspector::new(MediaSettings::new(program, vec!["shipped".into()]))
}

async fn inspect(
    inspector: &MediaInspector,
    expected: Option<AssetKind>,
    bytes: &[u8],
) -> (Facts, Vec<Derived>) {
    let mut kept = Kept::default();
    let chunks: Vec<_> = bytes.chunks(10_000).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    let facts =
        inspector.inspect(expected, Box::pin(stream::iter(chunks)), &mut kept).await.expect("an answer");
    (facts, kept.0)
}

#[tokio::test]
async fn the_process_finds_what_is_found_without_it() {
    let inspector = shipped();
    let bundle = made::zip(&[
        ("index.html", b"<a href='https://example.com'><script>var clickTag='https://example.com'</script>"),
        ("logo.png", &made::png(30, 20)),
    ]);
    let vast = b"<VAST version='4.2'><Ad id='1'><InLine><AdTitle>t</AdTitle><Impression>https://x.example/</Impression>
        <Creatives><Creative><UniversalAdId idRegistry='a'>b</UniversalAdId><Linear><Duration>00:00:15</Duration>
        <MediaFiles><MediaFile width='1' type='video/mp4'>https://x.example/v.mp4</MediaFile></MediaFiles></Linear>
        </Creative></Creatives></InLine></Ad></VAST>";
    let files: [(Option<AssetKind>, &[u8]); 9] = [
        (Some(AssetKind::Image), &made::png(400, 300)),
        (None, &made::jpeg(400, 300)),
        (None, &made::gif(40, 30, &[100, 100], Some(Repeat::Infinite))),
        (None, &made::animated_webp(40, 30, &[100, 100], 3)),
        (Some(AssetKind::Zip), &bundle),
        (Some(AssetKind::Vast), vast),
        (Some(AssetKind::Html), b"<div onclick='mraid.open(u)'>{CLICK_URL}</div>"),
        (Some(AssetKind::Text), "Grüße".as_bytes()),
        (Some(AssetKind::Image), b"no picture"),
    ];
    for (expected, bytes) in files {
        let (facts, derived) = inspect(&inspector, expected, bytes).await;
        let (expected_facts, expected_derived) = inspect_bytes(expected, bytes);
        assert_eq!(facts, expected_facts);
        assert_eq!(derived.len(), expected_derived.len());
        for (one, other) in derived.iter().zip(&expected_derived) {
            assert_eq!(
                (&one.recipe, &one.media_type, one.size),
                (&other.recipe, &other.media_type, other.size)
            );
            assert_eq!(one.bytes, other.bytes);
        }
    }
    assert!(inspector.process_id().await.is_some(), "one process did it all");
}

#[tokio::test]
async fn the_largest_pictures_are_read_within_the_limits() {
    let inspector = shipped();
    let (width, height) = (6_250, 4_000);
    let image = image::RgbImage::from_pixel(width, height, image::Rgb([10, 200, 30]));
    for format in [image::ImageFormat::Png, image::ImageFormat::Jpeg] {
        let (facts, derived) = inspect(&inspector, None, &made::file(image.clone(), format)).await;
        assert!(matches!(&facts, Facts::Image(facts) if facts.width == width), "{format:?}: {facts:?}");
        assert_eq!(derived.len(), 3);
    }
}

#[tokio::test]
async fn a_lying_picture_is_refused_and_the_process_stays() {
    let inspector = shipped();
    let mut png = made::png(8, 8);
    png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    for _ in 0..3 {
        let (facts, derived) = inspect(&inspector, None, &png).await;
        assert!(
            matches!(&facts, Facts::Refused(why) if why[0].code == RefusalCode::TooManyPixels),
            "{facts:?}"
        );
        assert!(derived.is_empty());
    }
    assert!(inspector.process_id().await.is_some());
}
