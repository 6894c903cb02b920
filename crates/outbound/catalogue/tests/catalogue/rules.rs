//! Every rule of every shipped format, kept and broken, through the real engine.

use creativestore_domain::check::Outcome;
use creativestore_domain::facts::{Animation, ClickTagForm, Facts, ImageType};
use creativestore_domain::format::{Format, FormatId, Severity};
use creativestore_domain::manifest::{AssetKind, Kind};

use crate::draft::{Draft, click_tag};
use crate::pairs::bend;

pub fn format(id: &str) -> Format {
    let id = FormatId::parse(id).expect("a format id");
    let catalogue = creativestore_catalogue::shipped().unwrap_or_else(|faults| panic!("{faults}"));
    catalogue.get(&id).unwrap_or_else(|| panic!("a format `{id}`")).clone()
}

#[test]
fn every_rule_of_every_format_is_kept_at_its_limit_and_broken_by_one_more() {
    let catalogue = creativestore_catalogue::shipped().unwrap_or_else(|faults| panic!("{faults}"));
    let mut asked = 0;
    for format in catalogue.all() {
        for rule in &format.rules {
            let at = format!("{}/{}", format.id, rule.id);
            let mut kept = Draft::of(format.kind);
            bend(&mut kept, &rule.test, true);
            let kept = kept.check(format, &rule.id);
            assert_eq!(kept.outcome, Outcome::Passed, "{at}: {kept:?}");
            assert_eq!(kept.fix, "", "{at}: there is nothing to mend");

            let mut broken = Draft::of(format.kind);
            bend(&mut broken, &rule.test, false);
            let broken = broken.check(format, &rule.id);
            let expected = match rule.severity {
                Severity::Fail => Outcome::Failed,
                Severity::Warn => Outcome::Warning,
            };
            assert_eq!(broken.outcome, expected, "{at}: {broken:?}");
            // The same outcome comes of content that was not looked into; the advice tells it from this.
            assert_eq!(broken.fix, rule.fix, "{at}");
            assert_eq!(broken.source, rule.source, "{at}");
            for (name, text) in [("at", &broken.at), ("found", &broken.found), ("allowed", &broken.allowed)] {
                assert!(!text.trim().is_empty(), "{at}: the check does not say `{name}`");
            }
            assert_ne!(broken.found, kept.found, "{at}: what was found tells kept from broken");
            asked += 1;
        }
    }
    assert!(asked > 200, "{asked} rules");
}

#[test]
fn every_format_can_be_kept_as_a_whole() {
    let catalogue = creativestore_catalogue::shipped().unwrap_or_else(|faults| panic!("{faults}"));
    for format in catalogue.all() {
        let mut draft = Draft::of(format.kind);
        for rule in &format.rules {
            bend(&mut draft, &rule.test, true);
        }
        let report = draft.checked(format);
        assert_eq!(report.outcome(), Outcome::Passed, "{}: {:#?}", format.id, report.checks);
    }
}

#[test]
fn a_creative_of_another_kind_fails_every_format() {
    let catalogue = creativestore_catalogue::shipped().unwrap_or_else(|faults| panic!("{faults}"));
    for format in catalogue.all() {
        let other = if format.kind == Kind::Image { Kind::Html5 } else { Kind::Image };
        assert_eq!(Draft::of(other).checked(format).outcome(), Outcome::Failed, "{}", format.id);
    }
}

fn outcomes(draft: &Draft, format: &str) -> Vec<(String, Outcome)> {
    let report = draft.checked(&self::format(format));
    report.checks.into_iter().map(|check| (check.rule, check.outcome)).collect()
}

fn troubles(draft: &Draft, format: &str) -> Vec<(String, Outcome)> {
    outcomes(draft, format).into_iter().filter(|(_, outcome)| *outcome != Outcome::Passed).collect()
}

#[test]
fn a_light_medium_rectangle_passes_and_a_heavy_one_warns() {
    let mut draft = Draft::of(Kind::Image);
    let image = draft.image("image");
    (image.image_type, image.width, image.height, image.bytes) = (ImageType::Jpeg, 300, 250, 16_137);
    assert_eq!(troubles(&draft, "iab_medium_rectangle_300x250"), []);
    draft.image("image").bytes = 180_000;
    let heavy = ("initial_load".to_owned(), Outcome::Warning);
    assert_eq!(troubles(&draft, "iab_medium_rectangle_300x250"), [heavy]);
}

