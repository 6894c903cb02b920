//! Plain texts.

use creativestore_domain::facts::{Facts, RefusalCode, TextFacts};
use creativestore_domain::manifest::AssetKind;
use creativestore_media::inspect_bytes;

use crate::made::refused;

#[test]
fn text_is_counted_as_a_person_counts() {
    let text = "Grüße 👩‍👩‍👧!";
    let facts = inspect_bytes(Some(AssetKind::Text), text.as_bytes()).0;
    assert_eq!(facts, Facts::Text(TextFacts { bytes: text.len() as u64, characters: 8 }));
}

#[test]
fn text_that_hides_something_is_refused() {
    let nul = b"a\0b".to_vec();
    let override_ = "pay \u{202e}evil".as_bytes().to_vec();
    let latin = vec![b'a', 0xe9, b'b'];
    for bad in [nul, override_, latin] {
        assert_eq!(refused(AssetKind::Text, &bad), RefusalCode::BadText);
    }
}

#[test]
fn ten_megabytes_of_text_are_refused() {
    assert_eq!(refused(AssetKind::Text, &vec![b'a'; 10_000_000]), RefusalCode::TooLarge);
}
