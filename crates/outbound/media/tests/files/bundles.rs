//! HTML5 bundles, sound and hostile.

use std::io::{Cursor, Write};

use creativestore_domain::facts::{Facts, Html5Facts, RefusalCode, UrlUsage};
use creativestore_domain::hash::Sha256;
use creativestore_domain::manifest::AssetKind;
use creativestore_media::inspect_bytes;
use zip::write::SimpleFileOptions;

use crate::made::{png, refusals, refused, zip};

const PAGE: &[u8] = br#"<!doctype html><html><head><meta name="ad.size" content="width=300,height=250">
<link rel="stylesheet" href="css/main.css"><script src="js/app.js?v=1"></script>
<script src="https://cdn.example.com/gsap.js"></script></head>
<body><img src="img/logo.png"><img src="img/logo.png"><img src="img/gone.png"></body></html>"#;
const STYLE: &[u8] = b"@import 'more.css'; body { background: url(../img/logo.png) }";
const MORE: &[u8] =
    b"@font-face { src: url(font.woff2) } a { background: url('http://plain.example.com/x.png') }";
const SCRIPT: &[u8] =
    b"var clickTag = 'https://example.com/'; localStorage.x = 1; new Image().src = 'http://t.example.com/p'";

fn sound() -> Vec<u8> {
    let logo = png(20, 10);
    zip(&[
        ("index.html", PAGE),
        ("css/main.css", STYLE),
        ("css/more.css", MORE),
        ("css/font.woff2", b"wOF2 font"),
        ("js/app.js", SCRIPT),
        ("js/later.js", b"'https://later.example.com/'"),
        ("img/logo.png", &logo),
        ("img/deep/er/x.txt", b"text"),
    ])
}

