//! Texts that people and systems give us, parsed once: names, labels, external ids, URLs.

use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_segmentation::UnicodeSegmentation;

/// Why a text was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing, or white space only.
    #[error("it must not be empty")]
    Empty,
    /// Longer than allowed, in characters as a person counts them.
    #[error("it has {found} characters; at most {allowed} are allowed")]
    TooLong {
        /// How many it has.
        found: usize,
        /// How many it may have.
        allowed: usize,
    },
    /// A control character, or one that reorders the text around it.
    #[error("it contains U+{0:04X}, a control or direction-changing character, which is not allowed here")]
    Forbidden(u32),
    /// Not an absolute http or https URL.
    #[error("it is not an absolute http or https URL")]
    NotAUrl,
    /// A URL that carries a user name or password.
    #[error("it carries a user name or password, which a stored URL must not")]
    Credentials,
    /// A character outside the allowed set.
    #[error("only {0} are allowed")]
    Charset(&'static str),
}

/// Bidirectional overrides, embeddings and isolates, and the invisible characters used to disguise text
/// (Unicode TR36, section 2.7; the "Trojan Source" set).
pub fn is_deceptive(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// Characters as a person counts them: extended grapheme clusters (Unicode Annex 29).
pub fn characters(text: &str) -> usize {
    text.graphemes(true).count()
}

fn clean(text: &str, allowed: usize) -> Result<Box<str>, TextError> {
    // A grapheme may hold any number of code points; bytes are bounded too, before anything walks the text.
    if text.len() > allowed * 32 {
        return Err(TextError::TooLong { found: text.chars().count(), allowed });
    }
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    // Most texts are ASCII: in NFC as they are, and without a character that deceives.
    let (text, forbidden) = if text.is_ascii() {
        (Box::from(text), text.bytes().find(u8::is_ascii_control).map(char::from))
    } else {
        let text: Box<str> = if is_nfc(text) { text.into() } else { text.nfc().collect::<String>().into() };
        let forbidden = text.chars().find(|c| c.is_control() || is_deceptive(*c));
        (text, forbidden)
    };
    if let Some(c) = forbidden {
        return Err(TextError::Forbidden(c.into()));
    }
    // No text has more characters than bytes; counting them costs much more than all the rest.
    if text.len() <= allowed {
        return Ok(text);
    }
    match characters(&text) {
        found if found > allowed => Err(TextError::TooLong { found, allowed }),
        _ => Ok(text),
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident, $max:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The most characters (grapheme clusters) it may have.
            pub const MAX: usize = $max;

            /// Trims, normalises to NFC, and refuses what is empty, too long or deceptive.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                clean(text, $max).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

texts! {
    /// What people call an account, a concept, a creative, a user or a key.
    Name, 200;
    /// A word stuck on a creative, to find it by.
    Label, 64;
    /// The caller's own id of a creative, unique in its account.
    ExternalId, 255;
    /// A remark of a person on a decision.
    Note, 4000;
    /// What a user signs in with: an e-mail address or a user name, compared without case.
    Login, 254;
    /// The id that a buying service gave a package or a media buy.
    ExternalRef, 255;
}

impl Login {
    /// The form that is compared and stored: lower case.
    #[must_use]
    pub fn folded(&self) -> Self {
        Self(self.0.to_lowercase().into())
    }
}

/// An absolute http or https URL, at most 4,096 bytes, kept as it was written. Macros such as `{CLICK_URL}`
/// may stand in its query.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebUrl(String);

impl WebUrl {
    /// The most bytes it may have.
    pub const MAX: usize = 4096;

    /// Refuses other schemes (`javascript:` among them), relative addresses, user names and passwords.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > Self::MAX {
            return Err(TextError::TooLong { found: text.len(), allowed: Self::MAX });
        }
        if let Some(c) = text.chars().find(|c| c.is_control() || is_deceptive(*c) || c.is_whitespace()) {
            return Err(TextError::Forbidden(c.into()));
        }
        // What browsers mend (`https:host`, `https:///host`, backslashes) others read differently.
        let after = text.split_once("://").map_or("", |(_, after)| after);
        if after.is_empty() || after.starts_with('/') || text.contains('\\') {
            return Err(TextError::NotAUrl);
        }
        let url = url::Url::parse(text).map_err(|_| TextError::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(TextError::NotAUrl);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TextError::Credentials);
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is encrypted.
    pub fn is_https(&self) -> bool {
        self.0.get(..8).is_some_and(|head| head.eq_ignore_ascii_case("https://"))
    }
}

impl std::fmt::Display for WebUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
