//! The serializable twins of what the media process finds. What comes back from it is as hostile as what went
//! in: every count and length is bounded again before it becomes a fact.

mod html5;
mod picture;
mod vast;

use creativestore_domain::facts as domain;
use creativestore_domain::hash::Sha256;
use creativestore_ports::inspector as ports;
use serde::{Deserialize, Serialize};

/// The process says something that no honest one would.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Hostile(String);

/// The most bytes of one text, of whatever meaning.
const MAX_TEXT: usize = 8 * 1024;
/// The most refusals of one file.
const MAX_REFUSALS: usize = 100;

fn text(text: String) -> Result<String, Hostile> {
    if text.len() > MAX_TEXT {
        return Err(Hostile(format!("a text of {} bytes; at most {MAX_TEXT} are allowed", text.len())));
    }
    Ok(text)
}

fn maybe_text(maybe: Option<String>) -> Result<Option<String>, Hostile> {
    maybe.map(text).transpose()
}

fn list<T, U>(
    items: Vec<T>,
    most: usize,
    convert: impl FnMut(T) -> Result<U, Hostile>,
) -> Result<Vec<U>, Hostile> {
    if items.len() > most {
        return Err(Hostile(format!("a list of {}; at most {most} are allowed", items.len())));
    }
    items.into_iter().map(convert).collect()
}

fn named<T: Copy>(name: &str, all: &[T], name_of: fn(T) -> &'static str) -> Result<T, Hostile> {
    all.iter()
        .copied()
        .find(|item| name_of(*item) == name)
        .ok_or_else(|| Hostile(format!("{:?} is no name that is known", crate::refuse::shorten(name, 40))))
}

fn media_type(text: String) -> Result<String, Hostile> {
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-".contains(&byte))
    };
    match text.split_once('/') {
        Some((kind, rest)) if text.len() <= 100 && token(kind) && token(rest) => Ok(text),
        _ => Err(Hostile(format!("{:?} is no media type", crate::refuse::shorten(&text, 40)))),
    }
}

/// A path inside a bundle: relative, and of plain parts.
fn path(path: String) -> Result<String, Hostile> {
    let plain = |part: &str| !matches!(part, "" | "." | "..");
    if path.len() > 1024 || path.contains(['\\', '\0']) || !path.split('/').all(plain) {
        return Err(Hostile(format!("{:?} is no path in a bundle", crate::refuse::shorten(&path, 40))));
    }
    Ok(path)
}

fn sha256(text: &str) -> Result<Sha256, Hostile> {
    Sha256::parse(text).map_err(|error| Hostile(error.to_string()))
}

/// Twin of [`domain::Facts`].
#[derive(Debug, Serialize, Deserialize)]
pub enum Facts {
    Image(picture::Picture),
    Html5(Box<html5::Html5>),
    Vast(vast::Vast),
    Markup(html5::Markup),
    Text { bytes: u64, characters: u32 },
    Refused(Vec<Refusal>),
}

impl From<&domain::Facts> for Facts {
    fn from(facts: &domain::Facts) -> Self {
        match facts {
            domain::Facts::Image(image) => Self::Image(image.into()),
            domain::Facts::Html5(html5) => Self::Html5(Box::new(html5.into())),
            domain::Facts::Vast(vast) => Self::Vast(vast.into()),
            domain::Facts::Markup(markup) => Self::Markup(markup.into()),
            domain::Facts::Text(domain::TextFacts { bytes, characters }) => {
                Self::Text { bytes: *bytes, characters: *characters }
            }
            domain::Facts::Refused(refusals) => {
                Self::Refused(refusals.iter().take(MAX_REFUSALS).map(Into::into).collect())
            }
        }
    }
}

impl TryFrom<Facts> for domain::Facts {
    type Error = Hostile;

