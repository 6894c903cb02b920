//! Breaks each invariant once, in a tiny house of its own, and sees tidy say so; then runs it on the real one.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use super::check;
use crate::workspace;

/// A house in which every invariant holds, in a folder that goes away.
struct House {
    folder: tempfile::TempDir,
}

impl House {
    fn new() -> House {
        let house = House { folder: tempfile::tempdir().unwrap() };
        house.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"crates/domain\", \"crates/ports\", \"crates/usecases\", \
             \"crates/inbound/*\", \"crates/outbound/*\", \"crates/app\"]\n\n[workspace.lints]\n",
        );
        house.room("crates/domain", "domain", &[]);
        house.room("crates/ports", "ports", &["domain"]);
        house.room("crates/usecases", "usecases", &["domain", "ports"]);
        house.room("crates/inbound/rest", "rest", &["domain", "ports", "usecases"]);
        house.room("crates/outbound/sql", "sql", &["domain", "ports"]);
        house.room("crates/outbound/sqlite", "sqlite", &["domain", "ports", "sql"]);
        house.room("crates/outbound/blobs", "blobs", &["domain", "ports"]);
        house.room("crates/app", "app", &["domain", "ports", "usecases", "rest", "sqlite", "blobs"]);
        house.write("crates/app/src/wiring.rs", "//! wiring\nuse creativestore_sqlite::Store;\n");
        house.write("crates/outbound/sql/sql/list.sql", "SELECT 1");
        house.write(
            "crates/outbound/sql/src/list.rs",
            "//! list\nconst LIST: &str = include_str!(\"../sql/list.sql\");\n",
        );
        let readme = "# A house\n\n`cargo xtask demo`, `cargo xtask test`; [why](ARCHITECTURE.md)\n";
        house.write("README.md", readme);
        house.write("README.zh-CN.md", readme);
        for name in ["ARCHITECTURE.md", "CHANGELOG.md", "LICENSE"] {
            house.write(name, "# Words\n");
        }
        house
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Writes a room that sees `rooms`, by the last word of their folders.
    fn room(&self, folder: &str, name: &str, rooms: &[&str]) {
        let up = "../".repeat(folder.split('/').count());
        let mut lines = String::new();
        for room in rooms {
            let at = match *room {
                "rest" => "crates/inbound/rest".to_owned(),
                "sql" | "sqlite" | "blobs" => format!("crates/outbound/{room}"),
                _ => format!("crates/{room}"),
            };
            writeln!(lines, "creativestore-{room} = {{ path = \"{up}{at}\" }}").unwrap();
        }
        self.write(
            &format!("{folder}/Cargo.toml"),
            &format!(
                "[package]\nname = \"creativestore-{name}\"\nedition = \"2024\"\n\n[lints]\nworkspace = true\n\n\
                 [dependencies]\n{lines}"
            ),
        );
        self.write(&format!("{folder}/src/lib.rs"), "//! A room.\n");
    }

    fn append(&self, path: &str, text: &str) {
        let before = std::fs::read_to_string(self.path(path)).unwrap();
        self.write(path, &(before + text));
    }

    /// What tidy finds, each as `place: rule`.
    fn found(&self) -> Vec<String> {
        let metadata = workspace::metadata(self.folder.path()).unwrap();
        let violations = check(self.folder.path(), &metadata).unwrap();
        violations.iter().map(|violation| format!("{}: {}", violation.place, violation.rule)).collect()
    }
}

#[test]
fn the_real_house_is_tidy() {
    let root = workspace::root();
    let violations = check(&root, &workspace::metadata(&root).unwrap()).unwrap();
    let list: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{}", list.join("\n"));
}

#[test]
fn a_house_in_which_every_invariant_holds_is_tidy() {
    assert_eq!(House::new().found(), [""; 0]);
}

#[test]
fn an_edge_upwards_is_found() {
    let house = House::new();
    house.room("crates/ports", "ports", &["domain", "usecases"]);
    assert_eq!(house.found(), ["crates/ports/Cargo.toml:10: edges"]);
}

