//! What a placement accepts: a kind of creative, narrowed by rules. Formats are data; this is the shape of
//! that data and the vocabulary of rules that the engine in `check` can apply.

use crate::manifest::Kind;
use crate::text::Name;

/// The id of a format: `[A-Za-z0-9_-]+`, at most 100 characters (AdCP `format_id.id`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormatId(String);

/// The text is not a format id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a format id has 1 to 100 of the characters A-Z, a-z, 0-9, `_` and `-`")]
pub struct NotAFormatId;

impl FormatId {
    /// Reads a format id.
    pub fn parse(text: &str) -> Result<Self, NotAFormatId> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        let fits = (1..=100).contains(&text.len()) && text.bytes().all(plain);
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAFormatId) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for FormatId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A format of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// Its id.
    pub id: FormatId,
    /// Raised with every change of its rules; what a check run records.
    pub version: u32,
    /// What people call it.
    pub name: Name,
    /// Whose it is: `IAB`, `Google Campaign Manager 360`.
    pub owner: String,
    /// The kind of creative that it takes.
    pub kind: Kind,
    /// The slot's size in CSS pixels, where there is just one: what previews are shown in.
    pub size: Option<(u32, u32)>,
    /// Its rules, in the order they are reported.
    pub rules: Vec<Rule>,
}

/// One rule of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Unique in its format: `dimensions`, `initial_load`.
    pub id: String,
    /// Whether breaking it fails or warns.
    pub severity: Severity,
    /// What is asked.
    pub test: Test,
    /// Whose rule it is: standard and section, or the address of the page.
    pub source: String,
    /// What to do when it is broken, for people.
    pub fix: String,
}

/// What breaking a rule means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It must not run there: a platform's or publisher's own limit.
    Fail,
    /// A recommendation, or a number that is not confirmed.
    Warn,
}

/// What a rule asks. Each variant is one question that the engine can answer from a manifest and its facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// The picture, bundle (`ad.size`), tag or video has one of these sizes, in pixels.
    Dimensions(Vec<(u32, u32)>),
    /// The picture in the slot has at least this size.
    MinSize {
        /// The slot.
        slot: String,
        /// Least width, in pixels.
        width: u32,
        /// Least height, in pixels.
        height: u32,
    },
    /// No side of any picture is longer.
    MaxSize {
        /// Most width, in pixels.
        width: u32,
        /// Most height, in pixels.
        height: u32,
    },
    /// The picture in the slot has one of these ratios of width to height, within 2 %.
    AspectRatio {
        /// The slot.
        slot: String,
        /// The ratios, as width and height: `(191, 100)`.
        ratios: Vec<(u32, u32)>,
    },
    /// The file (picture or zip) weighs at most this many bytes.
    MaxBytes(u64),
    /// What loads at first weighs at most this many bytes: the picture, or the entry and what it refers to.
    MaxInitialBytes(u64),
    /// What loads after weighs at most this many bytes.
    MaxSubloadBytes(u64),
    /// The initial load makes at most this many requests.
    MaxInitialRequests(u32),
    /// Pictures are of one of these media types.
    ImageTypes(Vec<String>),
    /// An animation is over after this many milliseconds in all, repeats included.
    MaxAnimationMs(u64),
    /// An animation shows fewer than this many frames a second.
    FrameRateBelow(u32),
    /// The bundle has at most this many files.
    MaxFiles(u32),
    /// The bundle has at most this many folder levels.
    MaxDepth(u32),
    /// The bundle's files end in one of these, lower case, without the dot.
    FileExtensions(Vec<String>),
    /// No archive inside the archive.
    NoNestedArchives,
    /// Exactly one HTML file to start from.
    OneEntryFile,
    /// `<!doctype>`, `<html>` and `<body>`.
    CompleteHtml,
    /// `<meta name="ad.size">` is there and reads as a size.
    AdSizeMeta,
    /// `<meta name="ad.orientation">` says portrait or landscape, or `ad.size` is one of these sizes.
    OrientationOrSize(Vec<(u32, u32)>),
    /// A click tag of one of these forms; none named means any. In `<head>`, when asked.
    ClickTag {
        /// The forms that count.
        forms: Vec<crate::facts::ClickTagForm>,
        /// Whether it must stand in `<head>` of the primary HTML.
        in_head: bool,
    },
    /// Nothing is loaded, told or linked over plain http.
    HttpsOnly,
    /// Resources come from the bundle or from these hosts only.
    ResourceHosts(Vec<String>),
    /// None of these elements.
    NoElements(Vec<String>),
    /// None of these script calls.
    NoCalls(Vec<String>),
    /// The manifest has a click URL, or the markup a click tag or click macro.
    HasClick,
    /// The VAST version is one of these.
    VastVersions(Vec<String>),
    /// The document has the namespace that its version requires.
    VastNamespace,
    /// There is at least one ad.
    VastHasAd,
    /// Every inline ad or wrapper has an `<Impression>`.
    VastImpression,
    /// Every inline ad has `<AdTitle>`.
    VastAdTitle,
    /// Every inline ad has a `<Creative>`.
    VastCreatives,
    /// Every ad has `<AdSystem>`.
    VastAdSystem,
    /// Every linear creative has a `<Duration>` that reads.
    VastDuration,
    /// Every linear creative of an inline ad has a `<MediaFile>`, each with delivery, type, width and height.
    VastMediaFiles,
    /// Every creative of an inline ad has a `<UniversalAdId>` with `idRegistry` and a value.
    VastUniversalAdId,
    /// No creative has more than one `<UniversalAdId>`.
    VastOneUniversalAdId,
    /// Every ad has `<AdServingId>`.
    VastAdServingId,
    /// Every `<Category>` has `authority`, every `<Pricing>` `model` and `currency`.
    VastAttributes,
    /// Every wrapper has `<VASTAdTagURI>`.
    VastWrapperUri,
    /// No media file uses VPAID.
    VastNoVpaid,
    /// Some media file is progressive MP4.
    VastProgressiveMp4,
    /// Linear duration is one of these, in milliseconds, give or take the tolerance.
    LinearDuration {
        /// The durations, in milliseconds.
        allowed_ms: Vec<u64>,
        /// How far off it may be, in milliseconds.
        tolerance_ms: u64,
    },
    /// The text in the slot has at most this many characters, as a person counts them.
    MaxCharacters {
        /// The slot.
        slot: String,
        /// The most characters.
        max: u32,
    },
    /// The text in the slot is a whole number in this range.
    IntegerBetween {
        /// The slot.
        slot: String,
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// External media has one of these media types.
    MediaTypes(Vec<String>),
}
