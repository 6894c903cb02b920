//! Data files that are wrong: each is refused, with its place and in words that say what to do.

use creativestore_catalogue::{Faults, read, shipped};

const GOOD: &str = r#"
owner = "Somebody"

units = [
  { id = "box", name = "Box", sizes = ["300x250"], kinds = ["image"], numbers = { initial = 1_000 } },
]

[rules.weight]
test.max_initial_bytes = "{initial}"
severity = "warn"
source = "A standard, section 1"
fix = "Make it lighter."

[[formats]]
id = "some_{unit}_{size}"
version = 1
name = "Some {name} {size}"
kind = "image"
size = "{size}"
for_each_unit = true
rules = ["dimensions", "weight"]

[formats.own.dimensions]
test.dimensions = ["{size}"]
severity = "fail"
source = "A standard, section 2"
fix = "Make it {size}."

[[formats]]
id = "another"
version = 1
name = "Another"
kind = "native_in_feed"
rules = ["title"]

[formats.own.title]
test.max_characters = { slot = "title", max = 30 }
severity = "fail"
source = "A standard, section 3"
fix = "Make it shorter."
"#;

fn faults(text: &str) -> String {
    read([("some.toml", text)]).expect_err("a file that is refused").to_string()
}

/// What is said when one place of a good file is changed.
fn instead(old: &str, new: &str) -> String {
    assert_eq!(GOOD.matches(old).count(), 1, "`{old}` stands once in the file");
    faults(&GOOD.replace(old, new))
}

