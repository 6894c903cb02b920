//! The numbers of the shipped formats, by name, beside what the standards and platforms say. Written out: a number
//! that changes in the data must change here, too.

use creativestore_domain::facts::ClickTagForm;
use creativestore_domain::format::{Severity, Test};

use crate::rules::format;

fn rule(format_id: &str, rule: &str) -> (Severity, Test) {
    let format = format(format_id);
    let found = format.rules.into_iter().find(|it| it.id == rule);
    let found = found.unwrap_or_else(|| panic!("a rule `{rule}` of `{format_id}`"));
    (found.severity, found.test)
}

fn fails(format: &str, name: &str, test: &Test) {
    assert_eq!(rule(format, name), (Severity::Fail, test.clone()), "{format}/{name}");
}

fn warns(format: &str, name: &str, test: &Test) {
    assert_eq!(rule(format, name), (Severity::Warn, test.clone()), "{format}/{name}");
}

#[test]
fn the_fixed_sizes_of_the_iab_have_their_weights() {
    for (id, size, initial, subload) in [
        ("iab_billboard_970x250", (970, 250), 250_000, 500_000),
        ("iab_super_leaderboard_970x90", (970, 90), 200_000, 400_000),
        ("iab_leaderboard_728x90", (728, 90), 150_000, 300_000),
        ("iab_medium_rectangle_300x250", (300, 250), 150_000, 300_000),
        ("iab_skyscraper_160x600", (160, 600), 150_000, 300_000),
        ("iab_portrait_300x1050", (300, 1050), 250_000, 500_000),
        ("iab_smartphone_banner_300x50", (300, 50), 50_000, 100_000),
        ("iab_smartphone_banner_320x50", (320, 50), 50_000, 100_000),
        ("iab_button_120x60", (120, 60), 50_000, 100_000),
        ("iab_mobile_interstitial_640x1136", (640, 1136), 300_000, 600_000),
        ("iab_mobile_interstitial_750x1334", (750, 1334), 300_000, 600_000),
        ("iab_mobile_interstitial_1080x1920", (1080, 1920), 300_000, 600_000),
    ] {
        let html5 = format!("{id}_html5");
        for id in [id, &html5] {
            assert_eq!(format(id).size, Some(size), "{id}");
            fails(id, "dimensions", &Test::Dimensions(vec![size]));
            warns(id, "initial_load", &Test::MaxInitialBytes(initial));
        }
        warns(&html5, "subload", &Test::MaxSubloadBytes(subload));
        warns(&html5, "initial_requests", &Test::MaxInitialRequests(10));
        fails(&format!("{id}_tag"), "dimensions", &Test::Dimensions(vec![size]));
    }
    for (id, size) in [
        ("iab_feature_phone_small_120x20", (120, 20)),
        ("iab_feature_phone_medium_168x28", (168, 28)),
        ("iab_feature_phone_large_216x36", (216, 36)),
    ] {
        fails(id, "dimensions", &Test::Dimensions(vec![size]));
        warns(id, "initial_load", &Test::MaxInitialBytes(5_000));
    }
}

#[test]
fn campaign_manager_takes_nine_and_a_half_megabytes_and_a_hundred_files() {
    let id = "google_cm360_html5";
    fails(id, "package", &Test::MaxBytes(9_500_000));
    fails(id, "files", &Test::MaxFiles(100));
    fails(id, "click_tag", &Test::ClickTag { forms: vec![], in_head: false });
    fails(id, "backup_image_size", &Test::MaxSize { width: 4000, height: 4000 });
}

#[test]
fn google_ads_takes_forty_files_and_its_weight_is_not_confirmed() {
    let id = "google_ads_html5";
    fails(id, "files", &Test::MaxFiles(40));
    warns(id, "package", &Test::MaxBytes(600_000));
    fails(id, "complete_html", &Test::CompleteHtml);
    fails(id, "ad_size", &Test::AdSizeMeta);
    let endings = ["css", "js", "html", "gif", "png", "jpg", "jpeg", "svg"].map(str::to_owned);
    fails(id, "file_types", &Test::FileExtensions(endings.into()));
    fails(id, "no_storage", &Test::NoCalls(vec!["localStorage".into()]));
}

#[test]
fn google_ads_pictures_weigh_150_kb_and_stop_after_thirty_seconds() {
    let id = "google_ads_image";
    fails(id, "weight", &Test::MaxBytes(150_000));
    fails(id, "animation_length", &Test::MaxAnimationMs(30_000));
    fails(id, "animation_speed", &Test::FrameRateBelow(5));
}

#[test]
fn playables_weigh_five_megabytes_and_have_512_files() {
    let id = "google_ads_app_playable";
    fails(id, "package", &Test::MaxBytes(5_000_000));
    fails(id, "files", &Test::MaxFiles(512));
    fails(id, "nested_archives", &Test::NoNestedArchives);
    fails(id, "no_audio_video", &Test::NoElements(vec!["audio".into(), "video".into()]));
}

