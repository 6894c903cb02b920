//! Tags and previews, byte for byte where it matters.

use creativestore_domain::manifest::{Asset, AssetKind, External, Kind, Source, TrackerEvent};
use creativestore_domain::tag::{
    CLICK_BRIDGE, Channel, Click, ClickMacro, MACROS, MacroError, Macros, TagError, VastVersion, bridged,
    preview,
};

use crate::given::{TagGiven, blob, bundle, external, inline, manifest, picture, picture_tag};

const CREATIVE: &str = "cr_00000000000000000000000000000007";

#[test]
fn every_kind_has_channels_and_refuses_the_others_by_name() {
    let image = picture_tag();
    for channel in Channel::ALL {
        assert_eq!(Channel::parse(channel.as_str()), Some(channel));
        match image.tag(channel) {
            Ok(_) => assert!(Channel::of(Kind::Image).contains(&channel)),
            Err(refused) => {
                assert_eq!(refused, TagError::Channel { kind: Kind::Image, channel });
            }
        }
    }
    let refused = image.tag(Channel::Native).expect_err("no such channel");
    assert_eq!(
        refused.to_string(),
        "a creative of kind `image` has no `native` tag; possible: `html`, `iframe`, `javascript`"
    );
    let all: usize =
        [Kind::Image, Kind::VideoVast, Kind::NativeInFeed].map(|kind| Channel::of(kind).len()).iter().sum();
    assert_eq!(all, Channel::ALL.len(), "every channel belongs to a kind");
}

#[test]
fn a_picture_as_markup_is_these_bytes() {
    let given = picture_tag().assigned("pkg 1", "mb-1");
    let expected = concat!(
        r#"<a href="{CLICK_URL}https%3A%2F%2Faurora.example%2Forder%3Fa%3D1%26b%3Dpkg%25201" target="_blank" rel="noopener" style="display:inline-block">"#,
        r#"<img src="https://store.example/files/image" width="728" height="90" alt="Coffee &amp; &quot;light&quot;" style="border:0;display:block"></a>"#,
        r#"<script>(function(){var ad=document.currentScript.previousElementSibling;"#,
        r#"var wait=0,eye=window.IntersectionObserver&&new IntersectionObserver(function(seen){if(seen[seen.length-1].intersectionRatio>=0.5){wait=wait||setTimeout(function(){eye.disconnect();["https://t.example/v"].forEach(function(u){new Image().src=u});},1000)}else{clearTimeout(wait);wait=0}},{threshold:[0.5]});if(eye)eye.observe(ad);"#,
        r#"ad.addEventListener("click",function(){["https://t.example/c?x=\u0027\"\u003c\u003e"].forEach(function(u){new Image().src=u});});})();</script>"#,
        r#"<img src="https://t.example/i?r={CACHEBUSTER}&amp;c=cr_00000000000000000000000000000007" width="1" height="1" alt="" style="display:none">"#,
    );
    let tag = given.tag(Channel::Html).expect("a tag");
    assert_eq!(tag.body, expected);
    assert_eq!((tag.media_type, tag.untold), ("text/html; charset=utf-8", vec![]));
}

#[test]
fn the_same_inputs_give_the_same_bytes_and_other_inputs_others() {
    let given = |macros: &[(&str, &str)]| picture_tag().assigned("p", "m").macros(macros);
    for channel in Channel::of(Kind::Image) {
        assert_eq!(given(&[("CITY", "x")]).tag(*channel), given(&[("CITY", "x")]).tag(*channel));
        assert_ne!(given(&[]).body(*channel), given(&[("CACHEBUSTER", "1")]).body(*channel));
        assert_ne!(given(&[]).body(*channel), picture_tag().body(*channel));
    }
}

#[test]
fn a_click_goes_through_the_redirect_with_the_landing_page_percent_encoded() {
    let href = |given: TagGiven| {
        let body = given.body(Channel::Html);
        let (_, rest) = body.split_once("href=\"").expect("a link");
        rest.split_once('"').expect("an end").0.to_owned()
    };
    let landing = "https%3A%2F%2Faurora.example%2Forder%3Fa%3D1%26b%3D{PACKAGE_ID}";
    assert_eq!(href(picture_tag()), format!("{{CLICK_URL}}{landing}"));
    let filled = picture_tag().macros(&[("CLICK_URL", "https://ads.example/click?id=1&to=")]);
    assert_eq!(href(filled), format!("https://ads.example/click?id=1&amp;to={landing}"));
    let own = Click::Own(ClickMacro::parse("%%CLICK_URL_UNESC%%").expect("a macro"));
    assert_eq!(href(TagGiven { click: own, ..picture_tag() }), format!("%%CLICK_URL_UNESC%%{landing}"));
    let direct = href(TagGiven { click: Click::Direct, ..picture_tag() });
    assert_eq!(direct, "https://aurora.example/order?a=1&amp;b={PACKAGE_ID}");
}

