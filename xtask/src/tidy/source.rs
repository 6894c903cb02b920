//! What a source file must and must not hold. Reads text, not syntax: what is forbidden is forbidden in
//! comments and strings, too.

use super::{File, Violation};

const MOST_LINES: usize = 500;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "misc", "shared", "types", "util", "utils"];

/// What no file holds, and what to do instead. Put together from parts, because this file is read as well.
pub const FORBIDDEN: &[(&str, &str)] = &[
    (
        concat!("#[", "ignore"),
        "a test runs or goes: make it fast, or put it behind `cargo xtask test --long`",
    ),
    (concat!("#[", "allow("), "use `#[expect(lint, reason = \"…\")]`, which says why and when it is over"),
    (concat!("#![", "allow("), "use `#[expect(lint, reason = \"…\")]`, which says why and when it is over"),
    (concat!("to", "do!("), "write it, or leave its place free"),
    (concat!("unimpl", "emented!("), "write it, or leave its place free"),
    (concat!("db", "g!("), "take it out, or record it with `tracing`"),
    (concat!("TO", "DO"), "do it, or file it where work is planned"),
    (concat!("FIX", "ME"), "do it, or file it where work is planned"),
];

const SLEEP: &str = concat!("sl", "eep(");

pub fn check(rust: &[File]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in rust {
        let lines = file.text.lines().count();
        if !file.text.starts_with("//!") {
            violations.push(Violation {
                rule: "opening",
                place: format!("{}:1", file.path),
                found: "does not open with `//!`".to_owned(),
                mend: "open with what the file is and what it refuses to know",
            });
        }
        if lines > MOST_LINES {
            violations.push(Violation {
                rule: "length",
                place: file.path.clone(),
                found: format!("{lines} lines, of at most {MOST_LINES}"),
                mend: "find the two things that it is, and give each a file",
            });
        }
        let path = file.path.trim_end_matches(".rs");
        if let Some(name) = path.split('/').find(|part| EMPTY_NAMES.contains(part)) {
            violations.push(Violation {
                rule: "names",
                place: file.path.clone(),
                found: format!("`{name}` says nothing about what is inside"),
                mend: "name it after what it holds; what two rooms share belongs to the lower one",
            });
        }
        let mut test = is_test(path);
        for (number, line) in (1..).zip(file.text.lines()) {
            test |= line.trim_start().starts_with("#[cfg(test)]");
            let place = format!("{}:{number}", file.path);
            for (token, mend) in FORBIDDEN {
                if line.contains(token) {
                    violations.push(Violation {
                        rule: "left open",
                        place: place.clone(),
                        found: format!("holds `{token}`"),
                        mend,
                    });
                }
            }
            if test && line.contains(SLEEP) {
                violations.push(Violation {
                    rule: "no sleeps",
                    place,
                    found: format!("a test calls `{SLEEP}…)`"),
                    mend: "advance the clock, run the worker once, or wait for the thing itself",
                });
            }
        }
    }
    violations
}

/// Whether all of a file is test code: a folder or a file of tests, or a package that is nothing else.
fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests")
        || path.ends_with("_tests")
        || path.starts_with("crates/contract/")
}