#[test]
fn app_campaigns_take_thirty_and_ninety_characters() {
    let id = "google_ads_app_assets";
    fails(id, "headline", &Test::MaxCharacters { slot: "title".into(), max: 30 });
    fails(id, "description", &Test::MaxCharacters { slot: "desc".into(), max: 90 });
    fails(id, "image_weight", &Test::MaxBytes(5_000_000));
    let ratios = vec![(191, 100), (4, 5), (1, 1)];
    fails(id, "image_ratio", &Test::AspectRatio { slot: "main_image".into(), ratios });
}

#[test]
fn ad_manager_wants_https_a_fixed_size_and_a_literal_click_tag_in_head() {
    let id = "google_ad_manager_html5";
    fails(id, "https", &Test::HttpsOnly);
    fails(id, "ad_size", &Test::AdSizeMeta);
    let literal = Test::ClickTag { forms: vec![ClickTagForm::Variable], in_head: true };
    warns(id, "click_tag_in_head", &literal);
}

#[test]
fn sklik_only_warns_because_its_rules_are_known_at_second_hand() {
    let id = "sklik_html5";
    assert!(format(id).rules.iter().all(|rule| rule.severity == Severity::Warn));
    warns(id, "package", &Test::MaxBytes(250_000));
    warns(id, "files", &Test::MaxFiles(40));
    warns(id, "depth", &Test::MaxDepth(2));
}

#[test]
fn no_weight_of_the_iab_fails_a_creative() {
    let catalogue = creativestore_catalogue::shipped().unwrap_or_else(|faults| panic!("{faults}"));
    for format in catalogue.all().filter(|format| format.owner.starts_with("IAB")) {
        for rule in &format.rules {
            let weight = matches!(
                rule.test,
                Test::MaxBytes(_)
                    | Test::MaxInitialBytes(_)
                    | Test::MaxSubloadBytes(_)
                    | Test::MaxInitialRequests(_)
            );
            assert!(!weight || rule.severity == Severity::Warn, "{}/{}", format.id, rule.id);
        }
    }
}

#[test]
fn native_lengths_and_sizes_are_recommendations() {
    let id = "openrtb_native_1_2";
    for (rule, slot, max) in [
        ("title_25", "title", 25),
        ("title_90", "title", 90),
        ("title_140", "title", 140),
        ("sponsored", "sponsored", 25),
        ("desc", "desc", 140),
        ("ctatext", "ctatext", 15),
    ] {
        warns(id, rule, &Test::MaxCharacters { slot: slot.into(), max });
    }
    warns(id, "rating", &Test::IntegerBetween { slot: "rating".into(), min: 0, max: 5 });
    for (rule, slot, side) in [
        ("icon_size", "icon", 50),
        ("main_size_small", "main_image", 200),
        ("main_size_large", "main_image", 627),
    ] {
        warns(id, rule, &Test::MinSize { slot: slot.into(), width: side, height: side });
    }
    warns(id, "icon_ratio", &Test::AspectRatio { slot: "icon".into(), ratios: vec![(1, 1)] });
    let ratios = vec![(1, 1), (4, 3), (191, 100)];
    warns(id, "main_ratio", &Test::AspectRatio { slot: "main_image".into(), ratios });
}

/// The rules about structure that each version has beside what all have.
#[test]
fn every_vast_version_is_asked_what_it_requires_and_no_more() {
    let common = [
        "version",
        "namespace",
        "ad",
        "ad_system",
        "ad_title",
        "impression",
        "creatives",
        "duration",
        "media_files",
        "wrapper_uri",
    ];
    for (id, versions, more) in [
        ("vast_2_0", &["2.0", "2.0.1"][..], &[][..]),
        ("vast_3_0", &["3.0"], &["attributes"]),
        ("vast_4_0", &["4.0"], &["attributes", "universal_ad_id", "one_universal_ad_id"]),
        ("vast_4_1", &["4.1"], &["attributes", "universal_ad_id", "one_universal_ad_id", "ad_serving_id"]),
        ("vast_4_2", &["4.2"], &["attributes", "universal_ad_id", "ad_serving_id"]),
        ("vast_4_3", &["4.3"], &["attributes", "universal_ad_id", "ad_serving_id"]),
    ] {
        let format = format(id);
        let failing: Vec<&str> =
            format.rules.iter().filter(|it| it.severity == Severity::Fail).map(|it| it.id.as_str()).collect();
        let expected: Vec<&str> = common.iter().chain(more).copied().collect();
        assert_eq!(failing, expected, "{id}");
        let versions = versions.iter().map(|&version| version.to_owned()).collect();
        fails(id, "version", &Test::VastVersions(versions));
    }
}

#[test]
fn television_takes_6_15_20_or_30_seconds_give_or_take_one() {
    let lengths =
        Test::LinearDuration { allowed_ms: vec![6_000, 15_000, 20_000, 30_000], tolerance_ms: 1_000 };
    warns("iab_ctv_linear_vast", "duration", &lengths);
    warns("iab_ctv_linear_vast", "mp4", &Test::VastProgressiveMp4);
    warns("iab_ctv_linear_vast", "no_vpaid", &Test::VastNoVpaid);
    warns("video_hosted", "duration", &lengths);
    warns("video_hosted", "media_type", &Test::MediaTypes(vec!["video/mp4".into()]));
    warns("iab_ctv_pause_600x600", "weight", &Test::MaxBytes(349_999));
}
