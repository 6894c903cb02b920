//! A creative to be bent: a manifest of every kind with all its slots filled, and facts that are plausible. Knows no
//! format.

use std::collections::{BTreeMap, BTreeSet};

use creativestore_domain::check::{self, Check, FactsOf, Report};
use creativestore_domain::facts::{
    BundleFile, CalledUrl, ClickTag, ClickTagForm, Facts, Html5Facts, ImageFacts, ImageType, MarkupFacts,
    TextFacts, UrlUsage, VastAd, VastCreative, VastFacts, VastMediaFile,
};
use creativestore_domain::format::Format;
use creativestore_domain::hash::Sha256;
use creativestore_domain::manifest::{Asset, AssetKind, External, Kind, Manifest, Source};
use creativestore_domain::text::{WebUrl, characters};

/// A creative in the making.
#[derive(Clone)]
pub struct Draft {
    pub kind: Kind,
    pub assets: BTreeMap<String, Asset>,
    pub facts: FactsOf,
    pub click: Option<WebUrl>,
}

impl Draft {
    /// A plausible creative of this kind, which no general rule has anything against.
    pub fn of(kind: Kind) -> Self {
        let click = Some(url("https://brand.example/"));
        let mut draft = Self { kind, assets: BTreeMap::new(), facts: FactsOf::new(), click };
        for (slot, kinds) in kind.required_slots().iter().chain(kind.optional_slots()) {
            match kinds[0] {
                AssetKind::Text => draft.write(slot, "1"),
                AssetKind::Video => draft.link(slot, AssetKind::Video),
                other => {
                    let source = Source::Blob(Sha256::of(slot.as_bytes()));
                    draft.assets.insert((*slot).to_owned(), Asset { kind: other, source });
                    draft.facts.insert((*slot).to_owned(), measured(other));
                }
            }
        }
        draft
    }

    /// Fills a slot with an inline text.
    pub fn write(&mut self, slot: &str, text: &str) {
        let facts = TextFacts {
            bytes: text.len() as u64,
            characters: u32::try_from(characters(text)).expect("a short text"),
        };
        self.facts.insert(slot.to_owned(), Facts::Text(facts));
        let asset = Asset { kind: AssetKind::Text, source: Source::Inline(text.to_owned()) };
        self.assets.insert(slot.to_owned(), asset);
    }

    /// Fills a slot with content that stays elsewhere.
    pub fn link(&mut self, slot: &str, kind: AssetKind) {
        self.facts.remove(slot);
        let external = External {
            url: url("https://media.example/spot.mp4"),
            media_type: Some("video/mp4".into()),
            width: Some(1920),
            height: Some(1080),
            duration_ms: Some(15_000),
            bitrate_kbps: Some(5_000),
        };
        let asset = Asset { kind, source: Source::External(external) };
        self.assets.insert(slot.to_owned(), asset);
    }

    pub fn empty(&mut self, slot: &str) {
        self.assets.remove(slot);
        self.facts.remove(slot);
    }

    pub fn image(&mut self, slot: &str) -> &mut ImageFacts {
        match self.facts.get_mut(slot) {
            Some(Facts::Image(image)) => image,
            other => panic!("a picture in `{slot}`, not {other:?}"),
        }
    }

    pub fn images(&mut self) -> impl Iterator<Item = &mut ImageFacts> {
        self.facts.values_mut().filter_map(|facts| match facts {
            Facts::Image(image) => Some(image),
            _ => None,
        })
    }

    pub fn html5(&mut self) -> &mut Html5Facts {
        match self.facts.get_mut("bundle") {
            Some(Facts::Html5(html5)) => html5,
            other => panic!("a bundle, not {other:?}"),
        }
    }

    pub fn markup(&mut self) -> &mut MarkupFacts {
        match self.facts.values_mut().find(|facts| matches!(facts, Facts::Html5(_) | Facts::Markup(_))) {
            Some(Facts::Html5(html5)) => &mut html5.markup,
            Some(Facts::Markup(markup)) => markup,
            _ => panic!("a creative with markup"),
        }
    }

    pub fn vast(&mut self) -> &mut VastFacts {
        match self.facts.get_mut("vast") {
            Some(Facts::Vast(vast)) => vast,
            other => panic!("a VAST document, not {other:?}"),
        }
    }

    /// The inline ad of the document; a wrapper stands beside it.
    pub fn ad(&mut self) -> &mut VastAd {
        &mut self.vast().ads[0]
    }

    pub fn wrapper(&mut self) -> &mut VastAd {
        &mut self.vast().ads[1]
    }

    pub fn creative(&mut self) -> &mut VastCreative {
        &mut self.ad().creatives[0]
    }