#[test]
fn a_unit_becomes_a_format_for_each_of_its_sizes() {
    let text = GOOD.replace(r#"["300x250"]"#, r#"["300x250", "728x90"]"#);
    let catalogue = read([("some.toml", text.as_str())]).unwrap_or_else(|faults| panic!("{faults}"));
    let formats: Vec<_> =
        catalogue.all().map(|it| (it.id.to_string(), it.name.to_string(), it.size)).collect();
    assert_eq!(
        formats,
        [
            ("another".into(), "Another".into(), None),
            ("some_box_300x250".into(), "Some Box 300x250".into(), Some((300, 250))),
            ("some_box_728x90".into(), "Some Box 728x90".into(), Some((728, 90))),
        ]
    );
    let rules: Vec<_> = catalogue.all().flat_map(|it| &it.rules).map(|it| it.id.as_str()).collect();
    assert_eq!(rules, ["title", "dimensions", "weight", "dimensions", "weight"]);
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    for (old, new) in [
        ("owner = \"Somebody\"", "owner = \"Somebody\"\ncolour = \"red\""),
        ("severity = \"warn\"", "severity = \"warn\"\ncolour = \"red\""),
        ("for_each_unit = true", "for_each_unit = true\ncolour = \"red\""),
        ("id = \"box\",", "id = \"box\", colour = \"red\","),
        ("max = 30 }", "max = 30, colour = \"red\" }"),
    ] {
        let said = instead(old, new);
        assert!(said.starts_with("some.toml: ") && said.contains("line "), "{said}");
        let named = ["unknown field `colour`", "unexpected keys in table: colour"];
        assert!(named.iter().any(|words| said.contains(words)), "{said}");
    }
}

#[test]
fn a_test_that_nobody_knows_is_refused_with_those_there_are() {
    let said = instead("test.max_characters", "test.most_characters");
    assert!(
        said.contains("unknown variant `most_characters`") && said.contains("`max_characters`"),
        "{said}"
    );
}

#[test]
fn a_missing_source_is_refused() {
    let said = instead("source = \"A standard, section 3\"\n", "");
    assert!(said.contains("missing field `source`"), "{said}");
    let said = instead("\"A standard, section 3\"", "\" \"");
    assert_eq!(said, "some.toml, format `another`, rule `title`: it names no source");
}

#[test]
fn missing_advice_is_refused() {
    let said = instead("\"Make it shorter.\"", "\"\"");
    assert_eq!(said, "some.toml, format `another`, rule `title`: it gives no advice");
}

#[test]
fn a_missing_severity_is_refused() {
    let said = instead("severity = \"warn\"\n", "");
    assert!(said.contains("missing field `severity`"), "{said}");
}

#[test]
fn two_formats_of_one_id_are_refused_wherever_they_are() {
    let said = read([("some.toml", GOOD), ("more.toml", GOOD)]).expect_err("a duplicate").to_string();
    assert_eq!(
        said,
        "some.toml and more.toml, format `some_box_300x250`: another format has this id\n\
         some.toml and more.toml, format `another`: another format has this id"
    );
    let said = instead("id = \"another\"", "id = \"some_box_300x250\"");
    assert_eq!(said, "some.toml, format `some_box_300x250`: another format has this id");
}

#[test]
fn a_rule_that_is_listed_twice_is_refused() {
    let said = instead("rules = [\"title\"]", "rules = [\"title\", \"title\"]");
    assert_eq!(said, "some.toml, format `another`, rule `title`: another rule of the format has this id");
}

#[test]
fn a_format_without_rules_is_refused() {
    let said = instead("rules = [\"title\"]", "rules = []");
    assert_eq!(
        said,
        "some.toml, format `another`, rule `title`: no format lists this rule\n\
         some.toml, format `another`: it has no rules"
    );
}

#[test]
fn a_wrong_size_is_refused() {
    for wrong in ["300", "300x", "x250", "300×250", "300x250px", "0x250", "-300x250", "+300x250", "300 x 250"]
    {
        let said = instead("[\"300x250\"]", &format!("[\"{wrong}\"]"));
        let place = format!("some.toml, format `some_box_{wrong}`");
        let problem =
            format!("`{wrong}` is no size: write the width and the height in pixels, as in `300x250`");
        assert!(said.contains(&format!("{place}: {problem}")), "{said}");
        assert!(said.contains(&format!("{place}, rule `dimensions`: {problem}")), "{said}");
    }
}

#[test]
fn an_empty_list_a_zero_and_a_negative_number_are_refused() {
    let said = instead("test.dimensions = [\"{size}\"]", "test.dimensions = []");
    assert_eq!(said, "some.toml, format `some_box_300x250`, rule `dimensions`: the list is empty");
    let said = instead("max = 30", "max = 0");
    assert_eq!(said, "some.toml, format `another`, rule `title`: the limit is 0");
    let said = instead("test.max_initial_bytes = \"{initial}\"", "test.max_initial_bytes = -1");
    assert!(said.contains("a number below 0, where an amount is due"), "{said}");
    let said = instead("test.max_initial_bytes = \"{initial}\"", "test.max_initial_bytes = \"1 kB\"");
    assert!(said.contains("a whole number, or the name of a number of the unit"), "{said}");
}

#[test]
fn a_slot_that_the_kind_does_not_have_is_refused() {
    let said = instead("slot = \"title\"", "slot = \"headline\"");
    assert_eq!(
        said,
        "some.toml, format `another`, rule `title`: creatives of this kind have no slot `headline`"
    );
}

#[test]
fn a_kind_an_id_a_name_and_a_version_that_are_none_are_refused() {
    let said = instead("kind = \"native_in_feed\"", "kind = \"hologram\"");
    assert_eq!(said, "some.toml, format `another`: `hologram` is no kind of creative");
    let said = instead("id = \"another\"", "id = \"an other\"");
    assert!(said.starts_with("some.toml, format `an other`: `an other` is no id: "), "{said}");
    let said = instead("name = \"Another\"", "name = \"\"");
    assert_eq!(said, "some.toml, format `another`: `` is no name: it must not be empty");
    let said = instead("version = 1\nname = \"Another\"", "version = 0\nname = \"Another\"");
    assert_eq!(said, "some.toml, format `another`: a version is 1 or more");
}

#[test]
fn a_rule_that_is_not_there_and_one_that_nobody_lists_are_refused() {
    let said = instead("rules = [\"dimensions\", \"weight\"]", "rules = [\"dimensions\", \"wait\"]");
    assert_eq!(
        said,
        "some.toml, format `some_box_300x250`, rule `wait`: neither the format nor the file has a rule of this name\n\
         some.toml, rule `weight`: no format lists this rule\n\
         some.toml: no rule asks for the number `initial` of the unit `box`"
    );
}

#[test]
fn a_number_that_the_unit_does_not_have_is_refused() {
    let said = instead("\"{initial}\"", "\"{subload}\"");
    assert_eq!(
        said,
        "some.toml, format `some_box_300x250`, rule `weight`: the unit `box` has no number `subload`\n\
         some.toml: no rule asks for the number `initial` of the unit `box`"
    );
    let said = instead("rules = [\"title\"]", "rules = [\"title\", \"weight\"]");
    assert_eq!(said, "some.toml, format `another`, rule `weight`: the unit `none` has no number `initial`");
}

#[test]
fn a_unit_of_which_no_format_is_made_is_refused() {
    let said = instead("kinds = [\"image\"]", "kinds = [\"hologram\"]");
    assert!(said.contains("some.toml: no format is made of the unit `box`"), "{said}");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let text = GOOD
        .replace("kind = \"native_in_feed\"", "kind = \"hologram\"")
        .replace("[\"300x250\"]", "[\"300\"]")
        .replace("\"Make it lighter.\"", "\"\"");
    let Faults(faults) = read([("some.toml", text.as_str()), ("worse.toml", "owner =")]).expect_err("faults");
    let files: Vec<&str> = faults.iter().map(|fault| fault.file.as_str()).collect();
    assert_eq!(files, ["some.toml", "some.toml", "some.toml", "worse.toml"], "{faults:#?}");
}

#[test]
fn the_shipped_files_are_sound() {
    if let Err(faults) = shipped() {
        panic!("{faults}");
    }
}
