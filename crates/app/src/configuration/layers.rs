//! Where values come from: the base file, the service file, the environment, later over earlier. Knows keys, and
//! nothing of what their values mean.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::{FileFormat, Map, Source, Value, ValueKind};

use super::keys::{self, Key};
use super::{Environment, Problem, variables};

/// A value, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// As it was written, variables filled in.
    pub text: String,
    /// From where: `default`, a file, or `variable SERVER_PORT`.
    pub origin: String,
}

/// What all layers say together.
#[derive(Debug, Default)]
pub struct Layers {
    given: BTreeMap<&'static str, Given>,
    /// Sections of the base file that are not ours.
    pub ignored: Vec<String>,
    /// What is wrong with the files.
    pub problems: Vec<Problem>,
}

impl Layers {
    /// Reads everything that there is to read. `folder` is what relative paths start from.
    pub fn read(environment: &Environment, folder: &Path) -> Self {
        let mut layers = Self::default();
        let name = environment.get("ENVIRONMENT").or(environment.get("ENV")).unwrap_or("development");
        if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            let base = PathBuf::from(format!("configs/base/{name}.yaml"));
            if folder.join(&base).exists() {
                layers.file(folder, &base, true, environment);
            }
        } else {
            let detail = format!("`{name}` is no name of an environment: letters, digits, `-` and `_`");
            layers.problems.push(Problem::new("the environment", Some("ENVIRONMENT"), detail));
        }
        if let Some(file) = environment.get("CONFIG_FILE") {
            layers.file(folder, Path::new(file), false, environment);
        }
        for key in keys::ALL {
            if let Some(text) = environment.get(key.variable) {
                let origin = format!("variable {}", key.variable);
                layers.given.insert(key.name, Given { text: text.to_owned(), origin });
            }
        }
        layers
    }

    /// What is said of a key: its default when nobody says anything.
    pub fn of(&self, key: &'static Key) -> Given {
        let default = || Given { text: key.default.to_owned(), origin: "default".to_owned() };
        self.given.get(key.name).cloned().unwrap_or_else(default)
    }

    fn file(&mut self, folder: &Path, path: &Path, shared: bool, environment: &Environment) {
        let name = path.display().to_string();
        let text = match std::fs::read_to_string(folder.join(path)) {
            Ok(text) => text,
            Err(error) => {
                let detail = format!("cannot be read: {error}; it is named by CONFIG_FILE");
                self.problems.push(Problem::new(&name, None, detail));
                return;
            }
        };
        match config::File::from_str(&text, FileFormat::Yaml).collect() {
            Ok(sections) => self.sections(&name, sections, shared, environment),
            Err(error) => {
                self.problems.push(Problem::new(
                    &name,
                    None,
                    format!("is not YAML that can be read: {error}"),
                ));
            }
        }
    }

    fn sections(
        &mut self,
        file: &str,
        sections: Map<String, Value>,
        shared: bool,
        environment: &Environment,
    ) {
        let mut sections: Vec<_> = sections.into_iter().collect();
        sections.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, value) in sections {
            if shared && !keys::is_section(&name) {
                self.ignored.push(format!("{name} ({file})"));
            } else {
                self.value(file, &name, value, environment);
            }
        }
    }

    fn value(&mut self, file: &str, name: &str, value: Value, environment: &Environment) {
        let text = match value.kind {
            ValueKind::Table(table) => {
                let mut entries: Vec<_> = table.into_iter().collect();
                entries.sort_by(|(a, _), (b, _)| a.cmp(b));
                if keys::find(name).is_some() {
                    self.problems.push(Problem::new(file, Some(name), "has no keys of its own"));
                }
                for (key, value) in entries {
                    self.value(file, &format!("{name}.{key}"), value, environment);
                }
                return;
            }
            ValueKind::Nil => return,
            ValueKind::Array(_) => {
                self.problems.push(Problem::new(file, Some(name), "is a list; one value is expected"));
                return;
            }
            other => other.to_string(),
        };
        let Some(key) = keys::find(name) else {
            let hint =
                keys::nearest(name).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            self.problems.push(Problem::new(file, Some(name), format!("is not a setting{hint}")));
            return;
        };
        match variables::fill(&text, environment) {
            Ok(text) => {
                self.given.insert(key.name, Given { text, origin: file.to_owned() });
            }
            Err(error) => self.problems.push(Problem::new(file, Some(name), error)),
        }
    }
}
