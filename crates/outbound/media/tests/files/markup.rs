//! Tags: HTML and JavaScript.

use creativestore_domain::facts::{
    CalledUrl, ClickTag, ClickTagForm, Facts, MarkupFacts, RefusalCode, UrlUsage,
};
use creativestore_domain::manifest::AssetKind;
use creativestore_media::inspect_bytes;

use crate::made::refused;

fn html(text: &str) -> MarkupFacts {
    match inspect_bytes(Some(AssetKind::Html), text.as_bytes()).0 {
        Facts::Markup(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn script(text: &str) -> MarkupFacts {
    match inspect_bytes(Some(AssetKind::Javascript), text.as_bytes()).0 {
        Facts::Markup(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn urls(facts: &MarkupFacts) -> Vec<(&str, UrlUsage)> {
    facts.urls.iter().map(|called| (called.url.as_str(), called.usage)).collect()
}

fn click_tags(text: &str) -> Vec<(ClickTagForm, String, Option<String>)> {
    script(text).click_tags.into_iter().map(|tag| (tag.form, tag.name, tag.url)).collect()
}

#[test]
fn a_whole_page_is_measured() {
    let page = r#"<!DOCTYPE html><html><head><title>t</title>
        <meta name="ad.size" content="width=300,height=250"><meta name="ad.orientation" content="landscape">
        <script>var clickTag = "https://example.com/go";</script></head>
        <body><a href="javascript:window.open(window.clickTag)"><img src="logo.png"></a></body></html>"#;
    let facts = html(page);
    assert_eq!(facts.bytes, page.len() as u64);
    assert!(facts.doctype && facts.html_and_body);
    assert_eq!(facts.ad_size, Some((300, 250)));
    assert_eq!(facts.ad_orientation.as_deref(), Some("landscape"));
    let tag = |form, url: Option<&str>, in_head| ClickTag {
        form,
        name: "clickTag".into(),
        url: url.map(Into::into),
        in_head,
        file: String::new(),
    };
    assert_eq!(
        facts.click_tags,
        [
            tag(ClickTagForm::Variable, Some("https://example.com/go"), true),
            tag(ClickTagForm::WindowProperty, None, false)
        ]
    );
    assert_eq!(urls(&facts), [("https://example.com/go", UrlUsage::Click), ("logo.png", UrlUsage::Resource)]);
    assert_eq!(facts.calls, ["window.open"]);
}

#[test]
fn what_is_missing_is_seen_to_be_missing() {
    let facts = html("<div>no page</div>");
    assert!(!facts.doctype && !facts.html_and_body);
    assert_eq!((facts.ad_size, facts.click_tags, facts.urls), (None, vec![], vec![]));
    assert!(!html("<html><p>no body").html_and_body);
}

#[test]
fn a_head_ends_where_html_says_it_does() {
    let in_head = |page: &str| html(page).click_tags[0].in_head;
    assert!(in_head("<script>var clickTag='x'</script><body>"), "a head may be left out");
    assert!(in_head("<html><head><script>var clickTag='x'</script></head>"));
    assert!(!in_head("<html><head></head><script>var clickTag='x'</script>"));
    assert!(!in_head("<head><div><script>var clickTag='x'</script></div>"));
    assert!(!in_head("<body><script>var clickTag='x'</script>"));
}

#[test]
fn every_form_of_a_click_tag_is_recognised() {
    use ClickTagForm::{EnablerExit, ExitApi, MraidOpen, QueryString, Variable, WindowProperty};
    let one = |form, name: &str, url: Option<&str>| vec![(form, name.to_owned(), url.map(str::to_owned))];
    let url = Some("https://example.com/?a=1");
    assert_eq!(click_tags("var clickTag = 'https://example.com/?a=1';"), one(Variable, "clickTag", url));
    assert_eq!(
        click_tags("let a=1,clickTAG2=\"https:\\/\\/example.com/?a=1\""),
        one(Variable, "clickTAG2", url)
    );
    assert_eq!(click_tags("var clickTag;"), one(Variable, "clickTag", None));
    assert_eq!(click_tags("var clickTag = get();"), one(Variable, "clickTag", None));
    assert_eq!(click_tags("go(window.clickTag1)"), one(WindowProperty, "clickTag1", None));
    assert_eq!(
        click_tags("window['clickTag']='https://example.com/?a=1'"),
        one(WindowProperty, "clickTag", url)
    );
    assert_eq!(click_tags("params.get('clickTag')"), one(QueryString, "clickTag", None));
    assert_eq!(click_tags("q.split('clickTag=')[1]"), one(QueryString, "clickTag", None));
    assert_eq!(click_tags("/[?&]clickTAG=([^&]*)/.exec(location.href)"), one(QueryString, "clickTAG", None));
    assert_eq!(click_tags("Enabler.exit('Background Exit')"), one(EnablerExit, "Background Exit", None));
    assert_eq!(click_tags("ExitApi.exit()"), one(ExitApi, "exit", None));
    assert_eq!(click_tags("mraid.open('https://example.com/?a=1')"), one(MraidOpen, "open", url));
}

#[test]
fn what_only_looks_like_a_click_tag_is_none() {
    for not in [
        "// var clickTag = 'x';",
        "/* window.clickTag */",
        "if (clickTag == 'x') {}",
        "open(clickTag)",
        "var clickTagged = 'x'",
        "'a clickTag in a sentence'",
        "x.clickTag",
    ] {
        assert_eq!(click_tags(not), [], "{not}");
    }
}

#[test]
fn a_click_tag_is_reported_once() {
    let facts = html(
        "<head><script>var clickTag = 'https://example.com';</script></head><body><script>clickTag = other;</script>",
    );
    assert_eq!(facts.click_tags.len(), 1);
    assert!(facts.click_tags[0].in_head);
    assert_eq!(facts.click_tags[0].url.as_deref(), Some("https://example.com"));
}

#[test]
fn every_place_that_calls_a_url_is_known() {
    let facts = html(
        r##"<link rel="stylesheet" href="//fonts.example.com/css?family=A&amp;b=c"><link rel=canonical href="https://no.example/">
        <style>@import "more.css"; a{background:url(bg.png)}</style><script src=https://cdn.example.com/a.js></script>
        <img src="http://t.example.com/p.gif" width="1" height="1"><img srcset="a.png 1x, b.png 2x" src="c.png">
        <video poster=p.jpg src=v.mp4></video><div style="background:url('d.png')"></div><iframe src="https://f.example.com"></iframe>
        <a href="%%CLICK_URL_UNESC%%https://example.com" ping="https://ping.example.com">x</a><a href="#top">y</a><a href="mailto:a@b">z</a>
        <form action="/send"></form><img src="data:image/gif;base64,AA"><object data=o.swf></object>
        <noscript><img src="https://n.example.com/pixel" style="display: none"></noscript>"##,
    );
    let expected = [
        ("//fonts.example.com/css?family=A&b=c", UrlUsage::Resource),
        ("more.css", UrlUsage::Resource),
        ("bg.png", UrlUsage::Resource),
        ("https://cdn.example.com/a.js", UrlUsage::Resource),
        ("http://t.example.com/p.gif", UrlUsage::Tracker),
        ("a.png", UrlUsage::Resource),
        ("b.png", UrlUsage::Resource),
        ("c.png", UrlUsage::Resource),
        ("p.jpg", UrlUsage::Resource),
        ("v.mp4", UrlUsage::Resource),
        ("d.png", UrlUsage::Resource),
        ("https://f.example.com", UrlUsage::Resource),
        ("%%CLICK_URL_UNESC%%https://example.com", UrlUsage::Click),
        ("https://ping.example.com", UrlUsage::Tracker),
        ("/send", UrlUsage::Click),
        ("o.swf", UrlUsage::Resource),
        ("https://n.example.com/pixel", UrlUsage::Tracker),
    ];
    assert_eq!(urls(&facts), expected);
    assert_eq!(facts.elements, ["video", "iframe", "form", "object"]);
    assert_eq!(facts.macros, ["CLICK_URL_UNESC"]);
    let plain: Vec<_> = facts.urls.iter().filter(|called| called.is_plain_http()).collect();
    assert_eq!(plain.len(), 1);
    assert_eq!(facts.urls[0].host().as_deref(), Some("fonts.example.com"));
}

#[test]
fn urls_in_script_strings_are_found_and_namespaces_are_not() {
    let facts = script(
        r#"/* http://comment.example.com */ var a = "https:\/\/a.example.com/x", b = '//b.example.com/y.js',
        c = "<img src='http://c.example.com/z'>", d = "http://www.w3.org/2000/svg", e = "// no", f = 'x//y';"#,
    );
    assert_eq!(
        urls(&facts),
        [
            ("https://a.example.com/x", UrlUsage::Script),
            ("//b.example.com/y.js", UrlUsage::Script),
            ("http://c.example.com/z", UrlUsage::Script),
        ]
    );
}

#[test]
fn calls_that_platforms_refuse_are_found() {
    let calls = |text: &str| script(text).calls;
    assert_eq!(
        calls("window.open(u); localStorage.setItem('a',1); eval('1'); document.write('<b>')"),
        ["window.open", "localStorage", "eval", "document.write"]
    );
    assert_eq!(
        calls("Enabler.exit('a'); ExitApi.exit(); mraid.open(u)"),
        ["Enabler.exit", "ExitApi.exit", "mraid.open"]
    );
    assert_eq!(calls("window.parent.postMessage(1); top.location = 'x'"), ["parent", "top"]);
    assert_eq!(
        calls("$(a).parent().top; var top = 1, parent = el; xhr.open('GET'); a.eval(); function open(){}"),
        Vec::<String>::new()
    );
}

#[test]
fn a_url_cannot_hide_behind_references_or_line_breaks() {
    let facts =
        html("<img src='ht&#116;p&colon;//a.example/'><script src='http:\n//b.example/x.js'></script>");
    let plain: Vec<_> = facts.urls.iter().filter(|called| called.is_plain_http()).collect();
    assert_eq!(plain.len(), 2, "{:?}", facts.urls);
    assert_eq!(html("<a href='java\nscript&colon;eval(1)'>").calls, ["eval"]);
}

#[test]
fn event_attributes_are_script() {
    let facts = html("<body onclick=\"window.open(window.clickTag)\">");
    assert_eq!(facts.calls, ["window.open"]);
    assert_eq!(facts.click_tags[0].form, ClickTagForm::WindowProperty);
    assert!(!facts.click_tags[0].in_head);
}

#[test]
fn macros_lose_their_decoration() {
    let facts = html(
        "<a href='{CLICK_URL}https://x.example/?cb=${CACHEBUSTER}&t=[TIMESTAMP]'><script src='https://x.example/%%SITE%%'></script>",
    );
    assert_eq!(facts.macros, ["CLICK_URL", "CACHEBUSTER", "TIMESTAMP", "SITE"]);
}

#[test]
fn text_that_is_none_is_refused() {
    assert_eq!(refused(AssetKind::Html, b"<p>\0</p>"), RefusalCode::BadText);
    assert_eq!(refused(AssetKind::Html, b"<p>\xff\xfe</p>"), RefusalCode::BadText);
    assert_eq!(
        refused(AssetKind::Html, &[b"<p>".as_slice(), &vec![b'a'; 10_000_000]].concat()),
        RefusalCode::TooLarge
    );
    assert_eq!(refused(AssetKind::Javascript, b"var a = '\0'"), RefusalCode::BadText);
    assert_eq!(refused(AssetKind::Javascript, b"PK\x03\x04"), RefusalCode::TypeMismatch);
}

#[test]
fn endless_markup_ends() {
    let deep = "<div>".repeat(500_000);
    let facts = inspect_bytes(Some(AssetKind::Html), deep.as_bytes()).0;
    assert!(matches!(facts, Facts::Markup(_) | Facts::Refused(_)));
    let noscripts = "<noscript>".repeat(100_000);
    assert!(matches!(inspect_bytes(None, noscripts.as_bytes()).0, Facts::Markup(_)));
    let many: Vec<String> = (0..5_000).map(|index| format!("<img src=https://x.example/{index}>")).collect();
    assert_eq!(html(&many.concat()).urls.len(), 2_000);
    let long = format!("<img src=\"https://x.example/{}\">", "é".repeat(10_000));
    assert!(html(&long).urls[0].url.len() <= 2_048);
}

#[test]
fn without_a_kind_markup_is_markup_and_text_is_nothing() {
    assert!(matches!(
        inspect_bytes(None, b"<script src='https://x.example/a.js'></script>").0,
        Facts::Markup(_)
    ));
    assert!(
        matches!(&inspect_bytes(None, b"just words").0, Facts::Refused(why) if why[0].code == RefusalCode::UnknownType)
    );
    let xhtml = b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body/></html>";
    assert!(matches!(inspect_bytes(None, xhtml).0, Facts::Markup(_)));
}

#[test]
fn a_url_names_the_file_it_stands_in() {
    let called = CalledUrl { url: "https://x.example/".into(), usage: UrlUsage::Click, file: String::new() };
    assert_eq!(html("<a href='https://x.example/'>").urls, [called]);
}
