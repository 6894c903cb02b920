//! Hostile values in every place that a tag has: whatever they are, the tag keeps its structure, as parsers see
//! it that share no code with what wrote it.

use std::cell::RefCell;

use creativestore_domain::manifest::{Asset, AssetKind, External, Kind, Source, TrackerEvent};
use creativestore_domain::tag::{Channel, MACROS, Macros, preview};
use lol_html::html_content::TextType;
use lol_html::{RewriteStrSettings, element, rewrite_str, text};
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::given::{TagGiven, blob, bundle, external, inline, manifest, picture};

/// What people have tried, and pieces of it in any order.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("\"><script>alert(1)</script>"),
        Just("' onmouseover='alert(1)"),
        Just("]]>"),
        Just("]]]]><![CDATA[>"),
        Just("<![CDATA["),
        Just("</script>"),
        Just("<!--<script>"),
        Just("-->"),
        Just("javascript:alert(1)"),
        Just("\u{2028}"),
        Just("\u{2029}"),
        Just("\0"),
        Just("\\"),
        Just("\\u0022"),
        Just("`${alert(1)}`"),
        Just("&quot;"),
        Just("&#x22;"),
        Just("&amp;amp;"),
        Just("%22%3E"),
        Just("{CLICK_URL}"),
        Just("{CITY}"),
        Just("\r\n"),
        Just("\u{FFFE}"),
        Just("\u{1F}"),
        Just("</iframe></textarea></title></style>"),
        Just("\"},{\"a\":\""),
        Just("a"),
    ];
    prop_oneof![3 => prop::collection::vec(pieces, 1..6).prop_map(|it| it.concat()), 1 => any::<String>()]
}

/// Every macro that takes any value, with this one.
fn every(value: &str) -> Vec<(&'static str, &str)> {
    MACROS.iter().filter(|name| **name != "CLICK_URL").map(|name| (*name, value)).collect()
}

/// The elements of markup with the names of their attributes, and how many pieces of script there are.
fn shape(markup: &str) -> Vec<String> {
    let seen = RefCell::new(Vec::new());
    let elements = element!("*", |element| {
        let attributes = element.attributes();
        let names: Vec<_> = attributes.iter().map(lol_html::html_content::Attribute::name).collect();
        seen.borrow_mut().push(format!("{} {}", element.tag_name(), names.join(",")));
        Ok(())
    });
    let scripts = text!("*", |chunk| {
        if chunk.text_type() == TextType::ScriptData && chunk.last_in_text_node() {
            seen.borrow_mut().push("script text".into());
        }
        Ok(())
    });
    let settings = RewriteStrSettings::new()
        .append_element_content_handler(elements)
        .append_element_content_handler(scripts);
    rewrite_str(markup, settings).expect("markup that can be read");
    seen.into_inner()
}

/// The value of the first attribute of this name, as an HTML parser reads it.
fn attribute(markup: &str, selector: &str, name: &str) -> String {
    let found = RefCell::new(None);
    let handler = element!(selector, |element| {
        let mut found = found.borrow_mut();
        if found.is_none() {
            *found = element.get_attribute(name);
        }
        Ok(())
    });
    let settings = RewriteStrSettings::new().append_element_content_handler(handler);
    rewrite_str(markup, settings).expect("markup that can be read");
    unescaped(&found.into_inner().expect("the attribute"))
}

/// The entities that we write, read back.
fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}

/// The elements of a document with their attributes' names, and its texts in full.
fn xml(document: &str) -> (Vec<String>, Vec<String>) {
    let mut reader = Reader::from_str(document);
    reader.config_mut().check_end_names = true;
    let (mut elements, mut texts) = (Vec::new(), vec![String::new()]);
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error} in {document}")) {
            Event::Start(start) | Event::Empty(start) => {
                let names: Vec<_> =
                    start.attributes().map(|it| it.expect("an attribute").key.as_ref().to_owned()).collect();
                elements.push(format!("{} {}", start.name().as_ref(), names.join(",")));
                texts.push(String::new());
            }
            Event::Text(text) => texts.last_mut().expect("one").push_str(&text),
            Event::CData(text) => texts.last_mut().expect("one").push_str(&text),
            Event::GeneralRef(name) => {
                let value = quick_xml::escape::resolve_predefined_entity(&name).expect("one of the five");
                texts.last_mut().expect("one").push_str(value);
            }
            Event::Eof => return (elements, texts),
            _ => {}
        }
    }
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

const TRACKERS: [(TrackerEvent, &str); 4] = [
    (TrackerEvent::Impression, "https://t.example/i?c={CITY}&p={PAGE_URL}"),
    (TrackerEvent::ViewableImpression, "https://t.example/v?c={CITY}"),
    (TrackerEvent::Click, "https://t.example/c?c={CITY}"),
    (TrackerEvent::Start, "https://t.example/s?c={CITY}"),
];

