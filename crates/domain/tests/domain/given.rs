//! What tests begin with: small, valid things. Knows no expectation.

use std::collections::{BTreeMap, BTreeSet};

use creativestore_domain::access::Actor;
use creativestore_domain::account::ChangePolicy;
use creativestore_domain::assignment::{Assignment, Weight};
use creativestore_domain::creative::{Creative, Draft, Labels, Metadata, RevisionRef};
use creativestore_domain::event::Stamp;
use creativestore_domain::facts::{Facts, Html5Facts, ImageFacts, ImageType, MarkupFacts};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, AssignmentId, CreativeId, EventId};
use creativestore_domain::manifest::{
    Asset, AssetKind, External, Kind, Manifest, Source, Tracker, TrackerEvent,
};
use creativestore_domain::review::Decision;
use creativestore_domain::revision::RevisionNo;
use creativestore_domain::tag::{Channel, Click, Links, Macros, Tag, TagError, TagInput, tag};
use creativestore_domain::text::{ExternalRef, Name, WebUrl};
use creativestore_domain::time::{Timestamp, Window};
use uuid::Uuid;

pub fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

pub fn stamp(n: u128) -> Stamp {
    let micros = i64::try_from(n).expect("a small number");
    Stamp { event: EventId::new(Uuid::from_u128(n)), at: at(micros), by: Actor::System }
}

pub fn hash(n: u32) -> Sha256 {
    Sha256::of(&n.to_be_bytes())
}

pub fn no(n: u32) -> RevisionNo {
    RevisionNo::new(n).expect("from 1")
}

pub fn url(text: &str) -> WebUrl {
    WebUrl::parse(text).expect("a web address")
}

pub fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

/// A new creative: revision 1, in processing.
pub fn processing(change_policy: ChangePolicy) -> Creative {
    let draft = Draft {
        id: CreativeId::new(Uuid::from_u128(7)),
        account: AccountId::new(Uuid::from_u128(1)),
        external_id: None,
        kind: Kind::Image,
        metadata: Metadata {
            name: name("Aurora"),
            concept: None,
            labels: Labels::default(),
            rights: Window::ALWAYS,
        },
        change_policy,
        hash: hash(1),
    };
    Creative::create(draft, stamp(1)).state
}

pub fn pending() -> Creative {
    processing(ChangePolicy::Staged).inspected(no(1), true, stamp(2)).expect("passes").state
}

/// A creative whose newest revision, the one given, is approved.
pub fn approved() -> Creative {
    pending().review(no(1), Decision::Approve, None, None, stamp(3)).expect("is approved").state
}

pub fn inline(kind: AssetKind, text: &str) -> Asset {
    Asset { kind, source: Source::Inline(text.into()) }
}

pub fn blob(kind: AssetKind, n: u32) -> Asset {
    Asset { kind, source: Source::Blob(hash(n)) }
}

pub fn external(kind: AssetKind, address: &str) -> External {
    assert!(matches!(kind, AssetKind::Image | AssetKind::Video | AssetKind::Vast | AssetKind::Html));
    External {
        url: url(address),
        media_type: None,
        width: None,
        height: None,
        duration_ms: None,
        bitrate_kbps: None,
    }
}

pub fn manifest(
    kind: Kind,
    assets: &[(&str, Asset)],
    click: Option<&str>,
    trackers: &[(TrackerEvent, &str)],
) -> Manifest {
    let assets = assets.iter().map(|(slot, asset)| ((*slot).to_owned(), asset.clone())).collect();
    let trackers = trackers.iter().map(|(event, at)| Tracker { event: *event, url: url(at) }).collect();
    Manifest::new(kind, BTreeSet::new(), assets, click.map(url), trackers).expect("a manifest")
}

pub fn picture(width: u32, height: u32) -> Facts {
    Facts::Image(ImageFacts {
        image_type: ImageType::Png,
        width,
        height,
        bytes: 1000,
        alpha: false,
        orientation: 1,
        colour_profile: None,
        animation: None,
        perceptual_hash: 0,
    })
}