#[test]
fn a_leaderboard_in_the_slot_of_a_rectangle_fails() {
    let mut draft = Draft::of(Kind::Image);
    let image = draft.image("image");
    (image.width, image.height) = (728, 90);
    let check = draft.check(&format("iab_medium_rectangle_300x250"), "dimensions");
    assert_eq!(check.outcome, Outcome::Failed);
    assert_eq!(
        (check.at.as_str(), check.found.as_str(), check.allowed.as_str()),
        ("assets/image", "728x90", "300x250")
    );
    assert_eq!(
        check.source,
        "IAB New Standard Ad Unit Portfolio 1.1, Fixed Size Ad Specifications: Medium rectangle"
    );
    assert_eq!(check.fix, "Export the picture in 300x250 pixels, or choose a format of its size.");
}

#[test]
fn a_bundle_without_a_click_tag_fails_where_one_is_required() {
    let mut draft = Draft::of(Kind::Html5);
    draft.markup().click_tags.clear();
    for id in ["google_cm360_html5", "google_ad_manager_html5"] {
        assert!(troubles(&draft, id).contains(&("click_tag".into(), Outcome::Failed)), "{id}");
    }
    // Google Ads makes the whole ad clickable; Sklik forbids exits of the ad's own.
    for id in ["google_ads_html5", "sklik_html5"] {
        assert_eq!(troubles(&draft, id), [], "{id}");
    }
}

#[test]
fn an_enabler_exit_counts_for_campaign_manager_and_warns_for_ad_manager() {
    let mut draft = Draft::of(Kind::Html5);
    draft.markup().click_tags = vec![click_tag(ClickTagForm::EnablerExit, false)];
    assert_eq!(troubles(&draft, "google_cm360_html5"), []);
    let in_head = ("click_tag_in_head".to_owned(), Outcome::Warning);
    assert_eq!(troubles(&draft, "google_ad_manager_html5"), [in_head]);
}

#[test]
fn a_bundle_without_a_backup_picture_is_asked_for_none() {
    let mut draft = Draft::of(Kind::Html5);
    draft.empty("backup_image");
    assert_eq!(troubles(&draft, "google_cm360_html5"), []);
}

#[test]
fn an_animation_that_never_ends_fails_for_google_ads() {
    let mut draft = Draft::of(Kind::Image);
    let forever = Animation { frames: 12, pass_ms: 7_400, plays: None, shortest_frame_ms: 400 };
    draft.image("image").animation = Some(forever);
    let endless = ("animation_length".to_owned(), Outcome::Failed);
    assert_eq!(troubles(&draft, "google_ads_image"), [endless]);
}

#[test]
fn a_document_of_vast_2_0_fails_4_2_and_passes_2_0() {
    let mut draft = Draft::of(Kind::VideoVast);
    let vast = draft.vast();
    (vast.version, vast.namespace) = ("2.0".into(), None);
    draft.ad().ad_serving_id = None;
    draft.creative().universal_ad_ids.clear();
    assert_eq!(troubles(&draft, "vast_2_0"), []);
    let failed: Vec<String> = troubles(&draft, "vast_4_2").into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(failed, ["version", "universal_ad_id", "ad_serving_id"]);
}

#[test]
fn a_title_of_sixty_characters_fits_the_placements_that_take_ninety() {
    let mut draft = Draft::of(Kind::NativeInFeed);
    draft.write("title", &"a".repeat(60));
    let short = ("title_25".to_owned(), Outcome::Warning);
    assert_eq!(troubles(&draft, "openrtb_native_1_2"), [short]);
}

#[test]
fn a_duration_that_transcoding_shifted_is_tolerated() {
    for (ms, outcome) in [(14_000, Outcome::Passed), (16_000, Outcome::Passed), (16_001, Outcome::Warning)] {
        let mut draft = Draft::of(Kind::VideoHosted);
        draft.external("video").duration_ms = Some(ms);
        assert_eq!(draft.check(&format("video_hosted"), "duration").outcome, outcome, "{ms} ms");
    }
}

