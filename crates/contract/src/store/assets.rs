//! Records of blobs, facts and renditions.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use creativestore_domain::facts::{
    Animation, BundleFile, CalledUrl, ClickTag, ClickTagForm, Facts, Html5Facts, ImageFacts, ImageType,
    MarkupFacts, Recipe, Refusal, RefusalCode, Rendition, TextFacts, UrlUsage, VastAd, VastCreative,
    VastFacts, VastMediaFile,
};
use creativestore_domain::manifest::AssetKind;
use creativestore_ports::assets::BlobRecord;
use creativestore_ports::store::Store;

use crate::given::{accounts, acme, at, commit, hash, peeking, writing};

pub(super) fn text(characters: u32) -> Facts {
    Facts::Text(TextFacts { bytes: 1, characters })
}

pub(super) fn rendition(recipe: Recipe) -> Rendition {
    Rendition { recipe, sha256: hash(7), bytes: 77, media_type: "image/png".into(), size: Some((64, 48)) }
}

pub async fn invariant_1_a_blob_is_recorded_once_and_never_changes(store: &dyn Store) {
    accounts(store).await;
    let first = BlobRecord { account: acme(), sha256: hash(1), bytes: 5_000_000_000, created_at: at(1) };
    let record = async |blob: &BlobRecord| {
        let mut work = writing(store).await;
        let new = work.assets().record_blob(blob).await.expect("recorded");
        commit(work).await;
        new
    };
    let read = async || peeking(store).await.assets().blob(acme(), hash(1)).await.expect("read");
    assert_eq!(read().await, None);
    assert!(record(&first).await);
    assert_eq!(read().await, Some(first.clone()));
    assert!(!record(&BlobRecord { bytes: 6, created_at: at(2), ..first.clone() }).await);
    assert_eq!(read().await, Some(first));
}

fn urls() -> Vec<CalledUrl> {
    let url = |usage: UrlUsage| CalledUrl {
        url: format!("//cdn.example/{}?a='ü'", usage.as_str()),
        usage,
        file: "index.html".into(),
    };
    UrlUsage::ALL.map(url).to_vec()
}

fn markup() -> MarkupFacts {
    let tag = |form: ClickTagForm| ClickTag {
        form,
        name: form.as_str().into(),
        url: (form == ClickTagForm::Variable).then(|| "https://acme.example".into()),
        in_head: form == ClickTagForm::ExitApi,
        file: "a.js".into(),
    };
    MarkupFacts {
        bytes: 9,
        doctype: true,
        html_and_body: true,
        ad_size: Some((300, 250)),
        ad_orientation: Some("portrait".into()),
        click_tags: ClickTagForm::ALL.map(tag).to_vec(),
        urls: urls(),
        elements: vec!["form".into()],
        calls: vec!["window.open".into()],
        macros: vec!["CLICK_URL".into()],
    }
}

fn bundle() -> Html5Facts {
    let (path, media_type) = ("img/größe.png".to_owned(), "image/png".to_owned());
    Html5Facts {
        bytes: 1,
        unpacked_bytes: 2,
        entry: "index.html".into(),
        entry_candidates: 3,
        files: vec![BundleFile { path, bytes: 4, sha256: hash(5), media_type }],
        depth: 6,
        nested_archives: vec!["a.zip".into()],
        markup: markup(),
        initial_bytes: 8,
        initial_requests: 9,
    }
}

fn vast() -> VastFacts {
    let file = VastMediaFile {
        url: "https://cdn.example/a.mp4".into(),
        delivery: Some("progressive".into()),
        media_type: Some("video/mp4".into()),
        width: Some(1),
        height: Some(2),
        bitrate: Some(3),
        api_framework: Some("SIMID".into()),
    };
    let creative = VastCreative {
        id: Some("c".into()),
        universal_ad_ids: vec![(Some("Ad-ID".into()), None), (None, Some("8465".into()))],
        linear: true,
        nonlinear: 1,
        companions: 2,
        duration_ms: Some(30_000),
        bad_duration: Some("30".into()),
        skip_offset: Some("25%".into()),
        media_files: vec![file, VastMediaFile::default()],
        mezzanines: 3,
        captions: 4,
        click_through: Some("https://acme.example".into()),
        tracking_events: vec![("start".into(), 2), ("complete".into(), 1)],
    };
    let ad = VastAd {
        id: Some("a".into()),
        wrapper: true,
        ad_tag_uri: Some("https://ads.example".into()),
        ad_system: Some("Sys".into()),
        ad_title: Some("Title".into()),
        ad_serving_id: Some("s".into()),
        impressions: 1,
        errors: 2,
        verifications: 3,
        categories_without_authority: 4,
        incomplete_pricing: true,
        creatives: vec![creative, VastCreative::default()],
    };
    VastFacts {
        bytes: 1,
        version: "4.2".into(),
        namespace: Some("http://www.iab.com/VAST".into()),
        ads: vec![ad, VastAd::default()],
        urls: urls(),
        macros: vec!["CACHEBUSTING".into()],
    }
}