#[test]
fn an_outbound_crate_that_names_another_is_found() {
    let house = House::new();
    house.room("crates/outbound/blobs", "blobs", &["domain", "ports", "sqlite"]);
    assert_eq!(house.found(), ["crates/outbound/blobs/Cargo.toml:11: edges"]);
}

#[test]
fn only_stores_see_what_both_stores_share() {
    let house = House::new();
    house.room("crates/outbound/blobs", "blobs", &["domain", "ports", "sql"]);
    assert_eq!(house.found(), ["crates/outbound/blobs/Cargo.toml:11: edges"]);
}

#[test]
fn an_inbound_crate_that_names_an_outbound_one_is_found() {
    let house = House::new();
    house.room("crates/inbound/rest", "rest", &["domain", "sqlite"]);
    assert_eq!(house.found(), ["crates/inbound/rest/Cargo.toml:10: edges"]);
}

#[test]
fn tests_may_use_a_real_store() {
    let house = House::new();
    house.append(
        "crates/inbound/rest/Cargo.toml",
        "\n[dev-dependencies]\ncreativestore-sqlite = { path = \"../../outbound/sqlite\" }\nserde = \"1\"\n",
    );
    assert_eq!(house.found(), [""; 0]);
}

#[test]
fn a_crate_that_the_domain_refuses_to_know_is_found() {
    let house = House::new();
    house.append("crates/domain/Cargo.toml", "serde = \"1\"\n");
    assert_eq!(house.found(), ["crates/domain/Cargo.toml:9: refused crates"]);
}

#[test]
fn a_database_in_a_use_case_is_found() {
    let house = House::new();
    house.append("crates/usecases/Cargo.toml", "sqlx.version = \"0.9\"\n");
    assert_eq!(house.found(), ["crates/usecases/Cargo.toml:11: refused crates"]);
}

#[test]
fn any_error_outside_app_is_found() {
    let house = House::new();
    house.append("crates/inbound/rest/Cargo.toml", "anyhow = \"1\"\n");
    house.append("crates/app/Cargo.toml", "anyhow = \"1\"\n");
    assert_eq!(house.found(), ["crates/inbound/rest/Cargo.toml:12: refused crates"]);
}

#[test]
fn an_outbound_crate_that_app_names_outside_its_wiring_is_found() {
    let house = House::new();
    house.write(
        "crates/app/src/serve.rs",
        "//! serve\n// not creativestore_sqlite\nuse creativestore_sqlite::Store;\n",
    );
    assert_eq!(house.found(), ["crates/app/src/serve.rs:3: wiring"]);
}

#[test]
fn a_crate_in_no_room_is_found() {
    let house = House::new();
    house.room("crates/outbound/deep/er", "er", &[]);
    house.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"crates/domain\", \"crates/outbound/deep/er\"]\n\n[workspace.lints]\n",
    );
    assert_eq!(house.found(), ["crates/outbound/deep/er/Cargo.toml: rooms"]);
}

#[test]
fn a_package_that_is_not_called_after_its_folder_is_found() {
    let house = House::new();
    house.room("crates/outbound/redis", "cache", &[]);
    assert_eq!(house.found(), ["crates/outbound/redis/Cargo.toml: names"]);
}

#[test]
fn a_room_without_the_lints_is_found() {
    let house = House::new();
    house.write(
        "crates/domain/Cargo.toml",
        "[package]\nname = \"creativestore-domain\"\nedition = \"2024\"\n",
    );
    assert_eq!(house.found(), ["crates/domain/Cargo.toml: lints"]);
}

#[test]
fn a_file_that_does_not_say_what_it_is_is_found() {
    let house = House::new();
    house.write("crates/domain/src/hash.rs", "struct Hash;\n");
    assert_eq!(house.found(), ["crates/domain/src/hash.rs:1: opening"]);
}

#[test]
fn a_file_of_501_lines_is_found() {
    let house = House::new();
    house.write("crates/domain/src/short.rs", &format!("//! short\n{}", "\n".repeat(499)));
    house.write("crates/domain/src/long.rs", &format!("//! long\n{}", "\n".repeat(500)));
    assert_eq!(house.found(), ["crates/domain/src/long.rs: length"]);
}

