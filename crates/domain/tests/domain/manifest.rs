//! Manifests: everything that can be wrong with one, and what its canonical hash depends on.

use std::collections::{BTreeMap, BTreeSet};

use creativestore_domain::format::FormatId;
use creativestore_domain::hash::Sha256;
use creativestore_domain::manifest::{
    Asset, AssetKind, External, Kind, MAX_FORMATS, MAX_INLINE_MARKUP, MAX_INLINE_TEXT, MAX_TRACKERS,
    Manifest, ManifestError, Source, Tracker, TrackerEvent,
};
use proptest::prelude::*;

use crate::given::{blob, external, hash, inline, manifest, url};

type Parts = (Kind, BTreeSet<FormatId>, BTreeMap<String, Asset>, Option<&'static str>, BTreeSet<Tracker>);

fn build(parts: Parts) -> Result<Manifest, Vec<ManifestError>> {
    let (kind, formats, assets, click, trackers) = parts;
    Manifest::new(kind, formats, assets, click.map(url), trackers)
}

fn assets(kind: Kind, given: &[(&str, Asset)]) -> Vec<String> {
    let assets = given.iter().map(|(slot, asset)| ((*slot).to_owned(), asset.clone())).collect();
    let result = build((kind, BTreeSet::new(), assets, None, BTreeSet::new()));
    result.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn elsewhere(kind: AssetKind, address: &str) -> Asset {
    Asset { kind, source: Source::External(external(kind, address)) }
}

#[test]
fn every_kind_has_a_least_manifest_and_says_what_it_needs() {
    for kind in Kind::ALL {
        assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        let problems = assets(kind, &[]);
        assert_eq!(problems.len(), kind.required_slots().len(), "{problems:?}");
        assert!(problems[0].contains("needs this slot"), "{problems:?}");
    }
    assert_eq!(
        assets(Kind::DisplayTag, &[]),
        ["/assets/tag: a creative of kind `display_tag` needs this slot; it takes `html` or `javascript`"]
    );
}

#[test]
fn a_manifest_lists_all_its_problems_at_once_each_with_its_place() {
    let problems = assets(
        Kind::Image,
        &[("alt_text", inline(AssetKind::Text, "a\u{202E}b")), ("banner/x~y", blob(AssetKind::Image, 1))],
    );
    assert_eq!(
        problems,
        [
            "/assets/image: a creative of kind `image` needs this slot; it takes `image`",
            "/assets/alt_text: it contains U+202E, a control or direction-changing character, which is not allowed here",
            "/assets/banner~1x~0y: a creative of kind `image` has no such slot; it has `image`, `alt_text`",
        ]
    );
}

#[test]
fn a_slot_takes_only_its_types_and_a_type_only_its_sources() {
    let zip = assets(Kind::Html5, &[("bundle", blob(AssetKind::Image, 1))]);
    assert_eq!(zip, ["/assets/bundle: this slot takes `zip`, not `image`"]);
    let cases = [
        (Kind::Image, "image", inline(AssetKind::Image, "x"), "a blob or a URL"),
        (Kind::Html5, "bundle", inline(AssetKind::Zip, "x"), "a blob"),
        (Kind::VideoHosted, "video", blob(AssetKind::Video, 1), "a URL"),
        (Kind::VideoHosted, "video", inline(AssetKind::Video, "x"), "a URL"),
    ];
    for (kind, slot, asset, allowed) in cases {
        let expected =
            format!("/assets/{slot}: an asset of type `{}` is given as {allowed}", asset.kind.as_str());
        assert_eq!(assets(kind, &[(slot, asset)]), [expected]);
    }
    let title = [("title", blob(AssetKind::Text, 1)), ("main_image", blob(AssetKind::Image, 2))];
    assert_eq!(
        assets(Kind::NativeInFeed, &title),
        ["/assets/title: an asset of type `text` is given as inline text"]
    );
    assert!(
        assets(Kind::VideoVast, &[("vast", elsewhere(AssetKind::Vast, "https://v.example/"))]).is_empty()
    );
}

#[test]
fn inline_texts_are_counted_as_people_count_and_bounded_before_they_are_walked() {
    let problem = |text: &str| {
        let native = [("title", inline(AssetKind::Text, text)), ("main_image", blob(AssetKind::Image, 1))];
        assets(Kind::NativeInFeed, &native).join("")
    };
    let family = "👩‍👩‍👧‍👦";
    assert_eq!(problem(&family.repeat(MAX_INLINE_TEXT)), "", "one character each");
    assert!(problem(&family.repeat(MAX_INLINE_TEXT + 1)).contains("it has 1001 characters; at most 1000"));
    assert!(problem(&"x".repeat(10_000_000)).contains("at most 1000 are allowed"));
    assert!(problem(" \n ").contains("must not be empty"));
    assert!(problem("a\0b").contains("U+0000"));
    assert_eq!(problem("two\nlines"), "");
}

#[test]
fn inline_markup_is_bounded_and_has_no_nul() {
    let problem = |text: &str| assets(Kind::DisplayTag, &[("tag", inline(AssetKind::Html, text))]).join("");
    assert_eq!(problem(&"x".repeat(MAX_INLINE_MARKUP)), "");
    assert!(problem(&"x".repeat(MAX_INLINE_MARKUP + 1)).contains("at most 262144"));
    assert!(problem("<p>\0</p>").contains("U+0000"));
    assert!(problem("\t").contains("must not be empty"));
}

#[test]
fn what_is_declared_of_external_media_is_read_as_a_media_type_or_refused() {
    let declared = |media_type: &str| {
        let source = External {
            media_type: Some(media_type.into()),
            ..external(AssetKind::Video, "https://m.example/a.mp4")
        };
        let video = Asset { kind: AssetKind::Video, source: Source::External(source) };
        assets(Kind::VideoHosted, &[("video", video)]).join("")
    };
    assert_eq!(declared("video/mp4"), "");
    assert_eq!(declared("application/vnd.apple.mpegurl"), "");
    for hostile in
        ["video", "video/", "/mp4", "video/mp4\"><script>", "video/mp4 ", "a/b/c", "", &"a/b".repeat(99)]
    {
        assert!(declared(hostile).contains("media type"), "{hostile:?} gave {:?}", declared(hostile));
    }
}

#[test]
fn there_are_only_so_many_trackers_and_formats() {
    let tracker =
        |n: usize| Tracker { event: TrackerEvent::Impression, url: url(&format!("https://t.example/{n}")) };
    let format = |n: usize| FormatId::parse(&format!("f{n}")).expect("an id");
    let image = BTreeMap::from([("image".to_owned(), blob(AssetKind::Image, 1))]);
    let parts = |formats, trackers| {
        (
            Kind::Image,
            (0..formats).map(format).collect(),
            image.clone(),
            None,
            (0..trackers).map(tracker).collect(),
        )
    };
    assert!(build(parts(MAX_FORMATS, MAX_TRACKERS)).is_ok());
    let problems = build(parts(MAX_FORMATS + 1, MAX_TRACKERS + 1)).expect_err("too many of both");
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        ["/trackers: 101 given; at most 100 are allowed", "/formats: 51 given; at most 50 are allowed"]
    );
}

fn full() -> Parts {
    let video = External {
        url: url("https://m.example/a.mp4"),
        media_type: Some("video/mp4".into()),
        width: Some(1920),
        height: Some(1080),
        duration_ms: Some(15_000),
        bitrate_kbps: Some(5000),
    };
    (
        Kind::VideoHosted,
        ["a", "b"].iter().map(|id| FormatId::parse(id).expect("an id")).collect(),
        BTreeMap::from([
            ("video".to_owned(), Asset { kind: AssetKind::Video, source: Source::External(video) }),
            ("title".to_owned(), inline(AssetKind::Text, "Wake up")),
            ("poster".to_owned(), blob(AssetKind::Image, 1)),
        ]),
        Some("https://aurora.example/"),
        BTreeSet::from([
            Tracker { event: TrackerEvent::Start, url: url("https://t.example/s") },
            Tracker { event: TrackerEvent::Complete, url: url("https://t.example/c") },
        ]),
    )
}

fn hash_of(change: impl FnOnce(&mut Parts)) -> Sha256 {
    let mut parts = full();
    change(&mut parts);
    build(parts).expect("still a manifest").canonical_hash()
}

fn video(parts: &mut Parts) -> &mut External {
    match parts.2.get_mut("video").map(|asset| &mut asset.source) {
        Some(Source::External(external)) => external,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_canonical_hash_depends_on_every_field() {
    let hashes = [
        hash_of(|_| ()),
        hash_of(|parts| drop(parts.1.pop_first())),
        hash_of(|parts| parts.1.extend(FormatId::parse("c"))),
        hash_of(|parts| drop(parts.2.remove("title"))),
        hash_of(|parts| drop(parts.2.insert("title".into(), inline(AssetKind::Text, "Wake up!")))),
        hash_of(|parts| drop(parts.2.insert("poster".into(), blob(AssetKind::Image, 2)))),
        hash_of(|parts| {
            drop(parts.2.insert("poster".into(), elsewhere(AssetKind::Image, "https://m.example/p")));
        }),
        hash_of(|parts| parts.3 = None),
        hash_of(|parts| parts.3 = Some("https://aurora.example/2")),
        hash_of(|parts| drop(parts.4.pop_first())),
        hash_of(|parts| {
            parts.4 = parts.4.iter().map(|it| Tracker { event: TrackerEvent::Click, ..it.clone() }).collect();
        }),
        hash_of(|parts| {
            parts.4 =
                parts.4.iter().map(|it| Tracker { url: url("https://t.example/x"), ..it.clone() }).collect();
        }),
        hash_of(|parts| video(parts).url = url("https://m.example/b.mp4")),
        hash_of(|parts| video(parts).media_type = None),
        hash_of(|parts| video(parts).media_type = Some("video/webm".into())),
        hash_of(|parts| video(parts).width = Some(1921)),
        hash_of(|parts| video(parts).height = Some(1081)),
        hash_of(|parts| video(parts).width = None),
        hash_of(|parts| video(parts).height = None),
        hash_of(|parts| video(parts).duration_ms = Some(15_001)),
        hash_of(|parts| video(parts).bitrate_kbps = Some(5001)),
        // The same numbers, one field further on.
        hash_of(|parts| {
            let video = video(parts);
            (video.duration_ms, video.bitrate_kbps) = (Some(5000), Some(15_000));
        }),
    ];
    assert_eq!(hashes.iter().collect::<BTreeSet<_>>().len(), hashes.len(), "two of them are equal");
}

#[test]
fn the_canonical_hash_tells_kinds_and_types_apart() {
    let tag = |kind| manifest(Kind::DisplayTag, &[("tag", inline(kind, "x"))], None, &[]).canonical_hash();
    assert_ne!(tag(AssetKind::Html), tag(AssetKind::Javascript));
    let image = manifest(Kind::Image, &[("image", blob(AssetKind::Image, 1))], None, &[]).canonical_hash();
    let zip = manifest(Kind::Html5, &[("bundle", blob(AssetKind::Zip, 1))], None, &[]).canonical_hash();
    assert_ne!(image, zip);
    // The text of a hash is not the blob of that hash.
    let text = inline(AssetKind::Html, &hash(1).to_string());
    let as_text = manifest(Kind::DisplayTag, &[("tag", text)], None, &[]).canonical_hash();
    let as_blob =
        manifest(Kind::DisplayTag, &[("tag", blob(AssetKind::Html, 1))], None, &[]).canonical_hash();
    assert_ne!(as_text, as_blob);
}

#[test]
fn the_canonical_hash_is_the_same_on_every_machine_and_in_every_version() {
    let hash = build(full()).expect("a manifest").canonical_hash().to_string();
    assert_eq!(hash, "13fd7fba23a62067d34a5789a78b6b0e9bbca24a70640b66a7d6534bcb63c475");
}

#[test]
fn values_do_not_run_into_each_other_in_the_canonical_hash() {
    let native = |texts: &[(&str, &str)]| {
        let mut assets =
            vec![("title", inline(AssetKind::Text, "t")), ("main_image", blob(AssetKind::Image, 1))];
        assets.extend(texts.iter().map(|(slot, text)| (*slot, inline(AssetKind::Text, text))));
        manifest(Kind::NativeInFeed, &assets, None, &[]).canonical_hash()
    };
    assert_ne!(native(&[("desc", "ab"), ("sponsored", "c")]), native(&[("desc", "a"), ("sponsored", "bc")]));
    assert_ne!(native(&[("desc", "a"), ("sponsored", "b")]), native(&[("desc", "b"), ("sponsored", "a")]));
    // The same characters in a row, slots and all, with the border between two values elsewhere.
    assert_ne!(
        native(&[("address", "a"), ("ctatext", "bdesctextinlinec")]),
        native(&[("address", "actatexttextinlineb"), ("desc", "c")]),
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_canonical_hash_does_not_depend_on_the_order_things_were_written_in(
        order in Just((0..8usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let formats: BTreeSet<_> = order.iter().map(|n| FormatId::parse(&format!("f{n}")).unwrap()).collect();
        let trackers: BTreeSet<_> = order
            .iter()
            .map(|n| Tracker { event: TrackerEvent::Start, url: url(&format!("https://t.example/{n}")) })
            .collect();
        let texts = ["sponsored", "desc", "price", "phone", "address", "likes", "desc2", "ctatext"];
        let mut assets: BTreeMap<String, Asset> =
            order.iter().map(|n| (texts[*n].to_owned(), inline(AssetKind::Text, texts[*n]))).collect();
        assets.insert("main_image".into(), blob(AssetKind::Image, 1));
        assets.insert("title".into(), inline(AssetKind::Text, "t"));
        let built = build((Kind::NativeInFeed, formats, assets, None, trackers)).unwrap();
        let sorted = {
            let formats = (0..8).map(|n| FormatId::parse(&format!("f{n}")).unwrap()).collect();
            let trackers = (0..8)
                .map(|n| Tracker { event: TrackerEvent::Start, url: url(&format!("https://t.example/{n}")) })
                .collect();
            build((Kind::NativeInFeed, formats, built.assets().clone(), None, trackers)).unwrap()
        };
        prop_assert_eq!(built.canonical_hash(), sorted.canonical_hash());
    }

    #[test]
    fn two_texts_that_differ_have_hashes_that_differ(a in "[ab]{1,6}", b in "[ab]{1,6}", c in "[ab]{1,6}", d in "[ab]{1,6}") {
        let of = |x: &str, y: &str| {
            let assets = [
                ("title", inline(AssetKind::Text, x)),
                ("desc", inline(AssetKind::Text, y)),
                ("main_image", blob(AssetKind::Image, 1)),
            ];
            manifest(Kind::NativeInFeed, &assets, None, &[]).canonical_hash()
        };
        prop_assert_eq!((&a, &b) == (&c, &d), of(&a, &b) == of(&c, &d));
    }
}