fn image() -> TagGiven {
    let alt = ("alt_text", inline(AssetKind::Text, "Coffee in {CITY}"));
    let assets = [("image", blob(AssetKind::Image, 1)), alt];
    let manifest = manifest(Kind::Image, &assets, Some("https://a.example/?c={CITY}"), &TRACKERS);
    TagGiven::of(manifest).facts("image", picture(300, 250))
}

fn html5() -> TagGiven {
    let assets = [("bundle", blob(AssetKind::Zip, 1))];
    let manifest = manifest(Kind::Html5, &assets, Some("https://a.example/?c={CITY}"), &TRACKERS);
    TagGiven::of(manifest).facts("bundle", bundle(Some((300, 250))))
}

fn third_party() -> TagGiven {
    let markup = "<a href=\"{CLICK_URL}x?c={CITY}\" title='{CITY}' id={CITY}><script>var c = '{CITY}', d = `{CITY}`</script><style>a{content:'{CITY}'}</style>{CITY}</a><!-- {CITY} --><textarea>{CITY}</textarea>";
    let manifest = manifest(Kind::DisplayTag, &[("tag", inline(AssetKind::Html, markup))], None, &TRACKERS);
    TagGiven { size: Some((300, 250)), ..TagGiven::of(manifest) }
}

fn video(title: &str) -> TagGiven {
    let video = External {
        media_type: Some("video/mp4".into()),
        width: Some(640),
        height: Some(360),
        duration_ms: Some(6000),
        ..external(AssetKind::Video, "https://m.example/a.mp4?c={CITY}")
    };
    let video = Asset { kind: AssetKind::Video, source: Source::External(video) };
    let assets = [("video", video), ("title", inline(AssetKind::Text, title))];
    TagGiven::of(manifest(Kind::VideoHosted, &assets, Some("https://a.example/?c={CITY}"), &TRACKERS))
}