fn bundle(bytes: &[u8]) -> Html5Facts {
    match inspect_bytes(Some(AssetKind::Zip), bytes).0 {
        Facts::Html5(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn code(bytes: &[u8]) -> RefusalCode {
    refused(AssetKind::Zip, bytes)
}

fn entry_of(files: &[(&str, &[u8])]) -> (String, u32) {
    let facts = bundle(&zip(files));
    (facts.entry, facts.entry_candidates)
}

#[test]
fn a_bundle_is_measured() {
    let bytes = sound();
    let facts = bundle(&bytes);
    assert_eq!(facts.bytes, bytes.len() as u64);
    assert_eq!((facts.entry.as_str(), facts.entry_candidates), ("index.html", 1));
    assert_eq!(facts.files.len(), 8);
    assert_eq!(facts.unpacked_bytes, facts.files.iter().map(|file| file.bytes).sum::<u64>());
    assert_eq!((facts.depth, facts.nested_archives.len()), (3, 0));
    let file = |path: &str| facts.files.iter().find(|file| file.path == path).expect("there");
    assert_eq!(file("js/app.js").sha256, Sha256::of(SCRIPT));
    for (path, media_type) in [
        ("index.html", "text/html"),
        ("css/main.css", "text/css"),
        ("css/font.woff2", "font/woff2"),
        ("js/app.js", "text/javascript"),
        ("img/logo.png", "image/png"),
        ("img/deep/er/x.txt", "text/plain"),
    ] {
        assert_eq!(file(path).media_type, media_type, "{path}");
    }
    assert_eq!(facts.markup.ad_size, Some((300, 250)));
    assert_eq!(facts.markup.calls, ["localStorage"]);
    assert_eq!(facts.markup.bytes, PAGE.len() as u64);
    assert_eq!(inspect_bytes(None, &bytes).0, Facts::Html5(facts));
}

#[test]
fn click_tags_and_urls_name_their_file() {
    let facts = bundle(&sound());
    assert_eq!(facts.markup.click_tags.len(), 1);
    assert_eq!(
        (facts.markup.click_tags[0].file.as_str(), facts.markup.click_tags[0].in_head),
        ("js/app.js", false)
    );
    let place = |url: &str| {
        let called = facts.markup.urls.iter().find(|called| called.url == url);
        called.map(|called| (called.file.as_str(), called.usage))
    };
    assert_eq!(place("https://cdn.example.com/gsap.js"), Some(("index.html", UrlUsage::Resource)));
    assert_eq!(place("http://plain.example.com/x.png"), Some(("css/more.css", UrlUsage::Resource)));
    assert_eq!(place("http://t.example.com/p"), Some(("js/app.js", UrlUsage::Script)));
    assert_eq!(place("https://later.example.com/"), None, "a script that nothing refers to is not read");
}

#[test]
fn the_initial_load_follows_style_sheets_and_counts_each_file_once() {
    let facts = bundle(&sound());
    let logo = png(20, 10).len();
    let expected = PAGE.len() + STYLE.len() + MORE.len() + "wOF2 font".len() + SCRIPT.len() + logo;
    assert_eq!(facts.initial_bytes, expected as u64);
    // The entry, two styles, the font, the script, the logo, the one that is gone; gsap and x.png outside.
    assert_eq!(facts.initial_requests, 9);
}

#[test]
fn every_file_is_handed_out_as_it_is() {
    let (_, derived) = inspect_bytes(Some(AssetKind::Zip), &sound());
    let recipes: Vec<_> = derived.iter().map(|derived| derived.recipe.to_string()).collect();
    assert_eq!(recipes[0], "file:index.html");
    assert_eq!(derived.len(), 8);
    assert_eq!(derived[0].bytes, PAGE);
    let logo =
        derived.iter().find(|derived| derived.recipe.to_string() == "file:img/logo.png").expect("there");
    assert_eq!((logo.media_type.as_str(), logo.size), ("image/png", Some((20, 10))));
}

#[test]
fn the_entry_is_found() {
    let sized = b"<meta name=ad.size content='width=1,height=1'>".as_slice();
    let page = b"<p>".as_slice();
    assert_eq!(entry_of(&[("banner.html", page), ("a.js", b"1")]), ("banner.html".into(), 1));
    assert_eq!(entry_of(&[("a.html", page), ("index.html", page)]), ("index.html".into(), 2));
    assert_eq!(entry_of(&[("a.html", page), ("b.html", sized)]), ("b.html".into(), 2));
    assert_eq!(entry_of(&[("a.html", page), ("b.html", page)]), ("a.html".into(), 2));
    assert_eq!(
        entry_of(&[("a.txt", b"x"), ("sub/banner.html", page), ("sub/more/index.html", page)]),
        ("sub/banner.html".into(), 1)
    );
    assert_eq!(code(&zip(&[("a.js", b"1")])), RefusalCode::NoEntryFile);
    assert_eq!(code(&zip(&[])), RefusalCode::NoEntryFile);
}

#[test]
fn a_folder_around_everything_is_the_root_and_litter_is_left_out() {
    let facts = bundle(&zip(&[
        ("banner/", b""),
        ("banner/index.html", b"<img src=a.png>"),
        ("banner/a.png", b"x"),
        ("banner/.DS_Store", b"x"),
        ("__MACOSX/banner/._index.html", b"x"),
    ]));
    let paths: Vec<_> = facts.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!((paths, facts.entry.as_str(), facts.depth), (vec!["index.html", "a.png"], "index.html", 0));
    assert_eq!(facts.initial_requests, 2);
}

#[test]
fn nested_archives_are_listed_and_never_opened() {
    let inner = zip(&[("bomb", &vec![0; 1_000_000])]);
    let facts = bundle(&zip(&[("index.html", b"<p>"), ("x.dat", &inner), ("y.gz", b"\x1f\x8b\x08rest")]));
    assert_eq!(facts.nested_archives, ["x.dat", "y.gz"]);
    assert_eq!(facts.files[1].media_type, "application/zip");
}

/// The zip with one text replaced by another of the same length, wherever it stands.
fn renamed(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut out = bytes.to_vec();
    for at in 0..=out.len() - from.len() {
        if &out[at..at + from.len()] == from {
            out[at..at + from.len()].copy_from_slice(to);
        }
    }
    out
}

#[test]
fn paths_that_leave_the_bundle_are_refused_and_named() {
    let plain = zip(&[("index.html", b"<p>"), ("aa/bb/cc.txt", b"x")]);
    for bad in
        ["../../cc.txt", "/a/bb/cc.txt", "C:/bb/cc.txt", "aa\\bb/cc.txt", "aa/bb/\0c.txt", "aa//bb/c.txt"]
    {
        let refusals = refusals(Some(AssetKind::Zip), &renamed(&plain, b"aa/bb/cc.txt", bad.as_bytes()));
        assert_eq!(refusals[0].code, RefusalCode::PathEscape, "{bad}");
        assert_eq!(refusals[0].at, bad.replace('\0', " "));
    }
    assert_eq!(code(&renamed(&plain, b"aa/bb", b"aa/\xff\xfe")), RefusalCode::PathEscape);
}

#[test]
fn all_bad_entries_are_named_at_once() {
    let plain = zip(&[("index.html", b"<p>"), ("aaa", b"x"), ("bbb", b"x")]);
    let bad = renamed(&renamed(&plain, b"aaa", b"/aa"), b"bbb", b"/bb");
    assert_eq!(refusals(Some(AssetKind::Zip), &bad).len(), 2);
}

#[test]
fn links_and_special_files_are_refused() {
    let with = |options: SimpleFileOptions| {
        let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("index.html", SimpleFileOptions::default()).expect("started");
        writer.start_file("odd", options).expect("started");
        writer.write_all(b"/etc/passwd").expect("written");
        writer.finish().expect("finished").into_inner()
    };
    assert!(matches!(inspect_bytes(None, &with(SimpleFileOptions::default())).0, Facts::Html5(_)));
    // A symbolic link, a device and a pipe, by the type bits of the mode in the directory.
    let plain = with(SimpleFileOptions::default());
    let directory = plain.windows(4).rposition(|four| four == b"PK\x01\x02").expect("an entry");
    for mode in [0o120_777_u32, 0o020_644, 0o010_644] {
        let mut odd = plain.clone();
        odd[directory + 5] = 3;
        odd[directory + 38..directory + 42].copy_from_slice(&(mode << 16).to_le_bytes());
        assert_eq!(code(&odd), RefusalCode::SpecialFile, "{mode:o}");
    }
}

#[test]
fn encrypted_entries_are_refused() {
    let mut bytes = zip(&[("index.html", b"<p>")]);
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").expect("an entry");
    bytes[6] |= 1;
    bytes[directory + 8] |= 1;
    assert_eq!(code(&bytes), RefusalCode::Encrypted);
}

#[test]
fn names_that_are_there_twice_are_refused() {
    let plain = zip(&[("index.html", b"<p>"), ("aa.txt", b"x"), ("bb.txt", b"y")]);
    assert_eq!(code(&renamed(&plain, b"bb.txt", b"aa.txt")), RefusalCode::DuplicateEntry);
    assert_eq!(code(&renamed(&plain, b"bb.txt", b"AA.txt")), RefusalCode::DuplicateEntry);
}

#[test]
fn a_bomb_by_ratio_is_refused() {
    let zeros = vec![0; 5_000_000];
    let refusals = refusals(Some(AssetKind::Zip), &zip(&[("index.html", b"<p>"), ("zeros", &zeros)]));
    assert_eq!((refusals[0].code, refusals[0].at.as_str()), (RefusalCode::Bomb, "zeros"));
    let small = vec![0; 1_000_000];
    assert_eq!(bundle(&zip(&[("index.html", b"<p>"), ("zeros", &small)])).files.len(), 2, "small files may");
}

/// Bytes that pack to some twentieth.
fn patterned(length: usize) -> Vec<u8> {
    let mut line = [b'x'; 64];
    let mut out = Vec::with_capacity(length + line.len());
    while out.len() < length {
        line[..8].copy_from_slice(&out.len().wrapping_mul(0x9e37_79b9).to_le_bytes());
        out.extend(line);
    }
    out
}

#[test]
fn a_bomb_by_size_is_refused_whatever_its_headers_say() {
    let large = patterned(17 << 20);
    let bytes = zip(&[("index.html", b"<p>"), ("large", &large)]);
    assert_eq!(code(&bytes), RefusalCode::Bomb);
    // The same with headers that say it is tiny.
    let size = u32::try_from(large.len()).expect("small").to_le_bytes();
    let lying = renamed(&bytes, &size, &[9, 0, 0, 0]);
    assert!(matches!(code(&lying), RefusalCode::Bomb | RefusalCode::Malformed));
}

#[test]
fn a_bomb_by_the_sum_of_its_files_is_refused() {
    let part = patterned(15 << 20);
    let names = ["a", "b", "c", "d", "e"];
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, part.as_slice())).collect();
    let refusals = refusals(Some(AssetKind::Zip), &zip(&files));
    assert_eq!((refusals[0].code, refusals[0].at.as_str()), (RefusalCode::Bomb, ""));
}

#[test]
fn entries_that_overlap_are_refused() {
    // Two entries of the directory that point at the same bytes.
    let bytes = zip(&[("index.html", b"<p>"), ("aaaaaaa.js", b"same same same")]);
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").expect("the first entry");
    let end = bytes.windows(4).position(|four| four == b"PK\x05\x06").expect("the end");
    let second = directory
        + bytes[directory + 4..].windows(4).position(|four| four == b"PK\x01\x02").expect("second")
        + 4;
    let copy = renamed(&bytes[second..end], b"aaaaaaa.js", b"bbbbbbb.js");
    let mut overlapping = [&bytes[..end], &copy, &bytes[end..]].concat();
    let end = end + copy.len();
    let length = u32::try_from(end - directory).expect("small").to_le_bytes();
    overlapping[end + 8..end + 12].copy_from_slice(&[3, 0, 3, 0]);
    overlapping[end + 12..end + 16].copy_from_slice(&length);
    assert_eq!(code(&overlapping), RefusalCode::Bomb);
}

#[test]
fn too_many_files_are_refused() {
    let names: Vec<String> = (0..1_001).map(|index| format!("{index}.txt")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
    assert_eq!(code(&zip(&files)), RefusalCode::TooManyFiles);
    let mut announced = zip(&[("index.html", b"<p>")]);
    let end = announced.windows(4).position(|four| four == b"PK\x05\x06").expect("the end");
    announced[end + 8..end + 12].fill(0xff);
    assert_eq!(code(&announced), RefusalCode::TooManyFiles, "before anything is read");
}

#[test]
fn damage_is_refused() {
    let bytes = sound();
    for cut in (4..bytes.len()).step_by(97) {
        let refusals = refusals(Some(AssetKind::Zip), &bytes[..cut]);
        assert!(
            matches!(refusals[0].code, RefusalCode::Truncated | RefusalCode::Malformed),
            "{cut}: {refusals:?}"
        );
    }
    let stored = SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Stored);
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("index.html", stored).expect("started");
    writer.write_all(b"<p>some text</p>").expect("written");
    let bytes = writer.finish().expect("finished").into_inner();
    let damaged = renamed(&bytes, b"some text", b"some tent");
    let refusals = refusals(Some(AssetKind::Zip), &damaged);
    assert_eq!((refusals[0].code, refusals[0].at.as_str()), (RefusalCode::Malformed, "index.html"));
}

#[test]
fn names_that_differ_between_directory_and_entry_are_refused() {
    let bytes = zip(&[("index.html", b"<p>"), ("aaa.js", b"x")]);
    let at = bytes.windows(6).position(|six| six == b"aaa.js").expect("a local header");
    let mut lying = bytes;
    lying[at..at + 6].copy_from_slice(b"../xyz");
    assert_eq!(code(&lying), RefusalCode::Malformed);
}

#[test]
fn an_entry_in_an_old_encoding_is_read() {
    let facts = bundle(&zip(&[("index.html", b"<html><body><a href='caf\xe9.html'>")]));
    assert_eq!(facts.markup.urls[0].url, "café.html");
    assert_eq!(code(&zip(&[("index.html", b"<p>\0</p>")])), RefusalCode::BadText);
}