#[test]
fn a_name_that_says_nothing_is_found() {
    let house = House::new();
    house.write("crates/domain/src/utils.rs", "//! odds\n");
    house.write("crates/domain/src/common/mod.rs", "//! ends\n");
    assert_eq!(
        house.found(),
        ["crates/domain/src/common/mod.rs: names", "crates/domain/src/utils.rs: names"]
    );
}

#[test]
fn what_was_left_open_is_found() {
    let house = House::new();
    let tokens = super::source::FORBIDDEN;
    let lines: Vec<&str> = tokens.iter().map(|(token, _)| *token).collect();
    house.write("crates/domain/src/hash.rs", &format!("//! hash\n{}\n", lines.join("\n")));
    let expected: Vec<String> =
        (2..).take(tokens.len()).map(|line| format!("crates/domain/src/hash.rs:{line}: left open")).collect();
    assert_eq!(house.found(), expected);
}

#[test]
fn a_sleep_in_a_test_is_found_and_one_in_a_worker_is_not() {
    let house = House::new();
    let waits = concat!("sl", "eep(second);\n");
    house.write("crates/app/src/worker.rs", &format!("//! worker\n{waits}"));
    house.write("crates/app/tests/drain.rs", &format!("//! drain\n{waits}"));
    house.write(
        "crates/domain/src/clock.rs",
        &format!("//! clock\n{waits}#[cfg(test)]\nmod tests {{\n{waits}}}\n"),
    );
    assert_eq!(
        house.found(),
        ["crates/app/tests/drain.rs:2: no sleeps", "crates/domain/src/clock.rs:5: no sleeps"]
    );
}

#[test]
fn a_statement_that_nothing_runs_is_found() {
    let house = House::new();
    house.write("crates/outbound/sql/sql/st.sql", "SELECT 2");
    assert_eq!(house.found(), ["crates/outbound/sql/sql/st.sql: sql used"]);
}

#[test]
fn a_missing_document_is_found() {
    for name in ["CHANGELOG.md", "LICENSE", "README.md", "README.zh-CN.md"] {
        let house = House::new();
        std::fs::remove_file(house.path(name)).unwrap();
        assert_eq!(house.found(), [format!("{name}: documents")]);
    }
}

#[test]
fn a_readme_without_the_two_commands_is_found() {
    let house = House::new();
    house.write("README.zh-CN.md", "`cargo xtask demo`\n");
    assert_eq!(house.found(), ["README.zh-CN.md: documents"]);
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let house = House::new();
    house.write(
        "docs/a.md",
        "[up](../README.md#one) [out](https://example.com/x)\n```\n[code](no)\n```\n[b](b.md)\n",
    );
    assert_eq!(house.found(), ["docs/a.md:5: links"]);
}

/// What the domain may be built from: hashing, ids, errors, and what text and addresses need of Unicode.
const DOMAIN_BUILT_FROM: &[&str] = &[
    "block-buffer",
    "cfg-if",
    "const-oid",
    "cpufeatures",
    "creativestore-domain",
    "crypto-common",
    "digest",
    "form_urlencoded",
    "hybrid-array",
    "icu_collections",
    "icu_locale_core",
    "icu_normalizer",
    "icu_normalizer_data",
    "icu_properties",
    "icu_properties_data",
    "icu_provider",
    "idna",
    "idna_adapter",
    "libc",
    "litemap",
    "percent-encoding",
    "potential_utf",
    "sha2",
    "smallvec",
    "stable_deref_trait",
    "thiserror",
    "tinystr",
    "tinyvec",
    "tinyvec_macros",
    "typenum",
    "unicode-normalization",
    "unicode-segmentation",
    "url",
    "utf8_iter",
    "utf_types",
    "uuid",
    "writeable",
    "yoke",
    "zerofrom",
    "zerotrie",
    "zerovec",
];

#[test]
fn the_domain_is_built_from_no_io_async_web_or_serialisation_crate() {
    let tree = Command::new(env!("CARGO"))
        .current_dir(workspace::root())
        .args(["tree", "--locked", "--package", "creativestore-domain"])
        .args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"])
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    let mut strangers: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    strangers.retain(|name| !DOMAIN_BUILT_FROM.contains(name));
    assert_eq!(strangers, [""; 0]);
}