    fn try_from(facts: Facts) -> Result<Self, Hostile> {
        Ok(match facts {
            Facts::Image(image) => Self::Image(image.try_into()?),
            Facts::Html5(html5) => Self::Html5((*html5).try_into()?),
            Facts::Vast(vast) => Self::Vast(vast.try_into()?),
            Facts::Markup(markup) => Self::Markup(markup.try_into()?),
            Facts::Text { bytes, characters } => Self::Text(domain::TextFacts { bytes, characters }),
            Facts::Refused(refusals) if refusals.is_empty() => {
                return Err(Hostile("a refusal without a reason".into()));
            }
            Facts::Refused(refusals) => Self::Refused(list(refusals, MAX_REFUSALS, TryInto::try_into)?),
        })
    }
}

/// Twin of [`domain::Refusal`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Refusal {
    code: String,
    at: String,
    found: String,
    allowed: String,
}

impl From<&domain::Refusal> for Refusal {
    fn from(refusal: &domain::Refusal) -> Self {
        let domain::Refusal { code, at, found, allowed } = refusal;
        Self {
            code: code.as_str().to_owned(),
            at: at.clone(),
            found: found.clone(),
            allowed: allowed.clone(),
        }
    }
}

impl TryFrom<Refusal> for domain::Refusal {
    type Error = Hostile;

    fn try_from(refusal: Refusal) -> Result<Self, Hostile> {
        let Refusal { code, at, found, allowed } = refusal;
        Ok(Self {
            code: named(&code, &domain::RefusalCode::ALL, domain::RefusalCode::as_str)?,
            at: text(at)?,
            found: text(found)?,
            allowed: text(allowed)?,
        })
    }
}

/// Twin of [`ports::Derived`], its bytes left out: they follow in frames of their own.
#[derive(Debug, Serialize, Deserialize)]
pub struct Derived {
    recipe: String,
    media_type: String,
    size: Option<(u32, u32)>,
    bytes: u64,
}

impl From<&ports::Derived> for Derived {
    fn from(derived: &ports::Derived) -> Self {
        let ports::Derived { recipe, media_type, size, bytes } = derived;
        Self {
            recipe: recipe.to_string(),
            media_type: media_type.clone(),
            size: *size,
            bytes: bytes.len() as u64,
        }
    }
}

impl Derived {
    /// How many bytes are to follow.
    pub fn announced(&self) -> u64 {
        self.bytes
    }

    /// What it is once its bytes are there.
    pub fn with(self, bytes: bytes::Bytes) -> Result<ports::Derived, Hostile> {
        let Self { recipe, media_type: kind, size, bytes: _ } = self;
        let recipe = match domain::Recipe::parse(&recipe) {
            Some(domain::Recipe::File(name)) => domain::Recipe::File(path(name)?),
            Some(recipe) => recipe,
            None => return Err(Hostile("a recipe that is not known".into())),
        };
        Ok(ports::Derived { recipe, media_type: media_type(kind)?, size, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_path_is_refused() {
        for bad in ["../x", "a/../x", "/etc/passwd", "", "a//b", "a\\b", "a\0b"] {
            path(bad.to_owned()).expect_err(bad);
        }
        path("img/a b.png".to_owned()).expect("a plain path");
    }

    #[test]
    fn a_hostile_media_type_is_refused() {
        for bad in ["", "image", "image/", "image/png\r\nset-cookie: a=b", "text/html; charset=x"] {
            media_type(bad.to_owned()).expect_err(bad);
        }
        media_type("image/svg+xml".to_owned()).expect("a media type");
    }

    #[test]
    fn a_refusal_without_a_reason_and_an_unknown_code_are_refused() {
        domain::Facts::try_from(Facts::Refused(vec![])).expect_err("no reason");
        let unknown =
            Refusal { code: "fine".into(), at: String::new(), found: String::new(), allowed: String::new() };
        domain::Facts::try_from(Facts::Refused(vec![unknown])).expect_err("unknown code");
    }
}
