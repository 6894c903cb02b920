//! Texts, ids, windows and hashes, read from what strangers send.

use std::time::Duration;

use creativestore_domain::assignment::Weight;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, CreativeId};
use creativestore_domain::revision::RevisionNo;
use creativestore_domain::text::{Label, Login, Name, TextError, WebUrl, characters};
use creativestore_domain::time::{Backwards, Timestamp, Window};
use proptest::prelude::*;
use uuid::Uuid;

use crate::given::at;

#[test]
fn characters_are_counted_as_a_person_counts_them() {
    for (text, count) in [
        ("Caffè", 5),
        ("Caffe\u{300}", 5),
        ("👩‍👩‍👧‍👦", 1),
        ("🇳🇴🇩🇪", 2),
        ("각", 1),
        ("\u{1100}\u{1161}\u{11A8}", 1),
        ("क्षि", 1),
        ("a\r\nb", 3),
        ("", 0),
    ] {
        assert_eq!(characters(text), count, "{text:?}");
    }
}

#[test]
fn names_are_trimmed_and_composed_and_two_spellings_are_one() {
    let composed = Name::parse("  Caffè Aurora ").expect("a name");
    assert_eq!(composed.as_str(), "Caffè Aurora");
    assert_eq!(Name::parse("Caffe\u{300} Aurora").expect("a name"), composed);
}

#[test]
fn nul_control_characters_and_direction_overrides_are_refused_by_number() {
    for (text, code) in [
        ("a\0b", 0),
        ("a\u{7}b", 7),
        ("a\nb", 0xA),
        ("a\u{202E}gnp.exe", 0x202E),
        ("a\u{2066}b", 0x2066),
        ("a\u{FEFF}b", 0xFEFF),
    ] {
        assert_eq!(Name::parse(text), Err(TextError::Forbidden(code)), "{text:?}");
    }
    // Joiners are part of emoji and of several scripts; right-to-left text needs no override.
    assert!(Name::parse("👩‍💻 שלום مرحبا").is_ok());
}

#[test]
fn length_is_bounded_in_characters_and_in_bytes() {
    assert!(Name::parse(&"é".repeat(Name::MAX)).is_ok());
    assert_eq!(
        Name::parse(&"é".repeat(Name::MAX + 1)),
        Err(TextError::TooLong { found: Name::MAX + 1, allowed: Name::MAX })
    );
    assert!(matches!(Name::parse(&"x".repeat(10_000_000)), Err(TextError::TooLong { .. })));
    // One character as a person counts, and still refused: a tower of a hundred thousand accents.
    let tower = format!("a{}", "\u{301}".repeat(100_000));
    assert_eq!(characters(&tower), 1);
    assert!(matches!(Label::parse(&tower), Err(TextError::TooLong { .. })));
    assert_eq!(Label::parse(" \u{3000} "), Err(TextError::Empty));
}

#[test]
fn logins_are_compared_without_case() {
    let folded = Login::parse("Ana@Example.ORG").expect("a login").folded();
    assert_eq!(folded.as_str(), "ana@example.org");
}

#[test]
fn web_addresses_are_absolute_http_or_https_and_nothing_else() {
    for good in [
        "https://aurora.example",
        "HTTP://aurora.example/a?b=c#d",
        "https://aurora.example/?r={CACHEBUSTER}&c=%%CLICK%%",
        "https://[2001:db8::1]:8443/x",
        "https://café.example/ü",
    ] {
        assert_eq!(WebUrl::parse(good).map(|url| url.as_str().to_owned()).as_deref(), Ok(good));
    }
    assert!(WebUrl::parse("https://a.example").is_ok_and(|url| url.is_https()));
    assert!(WebUrl::parse("http://a.example").is_ok_and(|url| !url.is_https()));
    for bad in [
        "javascript:alert(1)",
        "JaVaScRiPt://aurora.example/%0aalert(1)",
        "data:text/html,<script>",
        "ftp://aurora.example/",
        "//aurora.example/",
        "/path",
        "aurora.example",
        "https://",
        // Browsers read these as an address of another host, or relative to the page.
        "https:aurora.example",
        "https:/aurora.example",
        "https:///aurora.example",
        "https:\\\\aurora.example",
        "https://aurora.example\\@other.example/",
    ] {
        assert_eq!(WebUrl::parse(bad), Err(TextError::NotAUrl), "{bad}");
    }
    for bad in ["https://user@aurora.example/", "https://user:secret@aurora.example/"] {
        assert_eq!(WebUrl::parse(bad), Err(TextError::Credentials), "{bad}");
    }
    for bad in ["https://aurora.example/a b", "https://aurora.example/\0", "https://aurora.example/\u{202E}"]
    {
        assert!(matches!(WebUrl::parse(bad), Err(TextError::Forbidden(_))), "{bad}");
    }
    let long = format!("https://aurora.example/{}", "x".repeat(WebUrl::MAX));
    assert!(matches!(WebUrl::parse(&long), Err(TextError::TooLong { .. })));
    assert_eq!(WebUrl::parse(""), Err(TextError::Empty));
}