const STORED: &str = "<VAST version=\"4.2\"><!-- {CITY} --><Ad id=\"{CITY}\"><InLine><Impression><![CDATA[https://x.example/?c={CITY}]]></Impression><AdTitle>{CITY}</AdTitle><Creatives><Creative><Linear><Duration>00:00:06</Duration></Linear></Creative></Creatives></InLine></Ad></VAST>";

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_value_changes_the_elements_or_attributes_of_markup(value in hostile()) {
        let given = [image as fn() -> TagGiven, html5, third_party];
        for given in given {
            for channel in [Channel::Html, Channel::Iframe] {
                let plain = shape(&given().macros(&every("x")).body(channel));
                let filled = given().macros(&every(&value)).body(channel);
                prop_assert_eq!(&shape(&filled), &plain, "{}", filled);
                prop_assert!(!filled.contains('\0'));
                if filled.contains("srcdoc=") {
                    let inside = shape(&attribute(&filled, "iframe", "srcdoc"));
                    let plain = given().macros(&every("x")).body(channel);
                    prop_assert_eq!(inside, shape(&attribute(&plain, "iframe", "srcdoc")));
                }
            }
        }
    }

    #[test]
    fn text_around_a_value_is_read_back_as_it_was_given(value in "[^\0\r]{0,30}") {
        let body = image().macros(&[("CITY", &value)]).body(Channel::Html);
        prop_assert_eq!(attribute(&body, "a > img", "alt"), format!("Coffee in {value}"));
    }

    #[test]
    fn no_value_ends_the_string_that_a_script_puts_its_markup_in(value in hostile()) {
        for given in [image as fn() -> TagGiven, html5, third_party] {
            let body = given().macros(&every(&value)).body(Channel::Javascript);
            prop_assert!(!body.contains(['\u{2028}', '\u{2029}', '<', '\0']), "{}", body);
            prop_assert!(!body.to_lowercase().contains("</script"));
            let (_, after) = body.split_once("\"afterend\",").expect("the call");
            let mut literal = serde_json::Deserializer::from_str(after).into_iter::<String>();
            let markup = literal.next().expect("a string").expect("of JSON, which is one of JavaScript");
            let rest = &after[literal.byte_offset()..];
            let plain = given().macros(&every("x")).body(Channel::Javascript);
            let (_, plain) = plain.split_once("\"afterend\",").expect("the call");
            let mut literal = serde_json::Deserializer::from_str(plain).into_iter::<String>();
            let plain_markup = literal.next().expect("a string").expect("of JSON");
            prop_assert_eq!(shape(&markup), shape(&plain_markup));
            // What follows differs only inside percent-encoded values.
            let still = |text: &str| text.chars().filter(|c| "\"'\\;(){}[]<>".contains(*c)).collect::<String>();
            prop_assert_eq!(still(rest), still(&plain[literal.byte_offset()..]));
        }
    }

    #[test]
    fn no_value_changes_the_elements_of_vast_and_titles_are_read_back(value in hostile()) {
        let given = || video("Wake up in {CITY}");
        for channel in &Channel::of(Kind::VideoHosted)[1..] {
            let (plain, _) = xml(&given().macros(&every("x")).body(*channel));
            let body = given().macros(&every(&value)).body(*channel);
            let (elements, texts) = xml(&body);
            prop_assert_eq!(elements, plain, "{}", body);
            prop_assert!(body.chars().all(is_xml));
            let title = format!("Wake up in {value}");
            let title: String = title.chars().map(|c| if is_xml(c) { c } else { '\u{FFFD}' }).collect();
            // A parser reads line ends as one character each.
            let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert!(texts.iter().any(|text| lines(text) == lines(&title)), "{title:?} in {texts:?}");
        }
    }

    #[test]
    fn no_value_changes_the_elements_of_a_stored_document(value in hostile()) {
        let assets = [("vast", inline(AssetKind::Vast, STORED))];
        let given = || TagGiven::of(manifest(Kind::VideoVast, &assets, None, &TRACKERS));
        let (plain, _) = xml(&given().macros(&every("x")).body(Channel::Vast(None)));
        let (elements, _) = xml(&given().macros(&every(&value)).body(Channel::Vast(None)));
        prop_assert_eq!(elements, plain);
    }

    #[test]
    fn a_native_response_is_json_that_holds_every_value_as_it_was_given(value in hostile()) {
        let assets = [
            ("title", inline(AssetKind::Text, "In {CITY}")),
            ("main_image", blob(AssetKind::Image, 1)),
            ("desc", inline(AssetKind::Text, "{CITY}!")),
        ];
        let given = TagGiven::of(manifest(Kind::NativeInFeed, &assets, Some("https://n.example/?c={CITY}"), &TRACKERS));
        let body = given.macros(&[("CITY", &value)]).body(Channel::Native);
        let json: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        prop_assert_eq!(json.pointer("/native/assets/0/title/text").cloned(), Some(format!("In {value}").into()));
        prop_assert_eq!(json.pointer("/native/assets/2/data/value").cloned(), Some(format!("{value}!").into()));
        prop_assert!(!body.contains(['<', '>', '\u{2028}', '\u{2029}']), "also safe within a script element");
    }

    #[test]
    fn no_click_redirect_that_is_taken_breaks_out(tail in hostile()) {
        let url = format!("https://ads.example/c?{tail}");
        if Macros::parse([("CLICK_URL", url.as_str())]).is_err() {
            return Ok(());
        }
        for given in [image as fn() -> TagGiven, html5, third_party] {
            let plain = given().macros(&[("CLICK_URL", "https://ads.example/c?")]);
            let filled = given().macros(&[("CLICK_URL", &url)]);
            for channel in [Channel::Html, Channel::Iframe] {
                prop_assert_eq!(shape(&filled.body(channel)), shape(&plain.body(channel)));
            }
            prop_assert!(!filled.body(Channel::Javascript).contains('<'));
        }
        let (plain, _) = xml(&video("t").macros(&[("CLICK_URL", "https://ads.example/c?")]).body(Channel::Vast(None)));
        let (elements, _) = xml(&video("t").macros(&[("CLICK_URL", &url)]).body(Channel::Vast(None)));
        prop_assert_eq!(elements, plain);
    }

    #[test]
    fn no_name_breaks_out_of_a_preview(name in hostile(), value in hostile()) {
        let page = |name: &str| {
            preview::page(&preview::Page { name, about: name, size: (300, 250), address: name })
        };
        prop_assert_eq!(shape(&page(&name)), shape(&page("x")));
        let assets = [
            ("title", inline(AssetKind::Text, "In {CITY}")),
            ("main_image", blob(AssetKind::Image, 1)),
            ("desc", inline(AssetKind::Text, "{CITY}!")),
        ];
        let card = |value: &str| {
            let native = manifest(Kind::NativeInFeed, &assets, Some("https://n.example/?c={CITY}"), &[]);
            match preview::inner(&TagGiven::of(native).macros(&[("CITY", value)]).input()) {
                Ok(preview::Inner::Document(document)) => shape(&document),
                other => panic!("{other:?}"),
            }
        };
        prop_assert_eq!(card(&value), card("x"));
    }
}

#[test]
fn a_text_of_nothing_but_braces_is_read_in_one_go() {
    let braces = "{".repeat(200_000);
    let manifest = manifest(Kind::DisplayTag, &[("tag", inline(AssetKind::Html, &braces))], None, &[]);
    assert_eq!(TagGiven::of(manifest).body(Channel::Html), braces);
}
