//! The kinds of creative and of asset, and which slots of a kind take which assets. Knows no content.

/// The canonical kinds of creative (AdCP `format_kind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A picture with a click.
    Image,
    /// A zip with an HTML file to start from.
    Html5,
    /// A third-party tag: markup that loads the ad from elsewhere.
    DisplayTag,
    /// A video file, from which VAST is generated.
    VideoHosted,
    /// A VAST document.
    VideoVast,
    /// Texts and pictures that the page lays out (`OpenRTB` Native).
    NativeInFeed,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Image, Self::Html5, Self::DisplayTag, Self::VideoHosted, Self::VideoVast, Self::NativeInFeed];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Html5 => "html5",
            Self::DisplayTag => "display_tag",
            Self::VideoHosted => "video_hosted",
            Self::VideoVast => "video_vast",
            Self::NativeInFeed => "native_in_feed",
        }
    }

    /// The kind of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The slots that a manifest of this kind must fill, each with the asset kinds that it takes.
    pub const fn required_slots(self) -> &'static [(&'static str, &'static [AssetKind])] {
        match self {
            Self::Image => &[("image", &[AssetKind::Image])],
            Self::Html5 => &[("bundle", &[AssetKind::Zip])],
            Self::DisplayTag => &[("tag", &[AssetKind::Html, AssetKind::Javascript])],
            Self::VideoHosted => &[("video", &[AssetKind::Video])],
            Self::VideoVast => &[("vast", &[AssetKind::Vast])],
            Self::NativeInFeed => &[("title", &[AssetKind::Text]), ("main_image", &[AssetKind::Image])],
        }
    }

    /// The slots that a manifest of this kind may fill.
    pub const fn optional_slots(self) -> &'static [(&'static str, &'static [AssetKind])] {
        match self {
            Self::Image => &[("alt_text", &[AssetKind::Text])],
            Self::Html5 => &[("backup_image", &[AssetKind::Image])],
            Self::DisplayTag => &[("width", &[AssetKind::Text]), ("height", &[AssetKind::Text])],
            Self::VideoHosted => &[("title", &[AssetKind::Text]), ("poster", &[AssetKind::Image])],
            Self::VideoVast => &[("poster", &[AssetKind::Image])],
            Self::NativeInFeed => &[
                ("icon", &[AssetKind::Image]),
                ("sponsored", &[AssetKind::Text]),
                ("desc", &[AssetKind::Text]),
                ("desc2", &[AssetKind::Text]),
                ("rating", &[AssetKind::Text]),
                ("likes", &[AssetKind::Text]),
                ("downloads", &[AssetKind::Text]),
                ("price", &[AssetKind::Text]),
                ("saleprice", &[AssetKind::Text]),
                ("phone", &[AssetKind::Text]),
                ("address", &[AssetKind::Text]),
                ("displayurl", &[AssetKind::Text]),
                ("ctatext", &[AssetKind::Text]),
            ],
        }
    }

    pub(super) fn takes(self, slot: &str) -> Option<&'static [AssetKind]> {
        let mut all = self.required_slots().iter().chain(self.optional_slots());
        all.find(|(name, _)| *name == slot).map(|(_, kinds)| *kinds)
    }
}

/// The types of asset (AdCP asset types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssetKind {
    /// A picture.
    Image,
    /// A video file.
    Video,
    /// HTML markup.
    Html,
    /// JavaScript.
    Javascript,
    /// Plain text.
    Text,
    /// A VAST document.
    Vast,
    /// An HTML5 bundle.
    Zip,
}

impl AssetKind {
    /// Every type.
    pub const ALL: [Self; 7] =
        [Self::Image, Self::Video, Self::Html, Self::Javascript, Self::Text, Self::Vast, Self::Zip];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Html => "html",
            Self::Javascript => "javascript",
            Self::Text => "text",
            Self::Vast => "vast",
            Self::Zip => "zip",
        }
    }

    /// The type of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}