pub fn bundle(ad_size: Option<(u32, u32)>) -> Facts {
    Facts::Html5(Html5Facts {
        bytes: 1000,
        unpacked_bytes: 2000,
        entry: "index.html".into(),
        entry_candidates: 1,
        files: Vec::new(),
        depth: 0,
        nested_archives: Vec::new(),
        markup: MarkupFacts { ad_size, ..MarkupFacts::default() },
        initial_bytes: 1000,
        initial_requests: 1,
    })
}

/// Everything that a tag is made from, owned.
pub struct TagGiven {
    pub name: Name,
    pub manifest: Manifest,
    pub facts: BTreeMap<String, Facts>,
    pub contents: BTreeMap<String, String>,
    pub assignment: Option<Assignment>,
    pub links: Links,
    pub size: Option<(u32, u32)>,
    pub macros: Macros,
    pub click: Click,
}

impl TagGiven {
    pub fn of(manifest: Manifest) -> Self {
        let link = |slot: &String| (slot.clone(), format!("https://store.example/files/{slot}"));
        Self {
            name: name("Aurora – leaderboard"),
            facts: BTreeMap::new(),
            contents: BTreeMap::new(),
            assignment: None,
            links: Links {
                assets: manifest.assets().keys().map(link).collect(),
                entry: Some("https://store.example/bundle/index.html".into()),
            },
            size: None,
            macros: Macros::default(),
            click: Click::default(),
            manifest,
        }
    }

    pub fn facts(mut self, slot: &str, facts: Facts) -> Self {
        self.facts.insert(slot.into(), facts);
        self
    }

    pub fn assigned(mut self, package: &str, media_buy: &str) -> Self {
        let creative = processing(ChangePolicy::Staged);
        self.assignment = Some(Assignment {
            id: AssignmentId::new(Uuid::from_u128(9)),
            account: creative.account,
            creative: creative.id,
            package: ExternalRef::parse(package).expect("a package"),
            media_buy: Some(ExternalRef::parse(media_buy).expect("a media buy")),
            weight: Weight::DEFAULT,
            flight: Window::ALWAYS,
            created_at: at(1),
            ended_at: None,
        });
        self
    }

    pub fn macros(mut self, values: &[(&str, &str)]) -> Self {
        self.macros = Macros::parse(values.iter().copied()).expect("known macros");
        self
    }

    pub fn input(&self) -> TagInput<'_> {
        TagInput {
            creative: CreativeId::new(Uuid::from_u128(7)),
            name: &self.name,
            revision: RevisionRef { no: no(1), hash: self.manifest.canonical_hash() },
            manifest: &self.manifest,
            facts: &self.facts,
            contents: &self.contents,
            assignment: self.assignment.as_ref(),
            links: &self.links,
            size: self.size,
            macros: &self.macros,
            click: &self.click,
        }
    }

    pub fn tag(&self, channel: Channel) -> Result<Tag, TagError> {
        tag(&self.input(), channel)
    }

    pub fn body(&self, channel: Channel) -> String {
        self.tag(channel).expect("a tag").body
    }
}

/// A picture of 728x90 with a click and one tracker of each of three events.
pub fn picture_tag() -> TagGiven {
    let manifest = manifest(
        Kind::Image,
        &[("image", blob(AssetKind::Image, 1)), ("alt_text", inline(AssetKind::Text, "Coffee & \"light\""))],
        Some("https://aurora.example/order?a=1&b={PACKAGE_ID}"),
        &[
            (TrackerEvent::Impression, "https://t.example/i?r={CACHEBUSTER}&c={CREATIVE_ID}"),
            (TrackerEvent::ViewableImpression, "https://t.example/v"),
            (TrackerEvent::Click, "https://t.example/c?x='\"<>"),
        ],
    );
    TagGiven::of(manifest).facts("image", picture(728, 90))
}