    pub fn external(&mut self, slot: &str) -> &mut External {
        match self.assets.get_mut(slot).map(|asset| &mut asset.source) {
            Some(Source::External(external)) => external,
            other => panic!("content elsewhere in `{slot}`, not {other:?}"),
        }
    }

    /// What the engine says of it.
    pub fn checked(&self, format: &Format) -> Report {
        let manifest = Manifest::new(
            self.kind,
            BTreeSet::from([format.id.clone()]),
            self.assets.clone(),
            self.click.clone(),
            BTreeSet::new(),
        );
        check::check(format, &manifest.expect("a manifest"), &self.facts)
    }

    /// What the engine says of one rule.
    pub fn check(&self, format: &Format, rule: &str) -> Check {
        let checks = self.checked(format).checks;
        checks.into_iter().find(|check| check.rule == rule).expect("a check of every rule")
    }
}

pub fn url(text: &str) -> WebUrl {
    WebUrl::parse(text).expect("a URL")
}

pub fn called(url: &str, usage: UrlUsage) -> CalledUrl {
    CalledUrl { url: url.into(), usage, file: String::new() }
}

pub fn file(path: &str, media_type: &str) -> BundleFile {
    let (path, media_type) = (path.to_owned(), media_type.to_owned());
    BundleFile { path, bytes: 1_000, sha256: Sha256::of(b"a file"), media_type }
}

pub fn click_tag(form: ClickTagForm, in_head: bool) -> ClickTag {
    let url = Some("https://brand.example/".to_owned());
    ClickTag { form, name: "clickTag".into(), url, in_head, file: "index.html".into() }
}

fn measured(kind: AssetKind) -> Facts {
    match kind {
        AssetKind::Image => Facts::Image(ImageFacts {
            image_type: ImageType::Png,
            width: 1200,
            height: 1200,
            bytes: 4_000,
            alpha: false,
            orientation: 1,
            colour_profile: None,
            animation: None,
            perceptual_hash: 0,
        }),
        AssetKind::Zip => Facts::Html5(Html5Facts {
            bytes: 3_000,
            unpacked_bytes: 4_000,
            entry: "index.html".into(),
            entry_candidates: 1,
            files: vec![file("index.html", "text/html"), file("img/logo.png", "image/png")],
            depth: 1,
            nested_archives: Vec::new(),
            markup: markup(),
            initial_bytes: 2_000,
            initial_requests: 2,
        }),
        AssetKind::Html | AssetKind::Javascript => Facts::Markup(markup()),
        AssetKind::Vast => Facts::Vast(vast()),
        AssetKind::Text | AssetKind::Video => panic!("a text is written, a video stays elsewhere"),
    }
}

fn markup() -> MarkupFacts {
    MarkupFacts {
        bytes: 1_000,
        doctype: true,
        html_and_body: true,
        ad_size: Some((300, 250)),
        ad_orientation: None,
        click_tags: vec![click_tag(ClickTagForm::Variable, true)],
        urls: vec![called("https://brand.example/", UrlUsage::Click)],
        elements: Vec::new(),
        calls: Vec::new(),
        macros: Vec::new(),
    }
}

/// Version 4.2: an inline ad and a wrapper.
fn vast() -> VastFacts {
    let media = VastMediaFile {
        url: "https://media.example/spot.mp4".into(),
        delivery: Some("progressive".into()),
        media_type: Some("video/mp4".into()),
        width: Some(1920),
        height: Some(1080),
        bitrate: Some(5_000),
        api_framework: None,
    };
    let creative = VastCreative {
        universal_ad_ids: vec![(Some("ad-id.org".into()), Some("AURX0001000H".into()))],
        linear: true,
        duration_ms: Some(15_000),
        media_files: vec![media],
        click_through: Some("https://brand.example/".into()),
        ..VastCreative::default()
    };
    let inline = VastAd {
        ad_system: Some("A server".into()),
        ad_title: Some("An ad".into()),
        ad_serving_id: Some("served-1".into()),
        impressions: 1,
        creatives: vec![creative],
        ..VastAd::default()
    };
    let wrapper = VastAd {
        wrapper: true,
        ad_tag_uri: Some("https://ads.example/vast".into()),
        ad_system: Some("A server".into()),
        impressions: 1,
        ..VastAd::default()
    };
    VastFacts {
        bytes: 2_000,
        version: "4.2".into(),
        namespace: Some("http://www.iab.com/VAST".into()),
        ads: vec![inline, wrapper],
        urls: vec![called("https://ads.example/impression", UrlUsage::Tracker)],
        macros: Vec::new(),
    }
}
