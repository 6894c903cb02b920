//! A manifest: the content of one revision. Named slots hold typed assets; beside them stand the formats it
//! is made for, the click URL and the trackers. Its canonical hash decides whether content changed.

mod kind;

use std::collections::{BTreeMap, BTreeSet};

pub use kind::{AssetKind, Kind};

use crate::format::FormatId;
use crate::hash::{Canonical, Sha256};
use crate::text::{TextError, WebUrl};

/// Where an asset's content is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Bytes that we hold, in the same account.
    Blob(Sha256),
    /// Text that stands in the manifest itself.
    Inline(String),
    /// Content that stays elsewhere: kept as an address, not fetched, not inspected.
    External(External),
}

/// Content that stays elsewhere, with what its owner says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    /// The address.
    pub url: WebUrl,
    /// The media type it is said to have.
    pub media_type: Option<String>,
    /// The width in pixels it is said to have.
    pub width: Option<u32>,
    /// The height in pixels it is said to have.
    pub height: Option<u32>,
    /// The duration in milliseconds it is said to have.
    pub duration_ms: Option<u64>,
    /// The bit rate in kbit/s it is said to have.
    pub bitrate_kbps: Option<u32>,
}

/// One typed piece of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its type.
    pub kind: AssetKind,
    /// Where its content is.
    pub source: Source,
}

impl Asset {
    /// The hash of the bytes that are ours: a blob's, or an inline text's. `None` for external content.
    pub fn sha256(&self) -> Option<Sha256> {
        match &self.source {
            Source::Blob(sha256) => Some(*sha256),
            Source::Inline(text) => Some(Sha256::of(text.as_bytes())),
            Source::External(_) => None,
        }
    }

    /// Inline text, when that is what it is.
    pub fn inline(&self) -> Option<&str> {
        match &self.source {
            Source::Inline(text) => Some(text),
            Source::Blob(_) | Source::External(_) => None,
        }
    }
}

/// What a tracker is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrackerEvent {
    /// The ad was shown.
    Impression,
    /// The ad was in view.
    ViewableImpression,
    /// The ad was clicked.
    Click,
    /// A video began.
    Start,
    /// A quarter of it was played.
    FirstQuartile,
    /// Half of it was played.
    Midpoint,
    /// Three quarters of it were played.
    ThirdQuartile,
    /// All of it was played.
    Complete,
}

impl TrackerEvent {
    /// Every event.
    pub const ALL: [Self; 8] = [
        Self::Impression,
        Self::ViewableImpression,
        Self::Click,
        Self::Start,
        Self::FirstQuartile,
        Self::Midpoint,
        Self::ThirdQuartile,
        Self::Complete,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Impression => "impression",
            Self::ViewableImpression => "viewable_impression",
            Self::Click => "click",
            Self::Start => "start",
            Self::FirstQuartile => "first_quartile",
            Self::Midpoint => "midpoint",
            Self::ThirdQuartile => "third_quartile",
            Self::Complete => "complete",
        }
    }

    /// The event of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == text)
    }
}

/// A URL that is told when something happens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tracker {
    /// When.
    pub event: TrackerEvent,
    /// Whom.
    pub url: WebUrl,
}

/// What is wrong with a manifest, with a JSON-pointer-like path into it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {problem}")]
pub struct ManifestError {
    /// Where: `/assets/image`.
    pub at: String,
    /// What.
    pub problem: ManifestProblem,
}

/// The ways in which a manifest can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestProblem {
    /// A slot that the kind requires is empty.
    #[error("a creative of kind `{kind}` needs this slot; it takes {takes}")]
    MissingSlot {
        /// The kind.
        kind: &'static str,
        /// The asset kinds it takes.
        takes: String,
    },
    /// A slot that the kind does not have.
    #[error("a creative of kind `{kind}` has no such slot; it has {has}")]
    UnknownSlot {
        /// The kind.
        kind: &'static str,
        /// The slots it has.
        has: String,
    },
    /// An asset of a kind that the slot does not take.
    #[error("this slot takes {takes}, not `{found}`")]
    WrongKind {
        /// What was given.
        found: &'static str,
        /// What it takes.
        takes: String,
    },
    /// Inline content where only bytes or an address make sense, or the reverse.
    #[error("an asset of type `{kind}` is given as {allowed}")]
    WrongSource {
        /// The asset kind.
        kind: &'static str,
        /// How it is given.
        allowed: &'static str,
    },
    /// An inline text that is refused.
    #[error("{0}")]
    Text(#[from] TextError),
    /// Too much of something.
    #[error("{found} given; at most {allowed} are allowed")]
    TooMany {
        /// How many there are.
        found: usize,
        /// How many there may be.
        allowed: usize,
    },
}

