//! Universal macros: `{NAME}`, filled when a value is given and left in place when not. Values are
//! percent-encoded wherever the context is, or may be, a URL. Other systems' macros (`${…}`, `%%…%%`, `[…]`)
//! are not ours to touch.

use std::collections::BTreeMap;

use super::escape;

/// The names that are known (AdCP 3.0, `enums/universal-macro.json`).
pub const MACROS: [&str; 69] = [
    "MEDIA_BUY_ID",
    "PACKAGE_ID",
    "CREATIVE_ID",
    "CACHEBUSTER",
    "TIMESTAMP",
    "CLICK_URL",
    "GDPR",
    "GDPR_CONSENT",
    "US_PRIVACY",
    "GPP_STRING",
    "GPP_SID",
    "IP_ADDRESS",
    "LIMIT_AD_TRACKING",
    "DEVICE_TYPE",
    "OS",
    "OS_VERSION",
    "DEVICE_MAKE",
    "DEVICE_MODEL",
    "USER_AGENT",
    "APP_BUNDLE",
    "APP_NAME",
    "COUNTRY",
    "REGION",
    "CITY",
    "ZIP",
    "DMA",
    "LAT",
    "LONG",
    "DEVICE_ID",
    "DEVICE_ID_TYPE",
    "DOMAIN",
    "PAGE_URL",
    "REFERRER",
    "KEYWORDS",
    "PLACEMENT_ID",
    "FOLD_POSITION",
    "AD_WIDTH",
    "AD_HEIGHT",
    "VIDEO_ID",
    "VIDEO_TITLE",
    "VIDEO_DURATION",
    "VIDEO_CATEGORY",
    "CONTENT_GENRE",
    "CONTENT_RATING",
    "PLAYER_WIDTH",
    "PLAYER_HEIGHT",
    "POD_POSITION",
    "POD_SIZE",
    "AD_BREAK_ID",
    "STATION_ID",
    "COLLECTION_NAME",
    "INSTALLMENT_ID",
    "AUDIO_DURATION",
    "TMPX",
    "AXEM",
    "CATALOG_ID",
    "SKU",
    "GTIN",
    "OFFERING_ID",
    "JOB_ID",
    "HOTEL_ID",
    "FLIGHT_ID",
    "VEHICLE_ID",
    "LISTING_ID",
    "STORE_ID",
    "PROGRAM_ID",
    "DESTINATION_ID",
    "CREATIVE_VARIANT_ID",
    "APP_ITEM_ID",
];

/// The most bytes of a name.
const LONGEST: usize = 19;

/// The most bytes of a value.
const MAX_VALUE: usize = 4096;

/// Why macro values were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MacroError {
    /// Names that are no universal macros.
    #[error("no universal macros: {}; names are written without braces: `CACHEBUSTER`", .0.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))]
    Unknown(Vec<String>),
    /// A value that is too long.
    #[error("the value of `{name}` has {found} bytes; at most {MAX_VALUE} are allowed")]
    TooLong {
        /// The macro.
        name: &'static str,
        /// How many bytes it has.
        found: usize,
    },
    /// A click redirect that is no address.
    #[error(
        "the value of `CLICK_URL` must be an absolute http or https URL to which a percent-encoded landing page can be appended"
    )]
    ClickUrl,
}

/// Values for universal macros. Only known names are in it, and only an http or https URL as `CLICK_URL`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Macros(BTreeMap<&'static str, String>);

impl Macros {
    /// Reads names and values; all unknown names are reported together.
    pub fn parse<N: AsRef<str>, V: Into<String>>(
        given: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, MacroError> {
        let mut values = BTreeMap::new();
        let mut unknown = Vec::new();
        for (name, value) in given {
            match known(name.as_ref()) {
                Some(name) => drop(values.insert(name, value.into())),
                None => unknown.push(name.as_ref().to_owned()),
            }
        }
        if !unknown.is_empty() {
            return Err(MacroError::Unknown(unknown));
        }
        if let Some((name, value)) = values.iter().find(|(_, value)| value.len() > MAX_VALUE) {
            return Err(MacroError::TooLong { name, found: value.len() });
        }
        if let Some(value) = values.get_mut("CLICK_URL") {
            let url = crate::text::WebUrl::parse(value).map_err(|_| MacroError::ClickUrl)?;
            *value = escape::address(url.as_str());
        }
        Ok(Self(values))
    }
}

fn known(name: &str) -> Option<&'static str> {
    MACROS.into_iter().find(|known| *known == name)
}

