//! VAST documents: what is measured in them, and what is refused.

use creativestore_domain::facts::{CalledUrl, Facts, RefusalCode, UrlUsage, VastFacts, VastMediaFile};
use creativestore_domain::manifest::AssetKind;
use creativestore_media::inspect_bytes;

use crate::made::{refusals, refused};

pub const INLINE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<VAST version="4.2" xmlns="http://www.iab.com/VAST">
  <Ad id="20001" sequence="1">
    <InLine>
      <AdSystem version="1">creative&amp;store</AdSystem>
      <AdTitle><![CDATA[ Holiday <2026> ]]></AdTitle>
      <AdServingId>a532d16d-4d7f-4440-bd29-2ec0e693fc80</AdServingId>
      <Error><![CDATA[https://example.com/error?code=[ERRORCODE]]]></Error>
      <Impression id="i1"><![CDATA[https://example.com/i?cb=[CACHEBUSTING]]]></Impression>
      <Impression id="i2"></Impression>
      <Pricing model="cpm">25.00</Pricing>
      <Category>IAB1</Category>
      <Category authority="https://iab.com">IAB2</Category>
      <AdVerifications><Verification vendor="v"><JavaScriptResource><![CDATA[https://example.com/omid.js]]></JavaScriptResource></Verification></AdVerifications>
      <Extensions><Extension type="AdVerifications"><AdVerifications/></Extension></Extensions>
      <Creatives>
        <Creative id="5480" sequence="1">
          <UniversalAdId idRegistry="Ad-ID">8465</UniversalAdId>
          <UniversalAdId idValue="old"/>
          <Linear skipoffset="00:00:05">
            <TrackingEvents>
              <Tracking event="start"><![CDATA[https://example.com/start]]></Tracking>
              <Tracking event="start"><![CDATA[https://example.com/start2]]></Tracking>
              <Tracking event="complete"><![CDATA[https://example.com/complete]]></Tracking>
            </TrackingEvents>
            <Duration>00:00:16.500</Duration>
            <VideoClicks><ClickThrough><![CDATA[ https://example.com/go ]]></ClickThrough></VideoClicks>
            <MediaFiles>
              <Mezzanine delivery="progressive" type="video/mp4" width="1280" height="720"><![CDATA[http://example.com/m.mp4]]></Mezzanine>
              <MediaFile delivery="progressive" type="video/mp4" width="1280" height="720" maxBitrate="2000"><![CDATA[//example.com/v.mp4]]></MediaFile>
              <ClosedCaptionFiles><ClosedCaptionFile type="text/srt" language="en"><![CDATA[https://example.com/c.srt]]></ClosedCaptionFile></ClosedCaptionFiles>
            </MediaFiles>
          </Linear>
        </Creative>
        <Creative><CompanionAds><Companion width="300" height="250"/><Companion width="1" height="1"/></CompanionAds></Creative>
      </Creatives>
    </InLine>
  </Ad>
</VAST>"#;

fn vast(bytes: &[u8]) -> VastFacts {
    match inspect_bytes(Some(AssetKind::Vast), bytes).0 {
        Facts::Vast(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn code(text: &str) -> RefusalCode {
    refused(AssetKind::Vast, text.as_bytes())
}

#[test]
fn an_inline_ad_is_measured() {
    let facts = vast(INLINE.as_bytes());
    assert_eq!(facts.bytes, INLINE.len() as u64);
    assert_eq!(facts.version, "4.2");
    assert_eq!(facts.namespace.as_deref(), Some("http://www.iab.com/VAST"));
    let [ad] = facts.ads.as_slice() else { panic!("{:?}", facts.ads) };
    assert_eq!((ad.id.as_deref(), ad.wrapper), (Some("20001"), false));
    assert_eq!(ad.ad_system.as_deref(), Some("creative&store"));
    assert_eq!(ad.ad_title.as_deref(), Some("Holiday <2026>"));
    assert!(ad.ad_serving_id.is_some());
    assert_eq!((ad.impressions, ad.errors, ad.verifications), (1, 1, 2));
    assert_eq!((ad.categories_without_authority, ad.incomplete_pricing), (1, true));
    let [first, second] = ad.creatives.as_slice() else { panic!("{:?}", ad.creatives) };
    assert_eq!(first.id.as_deref(), Some("5480"));
    assert_eq!(
        first.universal_ad_ids,
        [(Some("Ad-ID".into()), Some("8465".into())), (None, Some("old".into()))]
    );
    assert_eq!((first.linear, first.duration_ms, first.bad_duration.as_deref()), (true, Some(16_500), None));
    assert_eq!(first.skip_offset.as_deref(), Some("00:00:05"));
    assert_eq!(first.click_through.as_deref(), Some("https://example.com/go"));
    assert_eq!((first.mezzanines, first.captions), (1, 1));
    assert_eq!(first.tracking_events, [("start".into(), 2), ("complete".into(), 1)]);
    let expected = VastMediaFile {
        url: "//example.com/v.mp4".into(),
        delivery: Some("progressive".into()),
        media_type: Some("video/mp4".into()),
        width: Some(1280),
        height: Some(720),
        bitrate: Some(2000),
        api_framework: None,
    };
    assert_eq!(first.media_files, [expected]);
    assert_eq!((second.linear, second.companions, second.nonlinear), (false, 2, 0));
    assert_eq!(facts.macros, ["ERRORCODE", "CACHEBUSTING"]);
}

#[test]
fn every_url_is_reported_with_what_it_is_for() {
    let urls = vast(INLINE.as_bytes()).urls;
    let usage = |url: &str| urls.iter().find(|called| called.url == url).map(|called| called.usage);
    assert_eq!(usage("https://example.com/start"), Some(UrlUsage::Tracker));
    assert_eq!(usage("https://example.com/go"), Some(UrlUsage::Click));
    assert_eq!(usage("//example.com/v.mp4"), Some(UrlUsage::Resource));
    assert_eq!(usage("https://example.com/omid.js"), Some(UrlUsage::Resource));
    let plain: Vec<_> = urls.iter().filter(|called| called.is_plain_http()).collect();
    assert_eq!(plain.len(), 1, "the namespace is no call: {plain:?}");
    assert_eq!(urls.len(), 10, "{urls:#?}");
}

#[test]
fn a_wrapper_is_told_from_an_inline_ad() {
    let facts = vast(
        br#"<VAST version="3.0"><Ad id="w"><Wrapper><AdSystem>x</AdSystem>
        <VASTAdTagURI>https://example.com/tag?cb=%5BTIMESTAMP%5D</VASTAdTagURI>
        <Impression>https://example.com/i</Impression></Wrapper></Ad></VAST>"#,
    );
    assert!(facts.ads[0].wrapper);
    assert_eq!(facts.ads[0].ad_tag_uri.as_deref(), Some("https://example.com/tag?cb=%5BTIMESTAMP%5D"));
    assert_eq!((facts.namespace, facts.macros), (None, vec!["TIMESTAMP".to_owned()]));
}

#[test]
fn no_ad_is_an_answer_too() {
    let facts = vast(b"<VAST version='2.0'/>");
    assert!(facts.ads.is_empty());
    assert_eq!(facts.version, "2.0");
}

#[test]
fn version_1_has_another_root() {
    let facts = vast(
        br#"<VideoAdServingTemplate><Ad id="a"><InLine><AdSystem>x</AdSystem>
        <Impression><URL>https://example.com/i</URL></Impression>
        <Video><Duration>00:00:15</Duration><MediaFiles><MediaFile delivery="progressive" bitrate="500">
        <URL>https://example.com/v.flv</URL></MediaFile></MediaFiles></Video></InLine></Ad></VideoAdServingTemplate>"#,
    );
    assert_eq!(facts.version, "1.0");
    assert_eq!(facts.ads[0].impressions, 1);
    assert_eq!(facts.ads[0].creatives[0].duration_ms, Some(15_000));
    assert_eq!(facts.ads[0].creatives[0].media_files[0].url, "https://example.com/v.flv");
    let tracker =
        CalledUrl { url: "https://example.com/i".into(), usage: UrlUsage::Tracker, file: String::new() };
    assert_eq!(facts.urls[0], tracker);
}

#[test]
fn prefixes_do_not_matter() {
    let facts = vast(
        br#"<v:VAST xmlns:v="http://www.iab.com/VAST" version="4.1"><v:Ad><v:InLine><v:AdTitle>t</v:AdTitle></v:InLine></v:Ad></v:VAST>"#,
    );
    assert_eq!(facts.ads[0].ad_title.as_deref(), Some("t"));
    assert_eq!(facts.namespace.as_deref(), Some("http://www.iab.com/VAST"));
}

#[test]
fn a_bad_duration_is_quoted() {
    let facts = vast(
        b"<VAST version='3.0'><Ad><InLine><Creatives><Creative><Linear><Duration>30s</Duration></Linear></Creative></Creatives></InLine></Ad></VAST>",
    );
    let creative = &facts.ads[0].creatives[0];
    assert_eq!((creative.duration_ms, creative.bad_duration.as_deref()), (None, Some("30s")));
}

#[test]
fn other_encodings_are_read_when_they_are_declared() {
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><VAST version='3.0'><Ad><InLine><AdTitle>Gr\xfc\xdfe</AdTitle></InLine></Ad></VAST>";
    assert_eq!(vast(latin).ads[0].ad_title.as_deref(), Some("Grüße"));
    let text = "\u{feff}<?xml version='1.0' encoding='UTF-16'?><VAST version='3.0'><Ad><InLine><AdTitle>漢字</AdTitle></InLine></Ad></VAST>";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(vast(&utf16).ads[0].ad_title.as_deref(), Some("漢字"));
    assert_eq!(code("<?xml version='1.0' encoding='Shift_JIS'?><VAST/>"), RefusalCode::BadText);
}

#[test]
fn a_billion_laughs_are_refused() {
    let laughs = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>
        <VAST version="3.0"><Ad>&lol2;</Ad></VAST>"#;
    assert_eq!(code(laughs), RefusalCode::ForbiddenXml);
    assert!(
        matches!(&inspect_bytes(None, laughs.as_bytes()).0, Facts::Refused(why) if why[0].code == RefusalCode::ForbiddenXml)
    );
}

#[test]
fn external_entities_are_refused() {
    let external =
        r#"<!DOCTYPE VAST [<!ENTITY x SYSTEM "file:///etc/passwd">]><VAST version="3.0">&x;</VAST>"#;
    assert_eq!(code(external), RefusalCode::ForbiddenXml);
    assert_eq!(
        code("<VAST version='3.0'>&x;</VAST>"),
        RefusalCode::ForbiddenXml,
        "without a declaration too"
    );
    assert_eq!(code("<VAST version='&x;'/>"), RefusalCode::ForbiddenXml, "in an attribute too");
}

#[test]
fn deep_nesting_is_refused_and_deep_is_said() {
    let deep = |levels: usize| format!("<VAST>{}{}</VAST>", "<a>".repeat(levels), "</a>".repeat(levels));
    assert_eq!(code(&deep(64)), RefusalCode::TooDeep);
    assert_eq!(code(&deep(100_000)), RefusalCode::TooDeep);
    assert!(vast(deep(63).as_bytes()).ads.is_empty());
}

#[test]
fn what_is_not_well_formed_is_named_by_its_line() {
    for bad in [
        "<VAST>\n<Ad></InLine>\n</VAST>",
        "<VAST>\n<Ad id='1' id='2'/></VAST>",
        "<VAST/>\n<VAST/>",
        "<VAST/>\ntrailing",
        "<VAST>\n<Ad &/></VAST>",
    ] {
        let refusals = refusals(Some(AssetKind::Vast), bad.as_bytes());
        assert_eq!(refusals[0].code, RefusalCode::Malformed, "{bad}");
        assert_eq!(refusals[0].at, "line 2", "{bad}: {:?}", refusals[0]);
    }
    assert_eq!(code("<VAST><Ad>"), RefusalCode::Truncated);
}

#[test]
fn a_document_cut_anywhere_is_refused() {
    for cut in (60..INLINE.len() - 8).step_by(13) {
        let refusals = refusals(Some(AssetKind::Vast), &INLINE.as_bytes()[..cut]);
        assert!(
            matches!(refusals[0].code, RefusalCode::Truncated | RefusalCode::Malformed),
            "{cut}: {refusals:?}"
        );
    }
}

#[test]
fn bad_characters_are_refused() {
    assert_eq!(code("<VAST>\0</VAST>"), RefusalCode::BadText);
    assert_eq!(code("<VAST>\u{8}</VAST>"), RefusalCode::BadText);
    assert_eq!(refused(AssetKind::Vast, b"<VAST>\xff</VAST>"), RefusalCode::BadText);
}

#[test]
fn other_documents_and_huge_ones_are_refused() {
    let refusals = refusals(Some(AssetKind::Vast), b"<?xml version='1.0'?><rss/>");
    assert_eq!(refusals[0].code, RefusalCode::TypeMismatch);
    assert_eq!(refusals[0].found, "an XML document with the root <rss>");
    let huge = format!("<VAST>{}</VAST>", " ".repeat(5_000_000));
    assert_eq!(code(&huge), RefusalCode::TooLarge);
    let many = format!("<VAST>{}</VAST>", "<a/>".repeat(100_000));
    assert_eq!(code(&many), RefusalCode::TooLarge);
}

#[test]
fn without_a_kind_the_root_decides() {
    assert!(matches!(inspect_bytes(None, INLINE.as_bytes()).0, Facts::Vast(_)));
    assert!(matches!(inspect_bytes(None, b"<VAST version='2.0'></VAST>").0, Facts::Vast(_)));
}