/// The immutable content of one revision. Only valid ones exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    kind: Kind,
    formats: BTreeSet<FormatId>,
    assets: BTreeMap<String, Asset>,
    click_url: Option<WebUrl>,
    trackers: BTreeSet<Tracker>,
}

/// The most bytes of inline markup or VAST.
pub const MAX_INLINE_MARKUP: usize = 256 * 1024;
/// The most characters of an inline text.
pub const MAX_INLINE_TEXT: usize = 1_000;
/// The most trackers of a manifest.
pub const MAX_TRACKERS: usize = 100;
/// The most formats that a manifest may name.
pub const MAX_FORMATS: usize = 50;

impl Manifest {
    /// Puts a manifest together, or says everything that is wrong with it.
    pub fn new(
        kind: Kind,
        formats: BTreeSet<FormatId>,
        assets: BTreeMap<String, Asset>,
        click_url: Option<WebUrl>,
        trackers: BTreeSet<Tracker>,
    ) -> Result<Self, Vec<ManifestError>> {
        let mut errors = Vec::new();
        for (slot, takes) in kind.required_slots() {
            if !assets.contains_key(*slot) {
                let problem = ManifestProblem::MissingSlot { kind: kind.as_str(), takes: names(takes) };
                errors.push(ManifestError { at: format!("/assets/{slot}"), problem });
            }
        }
        for (slot, asset) in &assets {
            if let Err(problem) = fits(kind, slot, asset) {
                let slot = slot.replace('~', "~0").replace('/', "~1");
                errors.push(ManifestError { at: format!("/assets/{slot}"), problem });
            }
        }
        for (at, found, allowed) in
            [("/trackers", trackers.len(), MAX_TRACKERS), ("/formats", formats.len(), MAX_FORMATS)]
        {
            if found > allowed {
                errors.push(ManifestError {
                    at: at.into(),
                    problem: ManifestProblem::TooMany { found, allowed },
                });
            }
        }
        if errors.is_empty() { Ok(Self { kind, formats, assets, click_url, trackers }) } else { Err(errors) }
    }

    /// The kind of creative that it is the content of.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The formats that it is made for and must pass; may be empty.
    pub const fn formats(&self) -> &BTreeSet<FormatId> {
        &self.formats
    }

    /// The assets, by slot.
    pub const fn assets(&self) -> &BTreeMap<String, Asset> {
        &self.assets
    }

    /// Where a click leads. Never a media URL.
    pub const fn click_url(&self) -> Option<&WebUrl> {
        self.click_url.as_ref()
    }

    /// Who is told of what.
    pub const fn trackers(&self) -> &BTreeSet<Tracker> {
        &self.trackers
    }

    /// The inline text of a slot.
    pub fn text(&self, slot: &str) -> Option<&str> {
        self.assets.get(slot).and_then(Asset::inline)
    }

    /// The blobs it refers to.
    pub fn blobs(&self) -> BTreeSet<Sha256> {
        let blob = |asset: &Asset| match asset.source {
            Source::Blob(sha256) => Some(sha256),
            Source::Inline(_) | Source::External(_) => None,
        };
        self.assets.values().filter_map(blob).collect()
    }

