//! Tags: what a server needs to run a creative. A tag is a function of the active revision, the assignment
//! and the macros: the same inputs give the same bytes. Knows no clock, no chance and no network: addresses of
//! our own files are handed in. Which revision may be handed out is decided in `deliverable`, not here.

mod display;
mod escape;
mod json;
mod macros;
mod native;
pub mod preview;
mod scan;
mod stored;
mod vast;

use std::collections::BTreeMap;

pub use display::{CLICK_BRIDGE, bridged};
pub use macros::{MACROS, MacroError, Macros};
pub use scan::Malformed;

use crate::assignment::Assignment;
use crate::creative::RevisionRef;
use crate::facts::Facts;
use crate::id::CreativeId;
use crate::manifest::{Kind, Manifest, Source, TrackerEvent};
use crate::text::{ExternalRef, Name};
use macros::Fill;

/// A version of VAST that is generated here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VastVersion {
    /// 3.0
    V3_0,
    /// 4.0
    V4_0,
    /// 4.1
    V4_1,
    /// 4.2
    V4_2,
}

impl VastVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 4] = [Self::V3_0, Self::V4_0, Self::V4_1, Self::V4_2];

    /// As it stands in the `version` attribute.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V3_0 => "3.0",
            Self::V4_0 => "4.0",
            Self::V4_1 => "4.1",
            Self::V4_2 => "4.2",
        }
    }
}

/// The shapes that a tag can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Markup to put into a page.
    Html,
    /// Markup that keeps the ad in a sandboxed frame.
    Iframe,
    /// A script that puts the ad next to itself.
    Javascript,
    /// A VAST document: of this version, or, when none is named, of the version that it was stored in (4.2 when
    /// it is generated).
    Vast(Option<VastVersion>),
    /// An `OpenRTB` Native 1.2 response.
    Native,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 9] = [
        Self::Html,
        Self::Iframe,
        Self::Javascript,
        Self::Vast(None),
        Self::Vast(Some(VastVersion::V3_0)),
        Self::Vast(Some(VastVersion::V4_0)),
        Self::Vast(Some(VastVersion::V4_1)),
        Self::Vast(Some(VastVersion::V4_2)),
        Self::Native,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Iframe => "iframe",
            Self::Javascript => "javascript",
            Self::Vast(None) => "vast",
            Self::Vast(Some(VastVersion::V3_0)) => "vast_3.0",
            Self::Vast(Some(VastVersion::V4_0)) => "vast_4.0",
            Self::Vast(Some(VastVersion::V4_1)) => "vast_4.1",
            Self::Vast(Some(VastVersion::V4_2)) => "vast_4.2",
            Self::Native => "native",
        }
    }

    /// The channel of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }

    /// The channels that a kind of creative has, the usual one first.
    pub fn of(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Image | Kind::Html5 | Kind::DisplayTag => &Self::ALL[..3],
            Kind::VideoHosted | Kind::VideoVast => &Self::ALL[3..8],
            Kind::NativeInFeed => &Self::ALL[8..],
        }
    }
}

/// What stands before the percent-encoded landing page in a click address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Click {
    /// The universal macro `{CLICK_URL}`, filled when its value is given.
    #[default]
    Universal,
    /// A server's own macro, `%%CLICK_URL_ESC%%`, left as it is.
    Own(ClickMacro),
    /// Nothing: a click leads straight to the landing page.
    Direct,
}

/// A server's own click macro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickMacro(String);

/// The text is not a click macro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a click macro has 2 to 100 of the characters A-Z, a-z, 0-9 and `%${{}}[]#@_.-`, at least one of them a letter: `%%CLICK_URL_ESC%%`"
)]
pub struct NotAClickMacro;

impl ClickMacro {
    /// Reads a macro. What could be an address of its own (`:` or `/`) or end an attribute is refused.
    pub fn parse(text: &str) -> Result<Self, NotAClickMacro> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"%${}[]#@_.-".contains(&b);
        let fits = (2..=100).contains(&text.len())
            && text.bytes().all(plain)
            && text.bytes().any(|b| b.is_ascii_alphabetic());
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAClickMacro) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Addresses of our own files, as a server or a browser can reach them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// The address of each blob, by slot.
    pub assets: BTreeMap<String, String>,
    /// The address of the HTML file that a bundle starts from; files beside it are reached relative to it.
    pub entry: Option<String>,
}

