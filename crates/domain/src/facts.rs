//! What was measured in a file or a text. Facts come from bytes, never from names or declared types, and
//! only from the confined media process.

mod vast;

pub use vast::{VastAd, VastCreative, VastFacts, VastMediaFile};

use crate::hash::Sha256;

/// The version of the measuring: raised whenever the same bytes would give other facts.
pub const INSPECTOR_VERSION: u32 = 1;

/// What a file turned out to be, from its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Facts {
    /// A picture that decodes.
    Image(ImageFacts),
    /// An HTML5 bundle that unpacks safely.
    Html5(Html5Facts),
    /// A VAST document that parses.
    Vast(VastFacts),
    /// HTML or JavaScript markup: a third-party tag.
    Markup(MarkupFacts),
    /// Plain text, counted.
    Text(TextFacts),
    /// It could not be understood, or is not allowed in: the reasons, never empty.
    Refused(Vec<Refusal>),
}

/// One reason why bytes were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, as a stable code.
    pub code: RefusalCode,
    /// Where: a path in the bundle, a byte offset, a line; empty when it is the whole.
    pub at: String,
    /// What was found, for people.
    pub found: String,
    /// What is allowed, for people.
    pub allowed: String,
}

/// Why bytes are refused, whatever format they were meant for. `as_str` gives the stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusalCode {
    /// The bytes are of no type that is taken here.
    UnknownType,
    /// The bytes are of another type than the asset says (an image where a zip is due).
    TypeMismatch,
    /// The file ends too early.
    Truncated,
    /// The file breaks the rules of its own type.
    Malformed,
    /// More pixels than are decoded here.
    TooManyPixels,
    /// More frames than are read here.
    TooManyFrames,
    /// More bytes than are read here.
    TooLarge,
    /// More files than a bundle may have.
    TooManyFiles,
    /// It unpacks to too much: in all, or by ratio, or because entries overlap.
    Bomb,
    /// A path that leaves the bundle, or is absolute, or cannot be a file name.
    PathEscape,
    /// A symbolic link or other special file in a bundle.
    SpecialFile,
    /// An encrypted entry.
    Encrypted,
    /// Two entries of one name.
    DuplicateEntry,
    /// A document type declaration or an entity in XML.
    ForbiddenXml,
    /// Nesting deeper than is read here.
    TooDeep,
    /// Text that is not UTF-8, or has NUL or other forbidden characters.
    BadText,
    /// An HTML5 bundle without an HTML file to start from.
    NoEntryFile,
    /// Looking inside took too much time or memory, or broke the process that did it.
    InspectionFailed,
}

impl RefusalCode {
    /// Every code.
    pub const ALL: [Self; 18] = [
        Self::UnknownType,
        Self::TypeMismatch,
        Self::Truncated,
        Self::Malformed,
        Self::TooManyPixels,
        Self::TooManyFrames,
        Self::TooLarge,
        Self::TooManyFiles,
        Self::Bomb,
        Self::PathEscape,
        Self::SpecialFile,
        Self::Encrypted,
        Self::DuplicateEntry,
        Self::ForbiddenXml,
        Self::TooDeep,
        Self::BadText,
        Self::NoEntryFile,
        Self::InspectionFailed,
    ];

    /// The stable code, as stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownType => "unknown_type",
            Self::TypeMismatch => "type_mismatch",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
            Self::TooManyPixels => "too_many_pixels",
            Self::TooManyFrames => "too_many_frames",
            Self::TooLarge => "too_large",
            Self::TooManyFiles => "too_many_files",
            Self::Bomb => "bomb",
            Self::PathEscape => "path_escape",
            Self::SpecialFile => "special_file",
            Self::Encrypted => "encrypted",
            Self::DuplicateEntry => "duplicate_entry",
            Self::ForbiddenXml => "forbidden_xml",
            Self::TooDeep => "too_deep",
            Self::BadText => "bad_text",
            Self::NoEntryFile => "no_entry_file",
            Self::InspectionFailed => "inspection_failed",
        }
    }
}

/// The image types that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImageType {
    /// PNG, animated or not.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF, animated or not.
    Gif,
    /// WebP, lossy or lossless, animated or not.
    Webp,
}

impl ImageType {
    /// Every type.
    pub const ALL: [Self; 4] = [Self::Png, Self::Jpeg, Self::Gif, Self::Webp];