#[test]
fn a_picture_that_stays_elsewhere_is_not_passed_over_for_one_that_was_measured() {
    let mut draft = Draft::of(Kind::NativeInFeed);
    draft.link("icon", AssetKind::Image);
    for rule in ["image_type", "image_weight"] {
        let check = draft.check(&format("google_ads_app_assets"), rule);
        assert_eq!((check.outcome, check.at.as_str()), (Outcome::Warning, "assets/icon"), "{rule}");
        assert_eq!(check.found, "not inspected", "{rule}");
    }
    // What is known to be wrong comes first.
    draft.image("main_image").image_type = ImageType::Gif;
    let check = draft.check(&format("google_ads_app_assets"), "image_type");
    assert_eq!((check.outcome, check.at.as_str()), (Outcome::Failed, "assets/main_image"));
}

#[test]
fn an_incomplete_id_beside_a_whole_one_fails() {
    let mut draft = Draft::of(Kind::VideoVast);
    draft.creative().universal_ad_ids.push((None, Some("AURX0001000H".into())));
    let incomplete = ("universal_ad_id".to_owned(), Outcome::Failed);
    assert_eq!(troubles(&draft, "vast_4_2"), [incomplete]);
}

#[test]
fn a_playable_says_which_way_it_is_held_or_has_one_of_two_sizes() {
    let outcome = |orientation: Option<&str>, size| {
        let mut draft = Draft::of(Kind::Html5);
        draft.markup().ad_orientation = orientation.map(str::to_owned);
        draft.markup().ad_size = size;
        draft.check(&format("google_ads_app_playable"), "orientation").outcome
    };
    for orientation in ["portrait", "Landscape", "portrait,landscape", "portrait, landscape"] {
        assert_eq!(outcome(Some(orientation), None), Outcome::Passed, "{orientation}");
    }
    assert_eq!(outcome(None, Some((480, 320))), Outcome::Passed);
    assert_eq!(outcome(None, Some((300, 250))), Outcome::Failed);
    assert_eq!(outcome(Some("upside down"), Some((300, 250))), Outcome::Failed);
    assert_eq!(outcome(None, None), Outcome::Failed);
}

#[test]
fn nothing_is_told_of_addresses_in_a_document_that_was_not_read() {
    let mut draft = Draft::of(Kind::VideoVast);
    draft.link("vast", AssetKind::Vast);
    let check = draft.check(&format("vast_4_2"), "https");
    assert_eq!((check.outcome, check.found.as_str()), (Outcome::Warning, "not inspected"));
    assert!(check.fix.contains("stays elsewhere"), "{}", check.fix);
}

#[test]
fn a_file_that_could_not_be_read_is_told_apart_from_content_that_stays_elsewhere() {
    let mut draft = Draft::of(Kind::Image);
    draft.facts.insert("image".into(), Facts::Refused(Vec::new()));
    for rule in ["dimensions", "initial_load"] {
        let check = draft.check(&format("iab_leaderboard_728x90"), rule);
        assert_eq!((check.outcome, check.found.as_str()), (Outcome::Warning, "not inspected"), "{rule}");
        assert!(check.fix.contains("could not be read"), "{}", check.fix);
    }
}

#[test]
fn an_ad_with_nothing_to_play_fails_and_a_wrapper_may_add_nothing() {
    let mut draft = Draft::of(Kind::VideoVast);
    draft.ad().creatives.clear();
    for id in ["vast_2_0", "vast_3_0", "vast_4_0", "vast_4_1", "vast_4_2", "vast_4_3", "iab_ctv_linear_vast"]
    {
        assert_eq!(draft.check(&format(id), "creatives").outcome, Outcome::Failed, "{id}");
    }
    let mut draft = Draft::of(Kind::VideoVast);
    draft.wrapper().creatives.clear();
    assert_eq!(draft.check(&format("vast_3_0"), "creatives").outcome, Outcome::Passed);
    assert_eq!(draft.check(&format("vast_4_2"), "creatives").outcome, Outcome::Passed);
}