/// All that a tag is made from.
#[derive(Clone, Copy, Debug)]
pub struct TagInput<'a> {
    /// The creative's id.
    pub creative: CreativeId,
    /// What people call it.
    pub name: &'a Name,
    /// The revision that is handed out.
    pub revision: RevisionRef,
    /// Its content.
    pub manifest: &'a Manifest,
    /// What was measured, by slot.
    pub facts: &'a BTreeMap<String, Facts>,
    /// The text of markup and VAST that is kept as a blob, by slot; inline text stands in the manifest.
    pub contents: &'a BTreeMap<String, String>,
    /// The use that it is handed out for.
    pub assignment: Option<&'a Assignment>,
    /// Where our files are.
    pub links: &'a Links,
    /// The slot's size in CSS pixels, for content that does not tell its own.
    pub size: Option<(u32, u32)>,
    /// Values for macros.
    pub macros: &'a Macros,
    /// How a click is led.
    pub click: &'a Click,
}

/// What a server runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The media type of the body.
    pub media_type: &'static str,
    /// The tag.
    pub body: String,
    /// Events that the manifest has trackers for and that a tag of this shape cannot tell of, once each.
    pub untold: Vec<TrackerEvent>,
}

/// Why there is no tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// The kind has no such channel.
    #[error("a creative of kind `{kind}` has no `{channel}` tag; possible: {possible}", kind = .kind.as_str(), channel = .channel.as_str(), possible = names(Channel::of(*.kind)))]
    Channel {
        /// The kind.
        kind: Kind,
        /// What was asked for.
        channel: Channel,
    },
    /// External media lacks declarations that the tag has to carry.
    #[error("the asset in `/assets/{slot}` stays elsewhere and does not declare {}; a new revision must", .missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))]
    Undeclared {
        /// The slot.
        slot: &'static str,
        /// The declarations that are missing.
        missing: Vec<&'static str>,
    },
    /// Nothing tells how large the ad is.
    #[error(
        "nothing tells the ad's size: name a size, or give a bundle `ad.size`, a tag the slots `width` and `height`, an external image its `width` and `height`"
    )]
    NoSize,
    /// The channel cannot do without a landing page.
    #[error("a `{channel}` tag needs the manifest's `click_url`", channel = .0.as_str())]
    NoClickUrl(Channel),
    /// A stored document is of another version than was asked for.
    #[error("the stored document is VAST {found}, not {asked}; ask for `vast` to have it as it was approved", asked = .asked.as_str())]
    VastVersion {
        /// The version it is of.
        found: String,
        /// The version that was asked for.
        asked: VastVersion,
    },
    /// A stored document cannot be read.
    #[error("the stored VAST document cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// A file's address or content was not handed in: the fault of whoever called.
    #[error("the address or content of `/assets/{0}` is not at hand")]
    Missing(&'static str),
}

fn names(channels: &[Channel]) -> String {
    channels.iter().map(|channel| format!("`{}`", channel.as_str())).collect::<Vec<_>>().join(", ")
}

/// The tag of a revision for a channel.
pub fn tag(input: &TagInput<'_>, channel: Channel) -> Result<Tag, TagError> {
    let kind = input.manifest.kind();
    if !Channel::of(kind).contains(&channel) {
        return Err(TagError::Channel { kind, channel });
    }
    match channel {
        Channel::Html => display::html(input),
        Channel::Iframe => display::iframe(input),
        Channel::Javascript => display::javascript(input),
        Channel::Vast(version) => match kind {
            Kind::VideoVast => stored::vast(input, version),
            _ => vast::inline(input, version.unwrap_or(VastVersion::V4_2)),
        },
        Channel::Native => native::response(input),
    }
}

impl<'a> TagInput<'a> {
    /// The macro values: those given, and the ids that we know.
    fn fill(&self) -> Fill {
        let creative = self.creative.to_string();
        let package = self.assignment.map(|use_| use_.package.as_str());
        let media_buy = self.assignment.and_then(|use_| use_.media_buy.as_ref()).map(ExternalRef::as_str);
        let known =
            [("CREATIVE_ID", Some(creative.as_str())), ("PACKAGE_ID", package), ("MEDIA_BUY_ID", media_buy)];
        Fill::new(self.macros, known)
    }