    /// The identity of the content: equal exactly when everything that is content is equal, in whatever
    /// order it was written.
    pub fn canonical_hash(&self) -> Sha256 {
        let Self { kind, formats, assets, click_url, trackers } = self;
        let mut hash = Canonical::new("creativestore manifest 1");
        hash.text(kind.as_str());
        hash.count(formats.len());
        for format in formats {
            hash.text(format.as_str());
        }
        hash.count(assets.len());
        for (slot, Asset { kind, source }) in assets {
            hash.text(slot);
            hash.text(kind.as_str());
            match source {
                Source::Blob(sha256) => {
                    hash.text("blob");
                    hash.text(&sha256.to_string());
                }
                Source::Inline(text) => {
                    hash.text("inline");
                    hash.text(text);
                }
                Source::External(External { url, media_type, width, height, duration_ms, bitrate_kbps }) => {
                    hash.text("external");
                    hash.text(url.as_str());
                    hash.optional(media_type.as_deref());
                    for number in [
                        width.map(u64::from),
                        height.map(u64::from),
                        *duration_ms,
                        bitrate_kbps.map(u64::from),
                    ] {
                        hash.optional(number.map(|n| n.to_string()).as_deref());
                    }
                }
            }
        }
        hash.optional(click_url.as_ref().map(WebUrl::as_str));
        hash.count(trackers.len());
        for Tracker { event, url } in trackers {
            hash.text(event.as_str());
            hash.text(url.as_str());
        }
        hash.finish()
    }
}

fn names(kinds: &[AssetKind]) -> String {
    kinds.iter().map(|kind| format!("`{}`", kind.as_str())).collect::<Vec<_>>().join(" or ")
}

fn fits(kind: Kind, slot: &str, asset: &Asset) -> Result<(), ManifestProblem> {
    let Some(takes) = kind.takes(slot) else {
        let has = kind.required_slots().iter().chain(kind.optional_slots());
        let has = has.map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        return Err(ManifestProblem::UnknownSlot { kind: kind.as_str(), has });
    };
    if !takes.contains(&asset.kind) {
        return Err(ManifestProblem::WrongKind { found: asset.kind.as_str(), takes: names(takes) });
    }
    let wrong = |allowed| Err(ManifestProblem::WrongSource { kind: asset.kind.as_str(), allowed });
    match (asset.kind, &asset.source) {
        (AssetKind::Image, Source::Inline(_)) => wrong("a blob or a URL"),
        (AssetKind::Video, Source::Inline(_) | Source::Blob(_)) => wrong("a URL"),
        (AssetKind::Zip, Source::Inline(_) | Source::External(_)) => wrong("a blob"),
        (AssetKind::Text, Source::Blob(_) | Source::External(_)) => wrong("inline text"),
        (AssetKind::Text, Source::Inline(text)) => inline(text, MAX_INLINE_TEXT),
        (_, Source::Inline(text)) => markup(text),
        (_, Source::External(external)) => external.media_type.as_deref().map_or(Ok(()), media_type),
        (_, Source::Blob(_)) => Ok(()),
    }
}

/// A media type without parameters: two tokens of RFC 6838, section 4.2.
fn media_type(text: &str) -> Result<(), ManifestProblem> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b);
    let token = |part: &str| (1..=127).contains(&part.len()) && part.bytes().all(plain);
    match text.split_once('/') {
        Some((kind, subtype)) if token(kind) && token(subtype) => Ok(()),
        _ => Err(TextError::Charset("media types such as `video/mp4`, without parameters,").into()),
    }
}

/// Text that people read: no control character but the line break, nothing that turns the text around.
fn inline(text: &str, allowed: usize) -> Result<(), ManifestProblem> {
    if text.len() > allowed * 32 {
        return Err(TextError::TooLong { found: text.chars().count(), allowed }.into());
    }
    if text.trim().is_empty() {
        return Err(TextError::Empty.into());
    }
    let forbidden = |c: &char| (c.is_control() && *c != '\n') || crate::text::is_deceptive(*c);
    if let Some(c) = text.chars().find(forbidden) {
        return Err(TextError::Forbidden(c.into()).into());
    }
    match crate::text::characters(text) {
        found if found > allowed => Err(TextError::TooLong { found, allowed }.into()),
        _ => Ok(()),
    }
}

/// Text that machines read: looked inside later, by the confined process. NUL is refused here.
fn markup(text: &str) -> Result<(), ManifestProblem> {
    if text.len() > MAX_INLINE_MARKUP {
        return Err(TextError::TooLong { found: text.len(), allowed: MAX_INLINE_MARKUP }.into());
    }
    if text.trim().is_empty() {
        return Err(TextError::Empty.into());
    }
    if text.contains('\0') {
        return Err(TextError::Forbidden(0).into());
    }
    Ok(())
}
