//! The catalogue: every format that creatives can be checked against, by id. Only a sound one exists.

use std::collections::{BTreeMap, BTreeSet};

use crate::format::{Format, FormatId};

/// Formats by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue(BTreeMap<FormatId, Format>);

/// What is wrong with a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("format `{format}`{}: {problem}", .rule.as_ref().map(|rule| format!(", rule `{rule}`")).unwrap_or_default())]
pub struct Unsound {
    /// In which format.
    pub format: FormatId,
    /// In which of its rules; `None` when it is the format as a whole.
    pub rule: Option<String>,
    /// What.
    pub problem: &'static str,
}

impl Catalogue {
    /// A catalogue of these formats, or everything that is wrong with them: ids are unique, every format has
    /// rules, every rule a unique id, a source and advice.
    pub fn new(formats: impl IntoIterator<Item = Format>) -> Result<Self, Vec<Unsound>> {
        let mut all = BTreeMap::new();
        let mut wrong = Vec::new();
        for format in formats {
            let unsound = |rule: Option<&str>, problem| Unsound {
                format: format.id.clone(),
                rule: rule.map(str::to_owned),
                problem,
            };
            if format.rules.is_empty() {
                wrong.push(unsound(None, "it has no rules"));
            }
            let mut ids = BTreeSet::new();
            for rule in &format.rules {
                let id = Some(rule.id.as_str());
                for (broken, problem) in [
                    (rule.id.is_empty(), "it has no id"),
                    (!ids.insert(&rule.id), "another rule of the format has this id"),
                    (rule.source.trim().is_empty(), "it names no source"),
                    (rule.fix.trim().is_empty(), "it gives no advice"),
                ] {
                    if broken {
                        wrong.push(unsound(id, problem));
                    }
                }
            }
            if all.contains_key(&format.id) {
                wrong.push(unsound(None, "another format has this id"));
            }
            all.insert(format.id.clone(), format);
        }
        if wrong.is_empty() { Ok(Self(all)) } else { Err(wrong) }
    }

    /// The format of this id.
    pub fn get(&self, id: &FormatId) -> Option<&Format> {
        self.0.get(id)
    }

    /// All formats, by id.
    pub fn all(&self) -> impl Iterator<Item = &Format> {
        self.0.values()
    }
}