#[test]
fn a_click_macro_cannot_be_an_address_or_end_an_attribute() {
    for good in ["%%CLICK_URL_ESC%%", "${CLICK_URL}", "[CLICKURL]", "{clickurl}", "#CLICK#", "%c"] {
        assert!(ClickMacro::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "%", "javascript:x", "https://x", "a\"b", "a b", "<b>", "%%", &"x".repeat(101), "a\0"] {
        assert!(ClickMacro::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_bundle_is_framed_with_its_click_tag_in_the_query() {
    let manifest = manifest(
        Kind::Html5,
        &[("bundle", blob(AssetKind::Zip, 1))],
        Some("https://aurora.example/?a=1"),
        &[(TrackerEvent::Click, "https://t.example/c")],
    );
    let given = || TagGiven::of(manifest.clone()).facts("bundle", bundle(Some((300, 250))));
    let twice = "https%253A%252F%252Faurora.example%252F%253Fa%253D1";
    let tag = given().tag(Channel::Iframe).expect("a tag");
    let expected = format!(
        r#"<iframe src="https://store.example/bundle/index.html?clickTag={{CLICK_URL}}{twice}" width="300" height="250" sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox" scrolling="no" frameborder="0" style="border:0" title="Advertisement"></iframe>"#
    );
    assert_eq!(tag.body, expected);
    assert_eq!(tag.untold, [TrackerEvent::Click], "a click inside a frame cannot be seen from outside");
    assert_eq!(given().body(Channel::Html), expected);

    let filled = given().macros(&[("CLICK_URL", "https://ads.example/c?to=")]).body(Channel::Iframe);
    assert!(
        filled.contains(&format!("?clickTag=https%3A%2F%2Fads.example%2Fc%3Fto%3D{twice}\"")),
        "{filled}"
    );
    let direct = TagGiven { click: Click::Direct, ..given() }.body(Channel::Iframe);
    assert!(direct.contains("?clickTag=https%3A%2F%2Faurora.example%2F%3Fa%3D1\""), "{direct}");
    let mut signed = given();
    signed.links.entry = Some("https://store.example/b/index.html?until=5".into());
    assert!(signed.body(Channel::Iframe).contains("index.html?until=5&amp;clickTag={CLICK_URL}"));
}

#[test]
fn a_served_bundle_page_is_its_bytes_and_the_click_bridge() {
    let page = b"<html>\xFF</html>";
    let served = bridged(page);
    assert!(served.starts_with(page));
    assert_eq!(&served[page.len()..], CLICK_BRIDGE.as_bytes());
}

#[test]
fn a_size_comes_from_the_ad_then_from_the_slot_and_is_asked_for_when_nothing_tells() {
    let html5 = manifest(Kind::Html5, &[("bundle", blob(AssetKind::Zip, 1))], None, &[]);
    let given =
        |own, slot| TagGiven { size: slot, ..TagGiven::of(html5.clone()) }.facts("bundle", bundle(own));
    assert!(
        given(Some((300, 250)), Some((1, 1))).body(Channel::Html).contains("width=\"300\" height=\"250\"")
    );
    assert!(given(None, Some((160, 600))).body(Channel::Html).contains("width=\"160\" height=\"600\""));
    assert_eq!(given(None, None).tag(Channel::Html), Err(TagError::NoSize));
    let tag = manifest(
        Kind::DisplayTag,
        &[
            ("tag", inline(AssetKind::Html, "<p>")),
            ("width", inline(AssetKind::Text, "300")),
            ("height", inline(AssetKind::Text, "600")),
        ],
        None,
        &[],
    );
    assert!(TagGiven::of(tag).body(Channel::Iframe).contains("width=\"300\" height=\"600\""));
}

#[test]
fn a_script_puts_the_ad_next_to_itself_and_writes_no_document() {
    let tag = picture_tag().tag(Channel::Javascript).expect("a tag");
    assert!(tag.body.starts_with(
        r#"(function(){var here=document.currentScript;here.insertAdjacentHTML("afterend","\u003ca href=\"{CLICK_URL}"#
    ));
    assert!(!tag.body.contains("document.write") && !tag.body.contains('<'));
    assert_eq!((tag.media_type, tag.untold), ("text/javascript; charset=utf-8", vec![]));
}

fn third_party(kind: AssetKind, text: &str) -> TagGiven {
    let trackers =
        [(TrackerEvent::Impression, "https://t.example/i"), (TrackerEvent::Click, "https://t.example/c")];
    let manifest = manifest(Kind::DisplayTag, &[("tag", inline(kind, text))], None, &trackers);
    TagGiven { size: Some((300, 250)), ..TagGiven::of(manifest) }
}

#[test]
fn third_party_markup_is_as_it_was_approved_with_macros_filled_for_where_they_stand() {
    let markup = concat!(
        r#"<a href="{CLICK_URL}https%3A%2F%2Fx.example" data-u='https://x.example/?c={CLICK_URL}&amp;r={CACHEBUSTER}'>"#,
        r#"<script>var c = "{CLICK_URL}", r = "{CACHEBUSTER}", os = "${GDPR}{{GDPR}}{gdpr}{UNKNOWN}";</script>"#,
        r#"</a><p onclick="go('{CLICK_URL}')">{CITY}</p>"#,
    );
    let given = third_party(AssetKind::Html, markup);
    let pixel = r#"<img src="https://t.example/i" width="1" height="1" alt="" style="display:none">"#;
    let tag = given.tag(Channel::Html).expect("a tag");
    assert_eq!(tag.body, format!("{markup}{pixel}"), "nothing given, nothing changed");
    assert_eq!(tag.untold, [TrackerEvent::Click]);

    let filled = given.macros(&[
        ("CLICK_URL", "https://ads.example/c?a=1&to="),
        ("CACHEBUSTER", "1&2"),
        ("GDPR", "1"),
        ("CITY", "Tromsø"),
    ]);
    let expected = concat!(
        r#"<a href="https://ads.example/c?a=1&amp;to=https%3A%2F%2Fx.example" data-u='https://x.example/?c=https%3A%2F%2Fads.example%2Fc%3Fa%3D1%26to%3D&amp;r=1%262'>"#,
        r#"<script>var c = "https://ads.example/c?a=1&to=", r = "1%262", os = "${GDPR}{{GDPR}}{gdpr}{UNKNOWN}";</script>"#,
        r#"</a><p onclick="go('https://ads.example/c?a=1&amp;to=')">Troms%C3%B8</p>"#,
    );
    assert_eq!(filled.body(Channel::Html), format!("{expected}{pixel}"));
}

#[test]
fn a_third_party_script_is_given_out_as_script_and_cannot_end_its_element() {
    let script = "document.title='</script><b>';var s='<script>';";
    let given = third_party(AssetKind::Javascript, script);
    assert!(
        given
            .body(Channel::Html)
            .starts_with(r"<script>document.title='\x3C/script><b>';var s='\x3Cscript>';</script><img ")
    );
    let tag = given.body(Channel::Javascript);
    assert!(tag.starts_with(script), "as it is where no element is around it");
    assert!(tag.contains(r#"["https://t.example/i"].forEach"#));
}

#[test]
fn markup_that_is_a_blob_or_stays_elsewhere_is_found_or_said_to_be_missing() {
    let stored = manifest(Kind::DisplayTag, &[("tag", blob(AssetKind::Html, 1))], None, &[]);
    let mut given = TagGiven::of(stored);
    assert_eq!(given.tag(Channel::Html), Err(TagError::Missing("tag")));
    given.contents.insert("tag".into(), "<b>{CREATIVE_ID}</b>".into());
    assert_eq!(given.body(Channel::Html), format!("<b>{CREATIVE}</b>"));

    let there = Asset {
        kind: AssetKind::Html,
        source: Source::External(external(AssetKind::Html, "https://x.example/?r={CACHEBUSTER}&a")),
    };
    let given = TagGiven {
        size: Some((300, 250)),
        ..TagGiven::of(manifest(Kind::DisplayTag, &[("tag", there)], None, &[]))
    };
    assert!(
        given
            .macros(&[("CACHEBUSTER", "7")])
            .body(Channel::Html)
            .starts_with(r#"<iframe src="https://x.example/?r=7&amp;a" "#)
    );
}

#[test]
fn unknown_macros_are_refused_naming_all_of_them() {
    let refused =
        Macros::parse([("CITY", "x"), ("TOWN", "y"), ("{GDPR}", "1")]).expect_err("two are unknown");
    assert_eq!(refused, MacroError::Unknown(vec!["TOWN".into(), "{GDPR}".into()]));
    assert_eq!(
        refused.to_string(),
        "no universal macros: `TOWN`, `{GDPR}`; names are written without braces: `CACHEBUSTER`"
    );
    assert!(
        Macros::parse(MACROS.iter().filter(|name| **name != "CLICK_URL").map(|name| (name, "x"))).is_ok()
    );
    for bad in ["javascript:alert(1)//", "x", "", "//x.example", "https://u:p@x.example"] {
        assert_eq!(Macros::parse([("CLICK_URL", bad)]), Err(MacroError::ClickUrl), "{bad}");
    }
    let long = "x".repeat(4097);
    assert_eq!(Macros::parse([("CITY", long)]), Err(MacroError::TooLong { name: "CITY", found: 4097 }));
}

fn hosted(change: impl FnOnce(&mut External)) -> TagGiven {
    let mut video = External {
        media_type: Some("video/mp4".into()),
        width: Some(1920),
        height: Some(1080),
        duration_ms: Some(15_500),
        bitrate_kbps: Some(5000),
        ..external(AssetKind::Video, "https://m.example/a.mp4?r={CACHEBUSTER}")
    };
    change(&mut video);
    TagGiven::of(manifest(
        Kind::VideoHosted,
        &[("video", Asset { kind: AssetKind::Video, source: Source::External(video) })],
        Some("https://aurora.example/"),
        &[
            (TrackerEvent::Impression, "https://t.example/i"),
            (TrackerEvent::ViewableImpression, "https://t.example/v"),
            (TrackerEvent::Click, "https://t.example/c"),
            (TrackerEvent::Complete, "https://t.example/done"),
        ],
    ))
}

#[test]
fn a_hosted_video_as_vast_4_2_is_these_bytes() {
    let version = env!("CARGO_PKG_VERSION");
    let hash = hosted(|_| ()).manifest.canonical_hash().to_string();
    let expected = [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
        format!(r#"<VAST version="4.2" xmlns="http://www.iab.com/VAST"><Ad id="{CREATIVE}"><InLine>"#),
        format!(r#"<AdSystem version="{version}">creativestore</AdSystem>"#),
        "<Impression><![CDATA[https://t.example/i]]></Impression>".into(),
        "<ViewableImpression><Viewable><![CDATA[https://t.example/v]]></Viewable></ViewableImpression>".into(),
        format!("<AdServingId>{CREATIVE}.{}</AdServingId>", &hash[..12]),
        "<AdTitle>Aurora – leaderboard</AdTitle>".into(),
        format!(r#"<Creatives><Creative id="{CREATIVE}"><Linear>"#),
        r#"<TrackingEvents><Tracking event="complete"><![CDATA[https://t.example/done]]></Tracking></TrackingEvents>"#.into(),
        "<Duration>00:00:15.500</Duration>".into(),
        r#"<MediaFiles><MediaFile delivery="progressive" type="video/mp4" width="1920" height="1080" bitrate="5000"><![CDATA[https://m.example/a.mp4?r={CACHEBUSTER}]]></MediaFile></MediaFiles>"#.into(),
        "<VideoClicks><ClickTracking><![CDATA[https://t.example/c]]></ClickTracking>".into(),
        "<ClickThrough><![CDATA[{CLICK_URL}https%3A%2F%2Faurora.example%2F]]></ClickThrough></VideoClicks></Linear>".into(),
        format!(r#"<UniversalAdId idRegistry="creativestore">{CREATIVE}</UniversalAdId>"#),
        "</Creative></Creatives></InLine></Ad></VAST>\n".into(),
    ]
    .concat();
    let tag = hosted(|_| ()).tag(Channel::Vast(None)).expect("a tag");
    assert_eq!(tag.body, expected);
    assert_eq!((tag.media_type, tag.untold), ("application/xml; charset=utf-8", vec![]));
}

#[test]
fn each_version_of_vast_has_what_its_schema_asks_for_in_its_order() {
    let order = |body: &str, names: &[&str]| {
        let places: Vec<_> = names.iter().map(|name| body.find(&format!("<{name}")).expect(name)).collect();
        assert!(places.is_sorted(), "{names:?} in {body}");
    };
    let old = hosted(|_| ()).tag(Channel::Vast(Some(VastVersion::V3_0))).expect("a tag");
    assert!(old.body.contains("<VAST version=\"3.0\"><Ad"), "no namespace");
    order(
        &old.body,
        &[
            "AdSystem",
            "AdTitle",
            "Impression",
            "Creatives",
            "Duration",
            "TrackingEvents",
            "VideoClicks",
            "ClickThrough",
            "ClickTracking",
            "MediaFiles",
        ],
    );
    assert!(
        !old.body.contains("UniversalAdId")
            && !old.body.contains("AdServingId")
            && !old.body.contains("Viewable")
    );
    assert_eq!(old.untold, [TrackerEvent::ViewableImpression]);
    let four = hosted(|_| ()).body(Channel::Vast(Some(VastVersion::V4_0)));
    assert!(four.contains(&format!(
        "<UniversalAdId idRegistry=\"creativestore\" idValue=\"{CREATIVE}\">{CREATIVE}<"
    )));
    assert!(!four.contains("AdServingId"));
    for version in [VastVersion::V4_0, VastVersion::V4_1, VastVersion::V4_2] {
        let body = hosted(|_| ()).body(Channel::Vast(Some(version)));
        assert!(
            body.contains(&format!(
                "<VAST version=\"{}\" xmlns=\"http://www.iab.com/VAST\">",
                version.as_str()
            ))
        );
        order(
            &body,
            &[
                "AdSystem",
                "Impression",
                "ViewableImpression",
                "AdTitle",
                "Creatives",
                "TrackingEvents",
                "Duration",
                "MediaFiles",
                "VideoClicks",
                "ClickTracking",
                "ClickThrough",
                "UniversalAdId",
            ],
        );
    }
}

#[test]
fn a_video_without_its_declarations_is_refused_naming_what_is_missing() {
    let refused = hosted(|video| (video.duration_ms, video.media_type) = (None, None));
    assert_eq!(
        refused.tag(Channel::Vast(None)).expect_err("undeclared").to_string(),
        "the asset in `/assets/video` stays elsewhere and does not declare `media_type`, `duration_ms`; a new revision must"
    );
    assert!(!hosted(|video| video.bitrate_kbps = None).body(Channel::Vast(None)).contains("bitrate"));
}

#[test]
fn a_video_without_trackers_still_has_the_impression_that_the_schema_asks_for() {
    let given = hosted(|_| ());
    let video = given.manifest.assets()["video"].clone();
    let bare = TagGiven::of(manifest(Kind::VideoHosted, &[("video", video)], None, &[]));
    let body = bare.body(Channel::Vast(None));
    assert!(body.contains("<Impression><![CDATA[about:blank]]></Impression>"));
    assert!(!body.contains("VideoClicks") && !body.contains("TrackingEvents"), "nothing empty stands in it");
}

#[test]
fn a_native_response_is_these_bytes() {
    let manifest = manifest(
        Kind::NativeInFeed,
        &[
            ("title", inline(AssetKind::Text, "Rain in {CITY}?\n\"Ride\"")),
            ("main_image", blob(AssetKind::Image, 1)),
            ("sponsored", inline(AssetKind::Text, "Northwind")),
            ("ctatext", inline(AssetKind::Text, "Go")),
        ],
        Some("https://n.example/"),
        &[
            (TrackerEvent::Impression, "https://t.example/i"),
            (TrackerEvent::ViewableImpression, "https://t.example/v"),
            (TrackerEvent::Click, "https://t.example/c"),
            (TrackerEvent::Start, "https://t.example/s"),
        ],
    );
    let given = TagGiven::of(manifest).facts("main_image", picture(1200, 627)).macros(&[("CITY", "Tromsø")]);
    let tag = given.tag(Channel::Native).expect("a tag");
    let expected = concat!(
        r#"{"native":{"ver":"1.2","assets":["#,
        r#"{"id":1,"required":1,"title":{"text":"Rain in Tromsø?\n\"Ride\""}},"#,
        r#"{"id":2,"img":{"type":3,"url":"https://store.example/files/main_image","w":1200,"h":627}},"#,
        r#"{"id":101,"data":{"type":1,"value":"Northwind"}},"#,
        r#"{"id":112,"data":{"type":12,"value":"Go"}}],"#,
        r#""link":{"url":"{CLICK_URL}https%3A%2F%2Fn.example%2F","clicktrackers":["https://t.example/c"]},"#,
        r#""eventtrackers":[{"event":1,"method":1,"url":"https://t.example/i"},{"event":2,"method":1,"url":"https://t.example/v"}]}}"#,
    );
    assert_eq!(tag.body, expected);
    assert_eq!((tag.media_type, tag.untold), ("application/json", vec![TrackerEvent::Start]));
}

#[test]
fn a_native_ad_without_a_landing_page_is_refused() {
    let assets = [("title", inline(AssetKind::Text, "t")), ("main_image", blob(AssetKind::Image, 1))];
    let given = TagGiven::of(manifest(Kind::NativeInFeed, &assets, None, &[]));
    assert_eq!(
        given.tag(Channel::Native).expect_err("no link").to_string(),
        "a `native` tag needs the manifest's `click_url`"
    );
}

#[test]
fn a_preview_page_frames_the_ad_in_its_size_and_loads_nothing_else() {
    let given = picture_tag();
    let page = preview::Page {
        name: "A & <b>\"x\"</b>",
        about: "image · revision 1",
        size: preview::size(&given.input()),
        address: "/preview/x?a=1&b='\"",
    };
    let page = preview::page(&page);
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
    assert!(page.contains("<title>A &amp; &lt;b&gt;&quot;x&quot;&lt;/b&gt; – preview</title>"));
    assert!(page.contains("<p>image · revision 1 · 728 × 90</p>"));
    assert!(page.contains(
        r#"<iframe src="/preview/x?a=1&amp;b=&#39;&quot;" width="728" height="90" sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox""#
    ));
    assert_eq!(page.matches("src=").count(), 1);
    assert!(!page.contains("http") && !page.contains("@import") && !page.contains("<script"));
}

#[test]
fn what_a_preview_frames_leads_straight_to_the_landing_page_and_tells_no_trackers() {
    let document = |given: &TagGiven| match preview::inner(&given.input()).expect("a preview") {
        preview::Inner::Document(document) => document,
        preview::Inner::Address(address) => panic!("{address}"),
    };
    let image = document(&picture_tag());
    assert!(image.contains(
        "<a href=\"https://aurora.example/order?a=1&amp;b={PACKAGE_ID}\" target=\"_blank\" rel=\"noopener\""
    ));
    assert!(!image.contains("t.example"));

    let html5 =
        manifest(Kind::Html5, &[("bundle", blob(AssetKind::Zip, 1))], Some("https://a.example/"), &[]);
    assert_eq!(
        preview::inner(&TagGiven::of(html5).input()),
        Ok(preview::Inner::Address(
            "https://store.example/bundle/index.html?clickTag=https%3A%2F%2Fa.example%2F".into()
        ))
    );
    let tag = document(&third_party(AssetKind::Html, "<p id=\"ad\">{CITY}</p>"));
    assert!(tag.contains("<body><p id=\"ad\">{CITY}</p></body>"));

    let video = document(&hosted(|_| ()));
    assert!(video.contains(
        r#"<video src="https://m.example/a.mp4?r={CACHEBUSTER}" width="1920" height="1080" controls muted"#
    ));

    let assets = [
        ("title", inline(AssetKind::Text, "Leave <the> road")),
        ("main_image", blob(AssetKind::Image, 1)),
        ("desc", inline(AssetKind::Text, "Far & wide")),
    ];
    let native =
        document(&TagGiven::of(manifest(Kind::NativeInFeed, &assets, Some("https://n.example/"), &[])));
    assert!(
        native.contains("<h2>Leave &lt;the&gt; road</h2>")
            && native.contains("<p class=\"desc\">Far &amp; wide</p>")
    );
    assert!(native.contains("<a href=\"https://n.example/\" target=\"_blank\" rel=\"noopener\">"));
}
