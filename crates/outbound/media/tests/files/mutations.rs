//! Whatever is done to sound files, looking inside ends with an answer.

use std::sync::LazyLock;

use creativestore_domain::facts::Facts;
use creativestore_domain::manifest::AssetKind;
use creativestore_media::inspect_bytes;
use image::ImageFormat;
use image::codecs::gif::Repeat;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::made::{animated_webp, apng, colours, file, gif, jpeg, png, zip};
use crate::vast::INLINE;

const PAGE: &str = r#"<!doctype html><html><head><meta name="ad.size" content="width=300,height=250">
    <style>@import "a.css"; b { background: url('c.png') }</style><link rel=stylesheet href=a.css>
    <script src="b.js"></script><script>var clickTag = "https://example.com/{CLICK_URL}"; /[/'"]+/.test(`x`)</script>
    </head><body onclick="window.open(window.clickTag)"><noscript><img src="//x.example/"></noscript></body></html>"#;

static SOUND: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let picture = png(24, 16);
    vec![
        picture.clone(),
        apng(12, 8, &[0, 100], 2),
        jpeg(24, 16),
        gif(24, 16, &[100, 0, 50], Some(Repeat::Infinite)),
        file(colours(24, 16), ImageFormat::WebP),
        animated_webp(12, 8, &[10, 20], 0),
        zip(&[
            ("x/index.html", PAGE.as_bytes()),
            ("x/a.css", b"@import url(d.css); e { background: url(img.png) }"),
            ("x/b.js", b"Enabler.exit('a'); location.search.split('clickTag=')"),
            ("x/img.png", &picture),
        ]),
        INLINE.as_bytes().to_vec(),
        PAGE.as_bytes().to_vec(),
    ]
});

#[derive(Clone, Debug)]
enum Damage {
    Set(Index, u8),
    Cut(Index),
    Drop(Index, u8),
    Repeat(Index, u8, u8),
    Insert(Index, Vec<u8>),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let range = |at: &Index, length: u8| {
            let start = at.index(bytes.len());
            start..bytes.len().min(start + usize::from(length))
        };
        match self {
            Self::Set(at, value) => {
                let at = at.index(bytes.len());
                bytes[at] = *value;
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Drop(at, length) => {
                bytes.drain(range(at, *length));
            }
            Self::Repeat(at, length, times) => {
                let range = range(at, *length);
                let again = bytes[range.clone()].repeat(usize::from(*times));
                bytes.splice(range.start..range.start, again);
            }
            Self::Insert(at, more) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, more.iter().copied());
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, value)| Damage::Set(at, value)),
        1 => any::<Index>().prop_map(Damage::Cut),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, length)| Damage::Drop(at, length)),
        1 => (any::<Index>(), any::<u8>(), 1_u8..4).prop_map(|(at, length, times)| Damage::Repeat(at, length, times)),
        1 => (any::<Index>(), prop::collection::vec(any::<u8>(), 1..40)).prop_map(|(at, more)| Damage::Insert(at, more)),
    ]
}

fn kind() -> impl Strategy<Value = Option<AssetKind>> {
    prop_oneof![Just(None), prop::sample::select(AssetKind::ALL.to_vec()).prop_map(Some)]
}

fn answers(expected: Option<AssetKind>, bytes: &[u8]) -> Result<(), TestCaseError> {
    match inspect_bytes(expected, bytes) {
        (Facts::Refused(reasons), _) => prop_assert!(!reasons.is_empty(), "a refusal has its reasons"),
        (Facts::Image(facts), derived) => {
            prop_assert!(facts.width > 0 && facts.height > 0 && !derived.is_empty());
        }
        (_, _) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_get_an_answer(
        which in any::<Index>(),
        damages in prop::collection::vec(damage(), 1..6),
        expected in kind(),
        as_it_is in any::<bool>(),
    ) {
        let mut bytes = SOUND[which.index(SOUND.len())].clone();
        for damage in &damages {
            damage.apply(&mut bytes);
        }
        answers(if as_it_is { None } else { expected }, &bytes)?;
    }

    #[test]
    fn random_bytes_behind_a_magic_number_get_an_answer(
        which in any::<Index>(),
        keep in 2_usize..64,
        rest in prop::collection::vec(any::<u8>(), 0..400),
        expected in kind(),
    ) {
        let sound = &SOUND[which.index(SOUND.len())];
        let bytes = [&sound[..keep.min(sound.len())], &rest].concat();
        answers(expected, &bytes)?;
    }

    #[test]
    fn any_text_gets_an_answer(text in "[<>/!\\-\\[\\]{}%$'\"`=(): a-zA-Z0-9\\\\\n.&;#é]{0,300}", expected in kind()) {
        answers(expected, text.as_bytes())?;
        answers(Some(AssetKind::Html), format!("<script>{text}</script><style>{text}</style><a {text}>").as_bytes())?;
        answers(Some(AssetKind::Javascript), format!("x {text}").as_bytes())?;
        answers(Some(AssetKind::Vast), format!("<VAST version='3.0'>{text}</VAST>").as_bytes())?;
    }
}
