//! Stored VAST documents: byte for byte as approved, but for macros and the manifest's own trackers.

use std::path::Path;

use creativestore_domain::facts::{Facts, VastAd, VastCreative, VastFacts, VastMediaFile};
use creativestore_domain::manifest::{Asset, AssetKind, Kind, Source, TrackerEvent};
use creativestore_domain::tag::{Channel, TagError, VastVersion, preview};
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::given::{TagGiven, external, inline, manifest};

const TRACKERS: [(TrackerEvent, &str); 5] = [
    (TrackerEvent::Impression, "https://t.example/i?p={PACKAGE_ID}"),
    (TrackerEvent::ViewableImpression, "https://t.example/v"),
    (TrackerEvent::Click, "https://t.example/c"),
    (TrackerEvent::Start, "https://t.example/s"),
    (TrackerEvent::Complete, "https://t.example/d"),
];

fn stored(document: &str, trackers: &[(TrackerEvent, &str)]) -> TagGiven {
    TagGiven::of(manifest(Kind::VideoVast, &[("vast", inline(AssetKind::Vast, document))], None, trackers))
}

fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The paths of all elements, in order, as an XML parser sees them.
fn paths(document: &str) -> Vec<String> {
    let mut reader = Reader::from_str(document);
    let (mut open, mut paths) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error} in {document}")) {
            Event::Start(start) => {
                open.push(start.local_name().as_ref().to_owned());
                paths.push(open.join("/"));
            }
            Event::Empty(start) => {
                let name = start.local_name().as_ref().to_owned();
                paths.push(format!("{}/{name}", open.join("/")));
            }
            Event::End(_) => drop(open.pop()),
            Event::Eof => return paths,
            _ => {}
        }
    }
}

#[test]
fn without_trackers_and_macro_values_the_bytes_are_those_that_were_approved() {
    for name in ["northwind-vast-3.0.xml", "northwind-vast-wrapper.xml", "wrong-vast-2.0.xml"] {
        let document = sample(name);
        assert_eq!(stored(&document, &[]).body(Channel::Vast(None)), document, "{name}");
    }
    // The 4.2 sample names its creative, which is always known.
    let document = sample("aurora-vast-4.2.xml");
    let filled = document.replace("{CREATIVE_ID}", "cr_00000000000000000000000000000007");
    assert_eq!(stored(&document, &[]).body(Channel::Vast(None)), filled);
}

#[test]
fn trackers_are_added_where_the_schema_of_the_version_has_them() {
    let document = sample("aurora-vast-4.2.xml");
    let tag = stored(&document, &TRACKERS).assigned("p&1", "m").tag(Channel::Vast(None)).expect("a tag");
    assert_eq!(tag.untold, []);
    let added = |after: &str, ours: &str| {
        assert!(tag.body.contains(&format!("{after}{ours}")), "{ours}: {}", tag.body);
    };
    added(
        "</Impression>",
        "<Impression><![CDATA[https://t.example/i?p=p%261]]></Impression><ViewableImpression><Viewable><![CDATA[https://t.example/v]]></Viewable></ViewableImpression>",
    );
    added(
        "<TrackingEvents>",
        r#"<Tracking event="start"><![CDATA[https://t.example/s]]></Tracking><Tracking event="complete"><![CDATA[https://t.example/d]]></Tracking>"#,
    );
    added("<VideoClicks>", "<ClickTracking><![CDATA[https://t.example/c]]></ClickTracking>");
    assert_eq!(paths(&tag.body).len(), paths(&document).len() + 6);

    let old = stored(&sample("northwind-vast-3.0.xml"), &TRACKERS).tag(Channel::Vast(None)).expect("a tag");
    assert!(
        old.body.contains("</ClickThrough><ClickTracking><![CDATA[https://t.example/c]]></ClickTracking>")
    );
    assert_eq!(old.untold, [TrackerEvent::ViewableImpression], "3.0 has no place for it");
}

