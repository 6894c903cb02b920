//! The documents that must be there, and links that lead somewhere. Knows nothing of what they say.

use std::path::Path;

use super::{File, Violation};

const EXPECTED: &[&str] = &["ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "README.md", "README.zh-CN.md"];

/// What a newcomer types, in both readmes.
const COMMANDS: &[&str] = &["cargo xtask demo", "cargo xtask test"];

pub fn check(root: &Path, documents: &[File]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for name in EXPECTED {
        if !root.join(name).is_file() {
            violations.push(Violation {
                rule: "documents",
                place: (*name).to_owned(),
                found: "is not there".to_owned(),
                mend: "write it",
            });
        }
    }
    for document in documents {
        if document.path.starts_with("README") {
            for command in COMMANDS.iter().filter(|command| !document.text.contains(*command)) {
                violations.push(Violation {
                    rule: "documents",
                    place: document.path.clone(),
                    found: format!("does not mention `{command}`"),
                    mend: "a newcomer needs two commands: say both",
                });
            }
        }
        check_links(root, document, &mut violations);
    }
    violations
}

fn check_links(root: &Path, document: &File, violations: &mut Vec<Violation>) {
    let folder = root.join(&document.path);
    let folder = folder.parent().unwrap_or(root);
    let mut code = false;
    for (number, line) in (1..).zip(document.text.lines()) {
        code ^= line.trim_start().starts_with("```");
        if code {
            continue;
        }
        for link in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            let outside = target.contains("://") || target.starts_with("mailto:");
            if !target.is_empty() && !outside && !folder.join(target).exists() {
                violations.push(Violation {
                    rule: "links",
                    place: format!("{}:{number}", document.path),
                    found: format!("`{target}` is not there"),
                    mend: "a link is relative to its document: correct it, or take it away",
                });
            }
        }
    }
}
