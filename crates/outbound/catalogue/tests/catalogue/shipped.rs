//! The shipped catalogue as a whole: it loads, it is complete, it stays small, and the samples' formats are in it.

use std::collections::BTreeSet;
use std::path::Path;

use creativestore_domain::facts::RefusalCode;
use creativestore_domain::format::{FormatId, Test};
use creativestore_domain::manifest::Kind;

fn catalogue() -> creativestore_domain::catalogue::Catalogue {
    creativestore_catalogue::shipped().unwrap_or_else(|faults| panic!("{faults}"))
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_data_file_of_the_folder_ships() {
    let entries = std::fs::read_dir(folder().join("formats")).expect("the data files");
    let there: BTreeSet<String> = entries
        .map(|entry| entry.expect("a file").file_name().into_string().expect("a plain name"))
        .collect();
    let shipped: BTreeSet<String> =
        creativestore_catalogue::FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(there, shipped);
}

#[test]
fn every_kind_of_creative_has_a_format() {
    let kinds: BTreeSet<Kind> = catalogue().all().map(|format| format.kind).collect();
    assert_eq!(kinds, BTreeSet::from(Kind::ALL));
}

#[test]
fn names_tell_formats_apart() {
    let catalogue = catalogue();
    let names: BTreeSet<&str> = catalogue.all().map(|format| format.name.as_str()).collect();
    assert_eq!(names.len(), catalogue.all().count());
}

#[test]
fn no_placeholder_is_left_in_what_people_read() {
    for format in catalogue().all() {
        let texts = format.rules.iter().flat_map(|rule| [&rule.id, &rule.source, &rule.fix]);
        for text in texts.map(String::as_str).chain([format.id.as_str(), format.name.as_str()]) {
            assert!(!text.contains(['{', '}']), "{}: {text}", format.id);
        }
    }
}

#[test]
fn advice_is_a_sentence_and_a_source_says_where_to_look() {
    for format in catalogue().all() {
        for rule in &format.rules {
            let at = format!("{}/{}", format.id, rule.id);
            assert!(
                rule.fix.starts_with(char::is_uppercase) && rule.fix.ends_with('.'),
                "{at}: {}",
                rule.fix
            );
            assert!(rule.source.len() > 15, "{at}: {}", rule.source);
        }
    }
}

/// The inspector tells these and no others: a rule about another name could never be broken.
#[test]
fn elements_and_calls_are_ones_that_are_measured() {
    const ELEMENTS: [&str; 6] = ["form", "video", "audio", "iframe", "object", "embed"];
    const CALLS: [&str; 9] = [
        "window.open",
        "localStorage",
        "eval",
        "document.write",
        "Enabler.exit",
        "ExitApi.exit",
        "mraid.open",
        "parent",
        "top",
    ];
    for format in catalogue().all() {
        for rule in &format.rules {
            let (names, measured) = match &rule.test {
                Test::NoElements(names) => (names, &ELEMENTS[..]),
                Test::NoCalls(names) => (names, &CALLS[..]),
                _ => continue,
            };
            for name in names {
                assert!(measured.contains(&name.as_str()), "{}/{}: {name}", format.id, rule.id);
            }
        }
    }
}

#[test]
fn the_catalogue_stays_below_300_kb_in_memory() {
    let catalogue = catalogue();
    let rule = |rule: &creativestore_domain::format::Rule| {
        size_of_val(rule) + rule.id.capacity() + rule.source.capacity() + rule.fix.capacity()
    };
    let bytes: usize = catalogue
        .all()
        .map(|format| {
            size_of_val(format) + format.owner.capacity() + format.rules.iter().map(rule).sum::<usize>()
        })
        .sum();
    assert!(bytes < 300_000, "{bytes} bytes");
}

#[test]
fn the_samples_name_formats_and_rules_that_exist() {
    let text = std::fs::read_to_string(folder().join("../../../samples/samples.toml")).expect("the samples");
    let samples: toml::Table = text.parse().expect("TOML");
    let catalogue = catalogue();
    let strings = |value: Option<&toml::Value>| -> Vec<String> {
        let list = value.and_then(toml::Value::as_array).into_iter().flatten();
        list.map(|it| it.as_str().expect("a text").to_owned()).collect()
    };
    let creatives = samples["creative"].as_array().expect("creatives");
    assert!(!creatives.is_empty());
    for creative in creatives {
        let name = creative["external_id"].as_str().expect("an id");
        let kind = creative["kind"].as_str().and_then(Kind::parse).expect("a kind");
        let mut rules = BTreeSet::new();
        for id in strings(creative.get("formats")) {
            let format = catalogue.get(&FormatId::parse(&id).expect("a format id"));
            let format = format.unwrap_or_else(|| panic!("{name}: there is no format `{id}`"));
            assert_eq!(format.kind, kind, "{name}: {id}");
            rules.extend(format.rules.iter().map(|rule| rule.id.clone()));
        }
        for failed in strings(creative["expect"].get("failed")) {
            let refusal = RefusalCode::ALL.iter().any(|code| code.as_str() == failed);
            assert!(refusal || rules.contains(&failed), "{name}: nothing fails as `{failed}`");
        }
    }
}