#[test]
fn what_an_ad_lacks_the_place_for_is_made_in_the_order_of_its_version_or_reported() {
    let with = |version: &str, inside: &str| {
        let ad = |linear: &str| {
            format!("<VAST version=\"{version}\"><Ad><InLine><Impression/>{linear}</InLine></Ad></VAST>")
        };
        let document = ad(&format!("<Creatives><Creative>{inside}</Creative></Creatives>"));
        stored(&document, &TRACKERS).tag(Channel::Vast(None)).expect("a tag")
    };
    let tracking = r#"<TrackingEvents><Tracking event="start"><![CDATA[https://t.example/s]]></Tracking><Tracking event="complete"><![CDATA[https://t.example/d]]></Tracking></TrackingEvents>"#;
    let clicks = "<VideoClicks><ClickTracking><![CDATA[https://t.example/c]]></ClickTracking></VideoClicks>";
    let cases = [
        (
            "4.2",
            "<Linear><Duration/><MediaFiles/></Linear>",
            format!("<Linear>{tracking}<Duration/><MediaFiles/>{clicks}</Linear>"),
        ),
        (
            "4.1",
            "<Linear><Icons></Icons><Duration/></Linear>",
            format!("<Linear><Icons></Icons>{tracking}<Duration/>{clicks}</Linear>"),
        ),
        (
            "3.0",
            "<Linear><Duration/><MediaFiles/></Linear>",
            format!("<Linear><Duration/>{tracking}{clicks}<MediaFiles/></Linear>"),
        ),
        (
            "3.0",
            "<Linear><Duration/><TrackingEvents/><MediaFiles/></Linear>",
            format!("<Linear><Duration/>{tracking}{clicks}<MediaFiles/></Linear>"),
        ),
        ("4.2", "<Linear/>", format!("<Linear>{tracking}{clicks}</Linear>")),
        ("4.2", "<Linear><VideoClicks/></Linear>", format!("<Linear>{tracking}{clicks}</Linear>")),
        ("2.0", "<Linear></Linear>", format!("<Linear>{tracking}{clicks}</Linear>")),
    ];
    for (version, inside, expected) in cases {
        let tag = with(version, inside);
        assert!(tag.body.contains(&expected), "{version} {inside}: {}", tag.body);
        assert!(tag.body.contains("<Impression/><Impression>"), "{}", tag.body);
    }
    let companions = with("4.2", "<CompanionAds/>");
    assert_eq!(companions.untold, [TrackerEvent::Click, TrackerEvent::Start, TrackerEvent::Complete]);
    let none = stored("<VAST version=\"4.2\"><Ad><InLine/></Ad></VAST>", &TRACKERS);
    assert_eq!(none.tag(Channel::Vast(None)).expect("a tag").untold.len(), 5);
    let empty = stored("<VAST version=\"4.2\"/>", &TRACKERS).tag(Channel::Vast(None)).expect("a tag");
    assert_eq!((empty.body.as_str(), empty.untold.len()), ("<VAST version=\"4.2\"/>", 5));
}

#[test]
fn every_ad_of_a_pod_and_a_prefix_of_names_are_served() {
    let document = r#"<v:VAST version="4.2" xmlns:v="http://www.iab.com/VAST"><v:Ad><v:InLine><v:Impression>a</v:Impression><v:Creatives><v:Creative><v:Linear></v:Linear></v:Creative></v:Creatives></v:InLine></v:Ad><v:Ad><v:Wrapper><v:Impression>b</v:Impression></v:Wrapper></v:Ad></v:VAST>"#;
    let tag = stored(document, &TRACKERS).tag(Channel::Vast(None)).expect("a tag");
    assert_eq!(
        tag.body
            .matches("<v:Impression><![CDATA[https://t.example/i?p={PACKAGE_ID}]]></v:Impression>")
            .count(),
        2
    );
    assert_eq!(tag.body.matches("<v:Tracking event=").count(), 2);
    assert!(!paths(&tag.body).is_empty());
    assert_eq!(
        tag.untold,
        [TrackerEvent::Click, TrackerEvent::Start, TrackerEvent::Complete],
        "the wrapper has no linear"
    );
}

#[test]
fn elements_in_comments_and_cdata_are_no_elements() {
    let document = "<VAST version=\"4.2\"><!-- <Ad><InLine><Impression/></InLine></Ad> --><Ad><InLine><Impression><![CDATA[</Impression>]]></Impression></InLine></Ad></VAST>";
    let tag = stored(document, &TRACKERS[..1]).body(Channel::Vast(None));
    assert_eq!(
        tag,
        document.replace(
            "]]></Impression>",
            "]]></Impression><Impression><![CDATA[https://t.example/i?p={PACKAGE_ID}]]></Impression>"
        )
    );
}

#[test]
fn macros_are_filled_for_where_they_stand() {
    let document = r#"<VAST version="4.2"><!-- {CITY} --><A b="{CLICK_URL}">{CLICK_URL}</A><C><![CDATA[{CLICK_URL}]]></C><D>https://x.example/?u={CLICK_URL}&amp;c={CITY}</D></VAST>"#;
    let given =
        stored(document, &[]).macros(&[("CLICK_URL", "https://ads.example/?a=1&b="), ("CITY", "a<b]]>")]);
    assert_eq!(
        given.body(Channel::Vast(None)),
        r#"<VAST version="4.2"><!-- {CITY} --><A b="https://ads.example/?a=1&amp;b=">https://ads.example/?a=1&amp;b=</A><C><![CDATA[https://ads.example/?a=1&b=]]></C><D>https://x.example/?u=https%3A%2F%2Fads.example%2F%3Fa%3D1%26b%3D&amp;c=a%3Cb%5D%5D%3E</D></VAST>"#
    );
}

