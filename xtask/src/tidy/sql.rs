//! Every statement is a file, and every file is used. Knows no SQL.

use super::{File, Violation};

pub fn check(statements: &[File], rust: &[File]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for statement in statements {
        let name = statement.path.rsplit('/').next().unwrap_or_default();
        if !rust.iter().any(|file| names(&file.text, name)) {
            violations.push(Violation {
                rule: "sql used",
                place: statement.path.clone(),
                found: "no source file names it".to_owned(),
                mend: "take it away, or run it",
            });
        }
    }
    violations
}

/// Whether a text names the file, as a whole: `list.sql` is not named by `relist.sql`. A table of statements puts the
/// ending to all of its names in one place.
fn names(text: &str, file: &str) -> bool {
    let whole =
        text.match_indices(file).any(|(at, _)| matches!(text[..at].chars().next_back(), Some('"' | '/')));
    let stem = file.trim_end_matches(".sql");
    whole || (text.contains("\".sql\"") && text.contains(&format!("\"{stem}\"")))
}
