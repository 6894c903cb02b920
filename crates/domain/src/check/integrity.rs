//! What every creative must pass, whatever it runs as: each of its assets can be understood and is safe to hand out.

use super::{Check, FactsOf, Outcome, Report};
use crate::facts::{Facts, Refusal, RefusalCode};
use crate::manifest::{Manifest, Source};

const OURS: &str = "creativestore: what is taken in";

/// One check per asset, or one per reason why it is refused.
pub fn integrity(manifest: &Manifest, facts: &FactsOf) -> Report {
    let checks = manifest.assets().iter().flat_map(|(slot, asset)| {
        let at = format!("assets/{slot}");
        match (&asset.source, facts.get(slot)) {
            (Source::External(external), _) => vec![Check {
                rule: "not_inspected".into(),
                outcome: Outcome::Warning,
                at,
                found: format!("content at {}", external.url),
                allowed: "content that is uploaded is looked into; content that stays elsewhere is not"
                    .into(),
                source: OURS.into(),
                fix: "Upload the content, or check it where it is: it may change after approval.".into(),
            }],
            (Source::Blob(_) | Source::Inline(_), Some(facts)) => of(&at, facts),
            (Source::Blob(_) | Source::Inline(_), None) => vec![Check {
                rule: RefusalCode::InspectionFailed.as_str().into(),
                outcome: Outcome::Failed,
                at,
                found: "it was not looked into".into(),
                allowed: "content that could be looked into".into(),
                source: OURS.into(),
                fix: fix(RefusalCode::InspectionFailed).into(),
            }],
        }
    });
    Report { format: None, checks: checks.collect() }
}

/// The integrity report of a lone file.
pub fn refused(at: &str, facts: &Facts) -> Report {
    Report { format: None, checks: of(at, facts) }
}

fn of(at: &str, facts: &Facts) -> Vec<Check> {
    let found = match facts {
        Facts::Image(image) => format!("{}, {}x{}", image.image_type.media_type(), image.width, image.height),
        Facts::Html5(html5) => {
            format!("an HTML5 bundle of {} files, starting from {}", html5.files.len(), html5.entry)
        }
        Facts::Vast(vast) => format!("VAST {} with {} ads", vast.version, vast.ads.len()),
        Facts::Markup(markup) => format!("markup of {} bytes", markup.bytes),
        Facts::Text(text) => format!("text of {} characters", text.characters),
        Facts::Refused(refusals) => {
            return refusals.iter().map(|refusal| refusal_check(at, refusal)).collect();
        }
    };
    vec![Check {
        rule: "readable".into(),
        outcome: Outcome::Passed,
        at: at.into(),
        found,
        allowed: "content that can be read".into(),
        source: OURS.into(),
        fix: String::new(),
    }]
}

fn refusal_check(root: &str, refusal: &Refusal) -> Check {
    let Refusal { code, at, found, allowed } = refusal;
    Check {
        rule: code.as_str().into(),
        outcome: Outcome::Failed,
        at: if at.is_empty() { root.to_owned() } else { format!("{root}/{at}") },
        found: found.clone(),
        allowed: allowed.clone(),
        source: OURS.into(),
        fix: fix(*code).into(),
    }
}

const fn fix(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::UnknownType => {
            "Send a PNG, JPEG, GIF or WebP picture, an HTML5 zip, a VAST document or markup."
        }
        RefusalCode::TypeMismatch => "Put the file into a slot of its own type, or send the right file.",
        RefusalCode::Truncated => "Send the whole file: the upload or the export was cut short.",
        RefusalCode::Malformed => "Export the file again; a validator of its type shows where it breaks.",
        RefusalCode::TooManyPixels => "Scale the picture down: no placement shows one that large.",
        RefusalCode::TooManyFrames => "Use fewer frames.",
        RefusalCode::TooLarge => "Make the file smaller.",
        RefusalCode::TooManyFiles => "Take files out of the bundle that the ad does not load.",
        RefusalCode::Bomb => "Pack the bundle again with an ordinary zip tool, without padding files.",
        RefusalCode::PathEscape => "Pack the bundle again with relative paths inside its own folder.",
        RefusalCode::SpecialFile => "Put the file itself into the bundle instead of a link to it.",
        RefusalCode::Encrypted => "Pack the bundle again without a password.",
        RefusalCode::DuplicateEntry => "Pack the bundle again with every file once.",
        RefusalCode::ForbiddenXml => {
            "Take the document type declaration and its entities out: VAST needs neither."
        }
        RefusalCode::TooDeep => "Nest less deeply.",
        RefusalCode::BadText => "Save the text as UTF-8, without NUL and other control characters.",
        RefusalCode::NoEntryFile => "Put an index.html into the bundle.",
        RefusalCode::InspectionFailed => "Make the file simpler or smaller, then send it again.",
    }
}
