//! Which inspector looks at which bytes: by what they are and what they are said to be.

use std::io;

use creativestore_domain::facts::{Facts, RefusalCode};
use creativestore_domain::manifest::AssetKind;
use creativestore_ports::inspector::Derived;

use crate::refuse::{Emit, Stop, facts_of, refusal};
use crate::sniff::{Sniffed, sniff};
use crate::{bundle, markup, picture, plain, vast};

/// Measures bytes that are said to be an asset of kind `expected`, in this process, unconfined: for tools and
/// tests over files that are trusted. The server goes through [`crate::MediaInspector`].
pub fn inspect_bytes(expected: Option<AssetKind>, bytes: &[u8]) -> (Facts, Vec<Derived>) {
    let mut derived = Vec::new();
    let facts = look(expected, bytes, &mut |one| {
        derived.push(one);
        Ok(())
    });
    match facts {
        Ok(facts) => (facts, derived),
        // Collecting never fails, so this is not reached; it is still an answer.
        Err(error) => {
            (Facts::Refused(vec![refusal(RefusalCode::InspectionFailed, error.to_string(), "")]), derived)
        }
    }
}

/// Measures bytes that are said to be an asset of kind `expected`.
pub fn look(expected: Option<AssetKind>, bytes: &[u8], emit: &mut Emit<'_>) -> io::Result<Facts> {
    facts_of(look_at(expected, bytes, emit))
}

fn look_at(expected: Option<AssetKind>, bytes: &[u8], emit: &mut Emit<'_>) -> Result<Facts, Stop> {
    let sniffed = sniff(bytes);
    match (expected, sniffed) {
        (Some(AssetKind::Image) | None, Sniffed::Image(image)) => {
            picture::inspect(image, bytes, emit).map(Facts::Image)
        }
        (Some(AssetKind::Vast), Sniffed::Xml | Sniffed::Markup | Sniffed::Unknown) => {
            Ok(Facts::Vast(vast::inspect(bytes)?))
        }
        (None, Sniffed::Xml) if vast::is_vast(bytes) => Ok(Facts::Vast(vast::inspect(bytes)?)),
        (Some(AssetKind::Zip) | None, Sniffed::Zip) => bundle::inspect(bytes, emit).map(Facts::Html5),
        (Some(AssetKind::Html), Sniffed::Markup | Sniffed::Xml | Sniffed::Text | Sniffed::Unknown)
        | (None, Sniffed::Markup | Sniffed::Xml) => Ok(Facts::Markup(markup::inspect_html(bytes)?)),
        (Some(AssetKind::Javascript), Sniffed::Text | Sniffed::Markup | Sniffed::Unknown) => {
            Ok(Facts::Markup(markup::inspect_script(bytes)?))
        }
        (Some(AssetKind::Text), _) => Ok(Facts::Text(plain::inspect(bytes)?)),
        (expected, sniffed) => Err(wrong_type(expected, sniffed).into()),
    }
}

fn wrong_type(expected: Option<AssetKind>, sniffed: Sniffed) -> creativestore_domain::facts::Refusal {
    let found = sniffed.name();
    let allowed = match expected {
        None => "a PNG, JPEG, GIF or WebP picture, a zip, VAST or HTML",
        Some(AssetKind::Image) => "a PNG, JPEG, GIF or WebP picture",
        Some(AssetKind::Zip) => "a zip archive",
        Some(AssetKind::Vast) => "a VAST document",
        Some(AssetKind::Html) => "HTML markup",
        Some(AssetKind::Javascript) => "JavaScript",
        Some(AssetKind::Text) => "plain text",
        Some(AssetKind::Video) => "nothing yet: video files are not looked into by this version",
    };
    let unknown = matches!(expected, None | Some(AssetKind::Video))
        || matches!(sniffed, Sniffed::Unknown | Sniffed::Empty);
    let code = if unknown { RefusalCode::UnknownType } else { RefusalCode::TypeMismatch };
    refusal(code, found, allowed)
}