#[test]
fn an_id_is_read_only_in_the_form_it_is_written_and_only_as_its_own_kind() {
    let id = CreativeId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00AB));
    let text = id.to_string();
    assert_eq!(text, "cr_019000000000700080000000000000ab");
    assert_eq!(CreativeId::parse(&text), Ok(id));
    assert_eq!(
        AccountId::parse(&text).expect_err("another kind").to_string(),
        "not an account id: expected `acc_` and 32 lower-case hexadecimal digits"
    );
    for bad in [
        "",
        "cr_",
        "cr_019000000000700080000000000000AB",
        "cr_01900000-0000-7000-8000-0000000000ab",
        "cr_019000000000700080000000000000a",
        "cr_019000000000700080000000000000abc",
        " cr_019000000000700080000000000000ab",
        "CR_019000000000700080000000000000ab",
        "019000000000700080000000000000ab",
        "cr_01900000000070008000000000000é",
    ] {
        assert!(CreativeId::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn ids_sort_as_text_as_they_sort_by_time() {
    let early = CreativeId::new(Uuid::from_u128(1 << 100));
    let late = CreativeId::new(Uuid::from_u128(3 << 100));
    assert!(early < late && early.to_string() < late.to_string());
}

#[test]
fn a_window_contains_its_beginning_and_not_its_end() {
    let window = Window::new(Some(at(10)), Some(at(20))).expect("forwards");
    for (moment, inside) in [(9, false), (10, true), (19, true), (20, false)] {
        assert_eq!(window.covers(at(moment)), inside, "{moment}");
    }
    assert_eq!(Window::new(Some(at(20)), Some(at(20))), Err(Backwards));
    assert_eq!(Window::new(Some(at(21)), Some(at(20))), Err(Backwards));
    assert!(Window::ALWAYS.covers(at(i64::MIN)) && Window::ALWAYS.covers(at(i64::MAX)));
}

#[test]
fn moments_stop_at_the_ends_of_their_range() {
    let end = Timestamp::from_micros(i64::MAX);
    assert_eq!(end.plus(Duration::MAX), end);
    assert_eq!(at(i64::MIN).minus(Duration::MAX), at(i64::MIN));
    assert_eq!(at(5).since(at(9)), Duration::ZERO);
    assert_eq!(at(9).since(at(5)), Duration::from_micros(4));
}

#[test]
fn numbers_with_a_range_refuse_what_is_outside_of_it() {
    assert!(RevisionNo::new(0).is_none());
    assert!(Weight::new(0).is_err() && Weight::new(10_001).is_err());
    assert!(Weight::new(1).is_ok() && Weight::new(10_000).is_ok());
}

#[test]
fn a_hash_is_sixty_four_hexadecimal_digits_of_either_case() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(Sha256::of(b"").to_string(), empty);
    assert_eq!(Sha256::parse(&empty.to_uppercase()), Ok(Sha256::of(b"")));
    for bad in ["", "e3b0", &"g".repeat(64), &"é".repeat(32), &format!("{empty}0")] {
        assert!(Sha256::parse(bad).is_err(), "{bad:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_taken_as_a_name_is_taken_again_unchanged(text in "\\PC{0,40}|.{0,40}") {
        if let Ok(name) = Name::parse(&text) {
            prop_assert_eq!(Name::parse(name.as_str()), Ok(name.clone()));
            prop_assert!(!name.as_str().chars().any(char::is_control));
        }
    }

    #[test]
    fn no_text_breaks_the_reading_of_addresses_ids_and_hashes(text in ".{0,80}") {
        let _ = (WebUrl::parse(&text), CreativeId::parse(&text), Sha256::parse(&text));
    }
}
