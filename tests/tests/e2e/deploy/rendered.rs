//! An overlay as it is rendered, object by object, and the files beside it. Knows where something is, and not what it
//! should be.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use anyhow::{Context as _, bail, ensure};
use creativestore_tests::tools::{kubectl, python};
use serde_json::Value;

use super::file;

/// Production.
pub const PRODUCTION: &str = "deploy/creativestore";
/// A cluster without operators.
pub const PLAIN: &str = "deploy/examples/plain";
/// A cluster on one machine.
pub const LOCAL: &str = "deploy/examples/local";
/// Production with a `NetworkPolicy`.
pub const GUARDED: &str = "deploy/examples/network-policy";
/// Everything that is rendered.
pub const OVERLAYS: [&str; 4] = [PRODUCTION, PLAIN, LOCAL, GUARDED];

/// Objects by `Kind/name`, and the files that facts are about by their names.
#[derive(Clone, Debug)]
pub struct Rendered(pub BTreeMap<String, Value>);

impl Rendered {
    /// What an overlay renders to.
    pub fn overlay(overlay: &str) -> anyhow::Result<Self> {
        let mut objects = BTreeMap::new();
        for object in documents(&kubectl::kustomize(&file(overlay))?)? {
            let kind = object["kind"].as_str().context("a kind")?;
            let name = object["metadata"]["name"].as_str().context("a name")?;
            let key = format!("{kind}/{name}");
            ensure!(objects.insert(key.clone(), object).is_none(), "{key} is there twice");
        }
        Ok(Self(objects))
    }

    /// Production, rendered once, with the sources whose text facts are about.
    pub fn production() -> anyhow::Result<Self> {
        static ONCE: OnceLock<Result<Rendered, String>> = OnceLock::new();
        let once = ONCE.get_or_init(|| Self::with_sources().map_err(|error| format!("{error:#}")));
        once.clone().map_err(anyhow::Error::msg)
    }

    fn with_sources() -> anyhow::Result<Self> {
        let mut this = Self::overlay(PRODUCTION)?;
        for (name, path) in [
            ("kustomization", "deploy/creativestore/kustomization.yaml"),
            ("inline", "deploy/creativestore/deployment.yaml"),
            ("application", "deploy/examples/argocd/application.yaml"),
        ] {
            let [source] = &documents(&std::fs::read_to_string(file(path))?)?[..] else { bail!("{path}") };
            this.0.insert(name.to_owned(), source.clone());
        }
        let kept = this.text("ConfigMap/app-creativestore-config", "data/creativestore.yaml")?.to_owned();
        let [configuration] = &documents(&kept)?[..] else { bail!("the service's file is one document") };
        this.0.insert("configuration".to_owned(), configuration.clone());
        Ok(this)
    }

    /// The rendered objects, without the files.
    pub fn objects(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter().filter(|(name, _)| name.contains('/'))
    }

    /// What is at a place: names of fields, numbers of elements or their names, separated by `/`; a `/` in a name is
    /// written `~1`.
    pub fn at(&self, object: &str, path: &str) -> anyhow::Result<&Value> {
        let whole = self.0.get(object).with_context(|| format!("there is no {object}"))?;
        let mut steps = path.split('/').filter(|step| !step.is_empty());
        steps
            .try_fold(whole, |value, step| match value {
                Value::Array(elements) => elements.get(position(elements, step)?),
                _ => value.get(step.replace("~1", "/")),
            })
            .with_context(|| format!("{object} has no {path}"))
    }

    /// The same, as text.
    pub fn text(&self, object: &str, path: &str) -> anyhow::Result<&str> {
        self.at(object, path)?.as_str().with_context(|| format!("{path} of {object} is no text"))
    }

    /// Puts something else there; a field that is not there is made.
    pub fn put(&mut self, object: &str, path: &str, value: Value) -> anyhow::Result<()> {
        let mut place = self.0.get_mut(object).with_context(|| format!("there is no {object}"))?;
        for step in path.split('/').filter(|step| !step.is_empty()) {
            place = match place {
                Value::Array(elements) => {
                    let at = position(elements, step);
                    at.and_then(|at| elements.get_mut(at)).with_context(|| format!("no {step} in {path}"))?
                }
                Value::Object(fields) => fields.entry(step.replace("~1", "/")).or_insert(Value::Null),
                _ => bail!("nothing can be in {step} of {path}"),
            };
        }
        *place = value;
        Ok(())
    }
}

/// Which element it is, by its number or by what it is called.
fn position(elements: &[Value], step: &str) -> Option<usize> {
    let called = |element: &Value| {
        ["name", "secretKey", "alert"].iter().any(|field| element.get(field).is_some_and(|it| it == step))
    };
    step.parse().ok().or_else(|| elements.iter().position(called))
}

/// The documents of a file of YAML, as the API server would read them.
pub fn documents(yaml: &str) -> anyhow::Result<Vec<Value>> {
    const READ: &str = "import sys, json, yaml\n\
        print(json.dumps([it for it in yaml.safe_load_all(sys.stdin.read()) if it is not None]))";
    Ok(serde_json::from_str(&python::run(READ, &[], yaml)?)?)
}

#[test]
fn a_place_is_found_by_names_and_numbers_and_can_be_changed() -> anyhow::Result<()> {
    let object = serde_json::json!({ "env": [{ "name": "A", "value": "1" }], "a/b": 2 });
    let mut rendered = Rendered([("Kind/it".to_owned(), object)].into());
    assert_eq!(rendered.text("Kind/it", "env/A/value")?, "1");
    assert_eq!(rendered.at("Kind/it", "a~1b")?, 2);
    rendered.put("Kind/it", "env/0/value", "3".into())?;
    rendered.put("Kind/it", "new", 4.into())?;
    assert_eq!((rendered.text("Kind/it", "env/A/value")?, rendered.at("Kind/it", "new")?), ("3", &4.into()));
    rendered.at("Kind/it", "env/B").expect_err("it is not there");
    Ok(())
}