    /// The media type: `image/png`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }

    /// The usual file ending: `png`.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::Webp => "webp",
        }
    }
}

/// What was measured in a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFacts {
    /// Its type.
    pub image_type: ImageType,
    /// Width in pixels as it is shown, orientation applied.
    pub width: u32,
    /// Height in pixels as it is shown, orientation applied.
    pub height: u32,
    /// Bytes of the file.
    pub bytes: u64,
    /// Whether any pixel can be less than opaque.
    pub alpha: bool,
    /// The Exif orientation, 1 to 8; 1 when there is none.
    pub orientation: u8,
    /// The colour profile's description, or `embedded` when it has no name; `None` means sRGB is assumed.
    pub colour_profile: Option<String>,
    /// The animation, when there is more than one frame.
    pub animation: Option<Animation>,
    /// A 64-bit perceptual hash of the first frame; similar pictures differ in few bits.
    pub perceptual_hash: u64,
}

/// How a picture moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Animation {
    /// Frames in one pass.
    pub frames: u32,
    /// One pass, in milliseconds, with the delays that browsers really use (0 and 10 ms become 100 ms).
    pub pass_ms: u64,
    /// How often it plays; `None` means for ever.
    pub plays: Option<u32>,
    /// The shortest time that a frame stands, in milliseconds: what frame-rate limits are about.
    pub shortest_frame_ms: u32,
}

impl Animation {
    /// How long it moves in all, in milliseconds; `None` means for ever.
    pub fn total_ms(&self) -> Option<u64> {
        self.plays.map(|plays| self.pass_ms.saturating_mul(u64::from(plays)))
    }
}

/// What was measured in an HTML5 bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Html5Facts {
    /// Bytes of the zip.
    pub bytes: u64,
    /// Bytes of all files, unpacked.
    pub unpacked_bytes: u64,
    /// The HTML file it starts from.
    pub entry: String,
    /// How many HTML files there are in the folder that the entry was chosen from.
    pub entry_candidates: u32,
    /// All files, by path.
    pub files: Vec<BundleFile>,
    /// The deepest folder level: 0 when all files are at the root.
    pub depth: u32,
    /// Paths of archives inside the archive.
    pub nested_archives: Vec<String>,
    /// The markup of the entry file.
    pub markup: MarkupFacts,
    /// Bytes that load before anything is asked for: the entry and the bundle's files that it refers to.
    pub initial_bytes: u64,
    /// Requests of the initial load, the entry included, files outside the bundle included.
    pub initial_requests: u32,
}

/// One file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleFile {
    /// Its path, with `/` between the parts, relative to the root of the bundle.
    pub path: String,
    /// Bytes, unpacked.
    pub bytes: u64,
    /// The hash of the unpacked bytes.
    pub sha256: Sha256,
    /// The media type, from the bytes where they tell, otherwise from the ending.
    pub media_type: String,
}

/// What was measured in HTML or JavaScript.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarkupFacts {
    /// Bytes of the markup.
    pub bytes: u64,
    /// Whether there is a `<!doctype>`.
    pub doctype: bool,
    /// Whether there are `<html>` and `<body>` (`<head>` may be left out by the rules of HTML).
    pub html_and_body: bool,
    /// `<meta name="ad.size" content="width=300,height=250">`, when it reads as one.
    pub ad_size: Option<(u32, u32)>,
    /// `<meta name="ad.orientation">`, as written.
    pub ad_orientation: Option<String>,
    /// The click tags that were recognised, in the order they stand.
    pub click_tags: Vec<ClickTag>,
    /// Every URL that is called or linked to, once each, in the order they stand.
    pub urls: Vec<CalledUrl>,
    /// Elements that some platforms refuse, once each: `form`, `video`, `audio`, `iframe`, `object`, `embed`.
    pub elements: Vec<String>,
    /// Script calls that some platforms refuse, once each: `window.open`, `localStorage`, `eval`,
    /// `document.write`, `Enabler.exit`, `ExitApi.exit`, `mraid.open`, `parent`, `top`.
    pub calls: Vec<String>,
    /// Names of macros found in it, without their braces, once each: `CLICK_URL`, `CACHEBUSTER`.
    pub macros: Vec<String>,
}

