//! From a data file to formats: every unit in every size, every rule by its name. Says what is wrong with a file
//! and goes on, so that whoever edits it hears everything at once. Knows no test.

use std::collections::BTreeSet;

use creativestore_domain::format::{Format, FormatId, Rule, Severity};
use creativestore_domain::manifest::Kind;
use creativestore_domain::text::Name;

use crate::fault::{Fault, Problem};
use crate::file::{FileTwin, FormatTwin, RuleTwin, SeverityTwin, UnitTwin};
use crate::vocabulary::{self, Row};

/// The formats of a file; what is wrong with it is added to `faults`.
pub(crate) fn file(name: &str, text: &str, faults: &mut Vec<Fault>) -> Vec<Format> {
    let twin = match toml::from_str::<FileTwin>(text) {
        Ok(twin) => twin,
        Err(error) => {
            let problem = Problem::Unreadable(error.to_string().trim_end().to_owned());
            faults.push(Fault { file: name.to_owned(), format: None, rule: None, problem });
            return Vec::new();
        }
    };
    let mut reader = Reader { file: name, twin: &twin, faults, used: BTreeSet::new() };
    let formats = reader.formats();
    reader.leftovers();
    formats
}

/// What a file is read with.
struct Reader<'a> {
    file: &'a str,
    twin: &'a FileTwin,
    faults: &'a mut Vec<Fault>,
    /// What was used of what formats share: rules, units, and numbers of units.
    used: BTreeSet<Shared<'a>>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Shared<'a> {
    Rule(&'a str),
    Unit(&'a str),
    Number(&'a str, &'a str),
}

impl<'a> Reader<'a> {
    fn fault(&mut self, format: Option<&str>, rule: Option<&str>, problem: Problem) {
        let [format, rule] = [format, rule].map(|it| it.map(str::to_owned));
        self.faults.push(Fault { file: self.file.to_owned(), format, rule, problem });
    }

    /// What a part gives, or `None` after saying what is wrong with it.
    fn or_fault<T>(&mut self, format: &str, rule: Option<&str>, part: Result<T, Problem>) -> Option<T> {
        part.map_err(|problem| self.fault(Some(format), rule, problem)).ok()
    }

    fn formats(&mut self) -> Vec<Format> {
        let twin = self.twin;
        let mut formats = Vec::new();
        for format in &twin.formats {
            if format.for_each_unit {
                for unit in twin.units.iter().filter(|unit| unit.kinds.contains(&format.kind)) {
                    self.used.insert(Shared::Unit(&unit.id));
                    let sizes = unit.sizes.iter();
                    formats.extend(sizes.filter_map(|size| self.format(format, Some((unit, size)))));
                }
            } else {
                formats.extend(self.format(format, None));
            }
        }
        formats
    }

    fn format(&mut self, twin: &'a FormatTwin, row: Option<(&'a UnitTwin, &'a str)>) -> Option<Format> {
        let FormatTwin { id, version, name, kind, size, for_each_unit: _, rules: listed, own } = twin;
        let id = filled(id, row);
        let at = id.as_str();
        let name = filled(name, row);
        let name = Name::parse(&name).map_err(|error| Problem::Name(name.clone(), error));
        let name = self.or_fault(at, None, name);
        let kind = self.or_fault(at, None, Kind::parse(kind).ok_or_else(|| Problem::Kind(kind.clone())));
        let size = size.as_deref().map(|size| vocabulary::size(&filled(size, row))).transpose();
        let size = self.or_fault(at, None, size);
        self.or_fault(at, None, if *version == 0 { Err(Problem::Version) } else { Ok(()) });
        let owner = self.twin.owner.trim();
        self.or_fault(at, None, if owner.is_empty() { Err(Problem::Owner) } else { Ok(()) });
        for unlisted in own.keys().filter(|rule| !listed.contains(rule)) {
            self.fault(Some(at), Some(unlisted), Problem::UnusedRule);
        }
        // Without a kind nothing can be said of slots; the format is refused for the kind already.
        let rules = kind.map(|kind| self.rules(twin, at, kind, row));
        // None is left of those it lists: what is wrong with each was said, that it has none would mislead.
        let rules = rules.filter(|read| !read.is_empty() || listed.is_empty());
        let parsed = FormatId::parse(at).map_err(|error| Problem::Id(at.to_owned(), error));
        let parsed = self.or_fault(at, None, parsed);
        Some(Format {
            id: parsed?,
            version: *version,
            name: name?,
            owner: owner.to_owned(),
            kind: kind?,
            size: size?,
            rules: rules?,
        })
    }

    fn rules(
        &mut self,
        format: &'a FormatTwin,
        at: &str,
        kind: Kind,
        row: Option<(&'a UnitTwin, &'a str)>,
    ) -> Vec<Rule> {
        let shared = &self.twin.rules;
        let mut rules = Vec::with_capacity(format.rules.len());
        for id in &format.rules {
            let twin = match (format.own.get(id), shared.get_key_value(id)) {
                (Some(own), _) => own,
                (None, Some((name, shared))) => {
                    self.used.insert(Shared::Rule(name));
                    shared
                }
                (None, None) => {
                    self.fault(Some(at), Some(id), Problem::NoSuchRule);
                    continue;
                }
            };
            let RuleTwin { severity, test, source, fix } = twin;
            let mut numbers =
                Row { size: row.map(|(_, size)| size), unit: row.map(|(unit, _)| unit), asked: Vec::new() };
            let test = vocabulary::convert(test, kind, &mut numbers);
            self.used.extend(numbers.asked.into_iter().map(|(unit, number)| Shared::Number(unit, number)));
            let Some(test) = self.or_fault(at, Some(id), test) else { continue };
            rules.push(Rule {
                id: id.clone(),
                severity: match severity {
                    SeverityTwin::Fail => Severity::Fail,
                    SeverityTwin::Warn => Severity::Warn,
                },
                test,
                source: filled(source, row),
                fix: filled(fix, row),
            });
        }
        rules
    }

    /// Says what the file has and no format uses: it would seem to be in force.
    fn leftovers(&mut self) {
        let twin = self.twin;
        for rule in
            twin.rules.keys().filter(|rule| !self.used.contains(&Shared::Rule(rule))).collect::<Vec<_>>()
        {
            self.fault(None, Some(rule), Problem::UnusedRule);
        }
        for unit in &twin.units {
            if !self.used.contains(&Shared::Unit(&unit.id)) {
                self.fault(None, None, Problem::UnusedUnit(unit.id.clone()));
                continue;
            }
            for number in unit.numbers.keys() {
                if !self.used.contains(&Shared::Number(&unit.id, number)) {
                    let (unit, number) = (unit.id.clone(), number.clone());
                    self.fault(None, None, Problem::UnusedNumber { unit, number });
                }
            }
        }
    }
}

/// A text with what it says of its unit.
fn filled(text: &str, row: Option<(&UnitTwin, &str)>) -> String {
    let Some((unit, size)) = row else { return text.to_owned() };
    text.replace("{unit}", &unit.id).replace("{name}", &unit.name).replace("{size}", size)
}