    /// The trackers of an event, macros filled, in a fixed order.
    fn trackers(&self, event: TrackerEvent) -> Vec<String> {
        let fill = self.fill();
        let of = self.manifest.trackers().iter().filter(|tracker| tracker.event == event);
        of.map(|tracker| fill.url(tracker.url.as_str())).collect()
    }

    /// The events that there are trackers for and that are not among those told.
    fn untold(&self, told: &[TrackerEvent]) -> Vec<TrackerEvent> {
        let mut events: Vec<_> = self.manifest.trackers().iter().map(|tracker| tracker.event).collect();
        events.dedup();
        events.retain(|event| !told.contains(event));
        events
    }

    /// Where a click leads: the redirect, then the landing page, percent-encoded once.
    fn click_address(&self) -> Option<String> {
        let landing = self.fill().url(self.manifest.click_url()?.as_str());
        Some(match self.redirect() {
            Some(redirect) => redirect + &escape::percent(&landing),
            None => landing,
        })
    }

    /// The same, percent-encoded once more to stand in a query. A macro that is left in place stays as it is:
    /// whoever fills it there percent-encodes its value.
    fn click_parameter(&self) -> Option<String> {
        let landing = escape::percent(&self.fill().url(self.manifest.click_url()?.as_str()));
        Some(match self.click {
            Click::Direct => landing,
            Click::Own(own) => own.0.clone() + &escape::percent(&landing),
            Click::Universal => {
                escape::percent(&self.redirect().unwrap_or_default()) + &escape::percent(&landing)
            }
        })
    }

    fn redirect(&self) -> Option<String> {
        match self.click {
            Click::Universal => Some(self.fill().url("{CLICK_URL}")),
            Click::Own(own) => Some(own.0.clone()),
            Click::Direct => None,
        }
    }

    /// The address that a slot's content is loaded from.
    fn address(&self, slot: &'static str) -> Result<Option<&'a str>, TagError> {
        match self.manifest.assets().get(slot).map(|asset| &asset.source) {
            None | Some(Source::Inline(_)) => Ok(None),
            Some(Source::External(external)) => Ok(Some(external.url.as_str())),
            Some(Source::Blob(_)) => {
                self.links.assets.get(slot).map(|url| Some(url.as_str())).ok_or(TagError::Missing(slot))
            }
        }
    }

    /// The text of a slot that holds markup; `None` when it stays elsewhere.
    fn content(&self, slot: &'static str) -> Result<Option<&'a str>, TagError> {
        match self.manifest.assets().get(slot).map(|asset| &asset.source) {
            Some(Source::Inline(text)) => Ok(Some(text)),
            Some(Source::Blob(_)) => {
                self.contents.get(slot).map(|text| Some(text.as_str())).ok_or(TagError::Missing(slot))
            }
            None | Some(Source::External(_)) => Ok(None),
        }
    }

    /// The size of a slot's picture, as measured or as declared.
    fn picture_size(&self, slot: &str) -> Option<(u32, u32)> {
        match (self.facts.get(slot), self.manifest.assets().get(slot).map(|asset| &asset.source)) {
            (Some(Facts::Image(image)), _) => Some((image.width, image.height)),
            (_, Some(Source::External(external))) => external.width.zip(external.height),
            _ => None,
        }
    }

    /// How large the ad is in a page: its own size, else that of the slot.
    fn ad_size(&self) -> Option<(u32, u32)> {
        let number = |slot| self.manifest.text(slot).and_then(|text| text.trim().parse::<u32>().ok());
        let own = match self.manifest.kind() {
            Kind::Image => self.picture_size("image"),
            Kind::Html5 => match self.facts.get("bundle") {
                Some(Facts::Html5(bundle)) => bundle.markup.ad_size,
                _ => None,
            },
            Kind::DisplayTag => {
                number("width").zip(number("height")).or_else(|| match self.facts.get("tag") {
                    Some(Facts::Markup(markup)) => markup.ad_size,
                    _ => None,
                })
            }
            Kind::VideoHosted => self.picture_size("video"),
            Kind::VideoVast => match self.facts.get("vast") {
                Some(Facts::Vast(vast)) => {
                    let mut files = vast.ads.iter().flat_map(|ad| &ad.creatives).flat_map(|c| &c.media_files);
                    files.find_map(|file| file.width.zip(file.height))
                }
                _ => None,
            },
            Kind::NativeInFeed => None,
        };
        own.or(self.size)
    }
}