/// A click tag, by its shape (`formats.md`, section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickTag {
    /// The shape.
    pub form: ClickTagForm,
    /// The variable's or exit's name: `clickTag`, `clickTag2`, `Background Exit`.
    pub name: String,
    /// The literal URL, where the shape has one.
    pub url: Option<String>,
    /// Whether it stands inside `<head>` of the primary HTML.
    pub in_head: bool,
    /// The file it was found in; empty for a tag.
    pub file: String,
}

/// The shapes of a click tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClickTagForm {
    /// `var clickTag = "https://…"`
    Variable,
    /// `window.clickTag` read or written.
    WindowProperty,
    /// `clickTag=` read from the query string.
    QueryString,
    /// `Enabler.exit('name')` of Studio and Google Web Designer.
    EnablerExit,
    /// `ExitApi.exit()` of Google Ads.
    ExitApi,
    /// `mraid.open()` of in-app ads.
    MraidOpen,
}

impl ClickTagForm {
    /// Every form.
    pub const ALL: [Self; 6] = [
        Self::Variable,
        Self::WindowProperty,
        Self::QueryString,
        Self::EnablerExit,
        Self::ExitApi,
        Self::MraidOpen,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Variable => "variable",
            Self::WindowProperty => "window_property",
            Self::QueryString => "query_string",
            Self::EnablerExit => "enabler_exit",
            Self::ExitApi => "exit_api",
            Self::MraidOpen => "mraid_open",
        }
    }
}

/// A URL that markup or a document calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledUrl {
    /// As written.
    pub url: String,
    /// What for.
    pub usage: UrlUsage,
    /// The file of the bundle it stands in; empty for a tag or document.
    pub file: String,
}

impl CalledUrl {
    /// Whether it is called unencrypted.
    pub fn is_plain_http(&self) -> bool {
        self.url.get(..7).is_some_and(|head| head.eq_ignore_ascii_case("http://"))
    }

    /// The host, lower case, when it has one.
    pub fn host(&self) -> Option<String> {
        let absolute =
            if self.url.starts_with("//") { format!("https:{}", self.url) } else { self.url.clone() };
        url::Url::parse(&absolute).ok()?.host_str().map(str::to_lowercase)
    }
}

/// What a URL is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UrlUsage {
    /// Loaded: a script, style sheet, picture, font, frame or media file.
    Resource,
    /// Told: a tracker or beacon.
    Tracker,
    /// Gone to on a click.
    Click,
    /// Found in script text; what for is not known.
    Script,
}

impl UrlUsage {
    /// Every usage.
    pub const ALL: [Self; 4] = [Self::Resource, Self::Tracker, Self::Click, Self::Script];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Tracker => "tracker",
            Self::Click => "click",
            Self::Script => "script",
        }
    }
}

/// What was measured in a plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextFacts {
    /// Bytes in UTF-8.
    pub bytes: u64,
    /// Characters as a person counts them: extended grapheme clusters.
    pub characters: u32,
}

/// A blob derived from another by a named recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendition {
    /// What it was derived by.
    pub recipe: Recipe,
    /// The derived bytes' hash.
    pub sha256: Sha256,
    /// The derived bytes' size.
    pub bytes: u64,
    /// The derived bytes' type.
    pub media_type: String,
    /// Width and height, for pictures.
    pub size: Option<(u32, u32)>,
}

/// How a rendition is derived. Written `thumbnail-320` and `file:img/logo.png`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recipe {
    /// A still, first-frame picture inside a square of this side, never enlarged.
    Thumbnail(u32),
    /// A file of a bundle, unpacked.
    File(String),
}

/// The usual sizes of a thumbnail: the side, in pixels, of the square that it fits in.
pub const THUMBNAILS: [u32; 3] = [64, 320, 1024];

impl Recipe {
    /// Reads the form that `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(path) = text.strip_prefix("file:") {
            return (!path.is_empty()).then(|| Self::File(path.to_owned()));
        }
        let side = text.strip_prefix("thumbnail-")?.parse().ok()?;
        THUMBNAILS.contains(&side).then_some(Self::Thumbnail(side))
    }
}

impl std::fmt::Display for Recipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Thumbnail(side) => write!(f, "thumbnail-{side}"),
            Self::File(path) => write!(f, "file:{path}"),
        }
    }
}