#[test]
fn another_version_than_the_stored_one_is_refused_and_the_stored_one_is_not() {
    let given = stored(&sample("northwind-vast-3.0.xml"), &[]);
    assert!(given.tag(Channel::Vast(Some(VastVersion::V3_0))).is_ok());
    assert_eq!(
        given.tag(Channel::Vast(Some(VastVersion::V4_2))).expect_err("another version").to_string(),
        "the stored document is VAST 3.0, not 4.2; ask for `vast` to have it as it was approved"
    );
}

#[test]
fn what_is_not_well_formed_is_refused_with_its_place() {
    for (document, what) in [
        ("<VAST><Ad></VAST>", "an end tag that does not match its start at byte 10"),
        ("<VAST>", "the end, with elements still open at byte 6"),
        ("<VAST><!-- </VAST>", "a comment without an end at byte 6"),
        ("<VAST><![CDATA[</VAST>", "a CDATA section without an end at byte 6"),
        (
            "<!DOCTYPE x [<!ENTITY a 'b'>]><VAST/>",
            "a document type declaration, which is not allowed at byte 0",
        ),
        ("<VAST a='>'", "a start tag without an end at byte 0"),
        ("<VAST>< b></VAST>", "a start tag without a name at byte 6"),
        ("<VAST></VAST", "an end tag without an end at byte 6"),
        ("<?xml", "a processing instruction without an end at byte 0"),
    ] {
        let refused = stored(document, &[]).tag(Channel::Vast(None)).expect_err(document);
        assert!(matches!(refused, TagError::Malformed(_)));
        assert_eq!(refused.to_string(), format!("the stored VAST document cannot be read: {what}"));
    }
}

#[test]
fn a_document_nested_a_hundred_thousand_levels_deep_is_read_without_trouble() {
    let depth = 20_000;
    let document = format!("<VAST version=\"4.2\">{}{}</VAST>", "<a>".repeat(depth), "</a>".repeat(depth));
    assert_eq!(stored(&document, &[]).body(Channel::Vast(None)), document);
}

#[test]
fn a_document_that_stays_elsewhere_is_wrapped() {
    let there = external(AssetKind::Vast, "https://v.example/?a=1&r={CACHEBUSTER}");
    let there = Asset { kind: AssetKind::Vast, source: Source::External(there) };
    let given = TagGiven::of(manifest(Kind::VideoVast, &[("vast", there)], None, &TRACKERS));
    let tag = given.tag(Channel::Vast(None)).expect("a tag");
    assert_eq!(tag.untold, []);
    assert!(tag.body.contains(
        "<VASTAdTagURI><![CDATA[https://v.example/?a=1&r={CACHEBUSTER}]]></VASTAdTagURI></Wrapper>"
    ));
    let order = paths(&tag.body);
    assert_eq!(
        order[2..6].join(" "),
        "VAST/Ad/Wrapper VAST/Ad/Wrapper/AdSystem VAST/Ad/Wrapper/Impression VAST/Ad/Wrapper/ViewableImpression"
    );
    let old = given.tag(Channel::Vast(Some(VastVersion::V3_0))).expect("a tag").body;
    assert!(old.contains("</AdSystem><VASTAdTagURI>"));
}

#[test]
fn a_preview_plays_the_first_progressive_mp4_and_says_so_when_there_is_none() {
    let file = |url: &str, delivery: &str, media_type: &str| VastMediaFile {
        url: url.into(),
        delivery: Some(delivery.into()),
        media_type: Some(media_type.into()),
        width: Some(640),
        height: Some(360),
        ..VastMediaFile::default()
    };
    let facts = |files: Vec<VastMediaFile>| {
        let creative = VastCreative { media_files: files, ..VastCreative::default() };
        let ads = vec![VastAd { creatives: vec![creative], ..VastAd::default() }];
        Facts::Vast(VastFacts {
            bytes: 1,
            version: "4.2".into(),
            namespace: None,
            ads,
            urls: vec![],
            macros: vec![],
        })
    };
    let shown = |files| match preview::inner(&stored("<VAST/>", &[]).facts("vast", facts(files)).input()) {
        Ok(preview::Inner::Document(document)) => document,
        other => panic!("{other:?}"),
    };
    let all = shown(vec![
        file("https://m.example/a.m3u8", "streaming", "application/x-mpegURL"),
        file("javascript:alert(1)", "progressive", "video/mp4"),
        file("https://m.example/a.webm", "progressive", "video/webm"),
        file("https://m.example/a.mp4", "progressive", "video/mp4"),
    ]);
    assert!(all.contains(r#"<video src="https://m.example/a.mp4" width="640" height="360""#), "{all}");
    assert!(shown(vec![]).contains("no progressive video of its own"));
}