pub async fn facts_read_back_as_they_were_measured(store: &dyn Store) {
    accounts(store).await;
    let still = ImageFacts {
        image_type: ImageType::Png,
        width: u32::MAX,
        height: 1,
        bytes: u64::from(u32::MAX) * 8,
        alpha: false,
        orientation: 8,
        colour_profile: None,
        animation: None,
        perceptual_hash: u64::MAX,
    };
    let images = ImageType::ALL.map(|image_type| {
        let (frames, pass_ms, shortest_frame_ms) = (12, 4_000, 100);
        let animation = Some(Animation { frames, pass_ms, plays: Some(3), shortest_frame_ms });
        let colour_profile = Some("Display P3".into());
        Facts::Image(ImageFacts { image_type, alpha: true, colour_profile, animation, ..still.clone() })
    });
    let forever = Animation { frames: 2, pass_ms: 200, plays: None, shortest_frame_ms: 100 };
    let refusals = RefusalCode::ALL.map(|code| Refusal {
        code,
        at: "a/b".into(),
        found: "this".into(),
        allowed: String::new(),
    });
    let mut all = images.to_vec();
    all.push(Facts::Image(ImageFacts { animation: Some(forever), ..still.clone() }));
    all.extend([
        Facts::Image(still),
        Facts::Html5(bundle()),
        Facts::Vast(vast()),
        Facts::Markup(markup()),
        Facts::Markup(MarkupFacts::default()),
        text(9),
        Facts::Refused(refusals.to_vec()),
    ]);
    let mut work = writing(store).await;
    for (number, facts) in (0..).zip(&all) {
        work.assets().keep_facts(acme(), hash(number), None, 1, facts).await.expect("kept");
    }
    commit(work).await;
    for (number, facts) in (0..).zip(all) {
        let read = peeking(store).await.assets().facts(acme(), hash(number), None, 1).await.expect("read");
        assert_eq!(read, Some(facts));
    }
}

pub async fn facts_are_of_one_way_of_reading_and_one_version_and_the_same_again_replaces_them(
    store: &dyn Store,
) {
    accounts(store).await;
    let keep = async |expected, version, facts: Facts| {
        let mut work = writing(store).await;
        work.assets().keep_facts(acme(), hash(1), expected, version, &facts).await.expect("kept");
        commit(work).await;
    };
    let read = async |expected, version| {
        peeking(store).await.assets().facts(acme(), hash(1), expected, version).await.expect("read")
    };
    keep(None, 1, text(1)).await;
    let ways = AssetKind::ALL.map(Some);
    for (n, way) in (10..).zip(ways) {
        assert_eq!(read(way, 1).await, None);
        keep(way, 1, text(n)).await;
    }
    for (n, way) in (10..).zip(ways) {
        assert_eq!(read(way, 1).await, Some(text(n)));
    }
    assert_eq!(read(None, 1).await, Some(text(1)));
    assert_eq!(read(None, 2).await, None, "another version would measure otherwise");
    keep(None, 2, text(2)).await;
    assert_eq!(read(None, 2).await, Some(text(2)));
    keep(None, 2, text(3)).await;
    assert_eq!(read(None, 2).await, Some(text(3)));
}

pub async fn renditions_read_back_by_recipe_and_the_same_again_replaces_one(store: &dyn Store) {
    accounts(store).await;
    let bare = Rendition { size: None, ..rendition(Recipe::File("js/größe.js".into())) };
    let small = rendition(Recipe::Thumbnail(64));
    let large = rendition(Recipe::Thumbnail(1024));
    let mut work = writing(store).await;
    for rendition in [&small, &bare, &large] {
        work.assets().keep_rendition(acme(), hash(1), rendition).await.expect("kept");
    }
    let newer =
        Rendition { sha256: hash(8), bytes: 88, media_type: "image/webp".into(), size: None, ..small };
    work.assets().keep_rendition(acme(), hash(1), &newer).await.expect("kept");
    commit(work).await;
    let mut work = peeking(store).await;
    for rendition in [&newer, &bare, &large] {
        let read = work.assets().rendition(acme(), hash(1), &rendition.recipe).await.expect("read");
        assert_eq!(read.as_ref(), Some(rendition));
    }
    let unknown = work.assets().rendition(acme(), hash(1), &Recipe::Thumbnail(320)).await.expect("read");
    assert_eq!(unknown, None);
    assert_eq!(work.assets().renditions(acme(), hash(1)).await.expect("read"), [bare, large, newer]);
    assert_eq!(work.assets().renditions(acme(), hash(2)).await.expect("read"), []);
}