/// Values at hand, ready to be filled in.
pub(super) struct Fill(BTreeMap<&'static str, String>);

impl Fill {
    /// The values that were given, and before them those that we know ourselves.
    pub(super) fn new<'v>(
        given: &Macros,
        known: impl IntoIterator<Item = (&'static str, Option<&'v str>)>,
    ) -> Self {
        let known = known.into_iter().filter_map(|(name, value)| Some((name, value?.to_owned())));
        let mut values: BTreeMap<_, _> = known.collect();
        values.extend(given.0.iter().map(|(name, value)| (*name, value.clone())));
        Self(values)
    }

    /// Fills the macros of a URL. The click redirect stands as it is where the URL begins, and is
    /// percent-encoded, as all others are, anywhere else.
    pub(super) fn url(&self, url: &str) -> String {
        replace(url, |before, name| self.value(name, before.trim().is_empty(), false), str::to_owned)
    }

    /// Fills the macros of text that people read; the caller escapes the result.
    pub(super) fn text(&self, text: &str) -> String {
        let plain = |name| self.0.get(name).cloned().unwrap_or_else(|| format!("{{{name}}}"));
        replace(text, |_, name| plain(name), str::to_owned)
    }

    /// Fills the macros of markup whose contexts only its author knows: percent-encoded text cannot end any of
    /// them. `entities` says that `&` is written `&amp;` here.
    pub(super) fn markup(&self, text: &str, entities: bool) -> String {
        replace(text, |before, name| self.value(name, begins(before), entities), str::to_owned)
    }

    fn value(&self, name: &'static str, begins: bool, entities: bool) -> String {
        match self.0.get(name) {
            None => format!("{{{name}}}"),
            Some(value) if name == "CLICK_URL" && begins && entities => value.replace('&', "&amp;"),
            Some(value) if name == "CLICK_URL" && begins => value.clone(),
            Some(value) => escape::component(value),
        }
    }
}

/// Whether a URL begins here, in a string, a quoted or an unquoted attribute, `url(…)` or text of an element.
fn begins(before: &str) -> bool {
    let before = before.trim_end();
    match before.chars().next_back() {
        None | Some('"' | '\'' | '`' | '(' | '>' | '[') => true,
        Some('=') => {
            let name = before.trim_end_matches('=');
            name.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-')
                .ends_with(char::is_whitespace)
        }
        Some(_) => false,
    }
}

/// Replaces each macro in a text by what `value` makes of the text before it and its name, and all the rest by
/// what `between` makes of it.
pub(super) fn replace(
    text: &str,
    value: impl Fn(&str, &'static str) -> String,
    between: impl Fn(&str) -> String,
) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut done, mut from) = (0, 0);
    while let Some(open) = text[from..].find('{').map(|at| from + at) {
        from = open + 1;
        // `${NAME}` and `{{NAME}}` are other systems' macros.
        if text[..open].ends_with(['$', '{']) {
            continue;
        }
        // No name is longer: the bound keeps a text of nothing but braces linear.
        let near = text.as_bytes()[from..].iter().take(LONGEST + 1).position(|byte| *byte == b'}');
        let Some(close) = near.map(|at| from + at) else { continue };
        if let Some(name) = known(&text[from..close])
            && !text[close + 1..].starts_with('}')
        {
            out.push_str(&between(&text[done..open]));
            out.push_str(&value(&text[..open], name));
            (done, from) = (close + 1, close + 1);
        }
    }
    out.push_str(&between(&text[done..]));
    out
}
