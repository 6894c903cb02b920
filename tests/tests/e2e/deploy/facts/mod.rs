//! The facts S1 to S36 that the deployment was made from, each asserted on what is rendered, and each assertion seen to
//! fail when what is rendered is otherwise.

mod configuration;
mod dependencies;
mod watching;
mod workload;

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::rendered::Rendered;

pub use dependencies::variables;

pub const DEPLOYMENT: &str = "Deployment/app-creativestore";
pub const POD: &str = "spec/template/spec";

/// Something that must be so.
pub struct Fact {
    pub id: &'static str,
    pub says: &'static str,
    /// What must be exactly this: the object, the place in it, and JSON.
    pub exactly: &'static [(&'static str, &'static str, &'static str)],
    /// What else must be so.
    pub also: fn(&Rendered) -> anyhow::Result<()>,
    /// What must not be put where, for `also` to hold.
    pub broken_by: &'static [(&'static str, &'static str, &'static str)],
}

/// There is nothing else.
#[expect(clippy::unnecessary_wraps, reason = "as every other assertion")]
pub fn nothing(_: &Rendered) -> anyhow::Result<()> {
    Ok(())
}

impl Fact {
    /// Whether it is so.
    pub fn holds(&self, rendered: &Rendered) -> anyhow::Result<()> {
        for (object, path, json) in self.exactly {
            let (is, should) = (rendered.at(object, path)?, serde_json::from_str::<Value>(json)?);
            ensure!(*is == should, "{path} of {object} is {is}, not {should}");
        }
        (self.also)(rendered)
    }

    /// The fact with everything that breaks it, one thing at a time.
    fn breaks(&self) -> anyhow::Result<Vec<(String, Value, String)>> {
        let otherwise = self.exactly.iter().map(|(object, path, _)| (*object, *path, "\"otherwise\""));
        let all = otherwise.chain(self.broken_by.iter().copied());
        all.map(|(object, path, json)| Ok((object.to_owned(), serde_json::from_str(json)?, path.to_owned())))
            .collect()
    }
}

/// Every fact that does not hold, with its id.
pub fn wrong(facts: &[&Fact], rendered: &Rendered) -> Vec<String> {
    let told = |fact: &&Fact| {
        let wrong = fact.holds(rendered).err()?;
        Some(format!("{}: {}: {wrong:#}", fact.id, fact.says))
    };
    facts.iter().filter_map(told).collect()
}

/// Each thing that should break a fact, and does not.
pub fn unbreakable(facts: &[&Fact], rendered: &Rendered) -> anyhow::Result<Vec<String>> {
    let mut unbreakable = Vec::new();
    for fact in facts {
        let breaks = fact.breaks()?;
        ensure!(!breaks.is_empty(), "{} asserts nothing that could fail", fact.id);
        for (object, value, path) in breaks {
            let mut broken = rendered.clone();
            broken.put(&object, &path, value).with_context(|| format!("{}: {object}", fact.id))?;
            if fact.holds(&broken).is_ok() {
                unbreakable.push(format!("{}: {path} of {object}", fact.id));
            }
        }
    }
    Ok(unbreakable)
}

fn all() -> Vec<&'static Fact> {
    [workload::FACTS, configuration::FACTS, dependencies::FACTS, watching::FACTS]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn every_fact_of_the_source_document_holds_for_what_is_rendered() -> anyhow::Result<()> {
    let wrong = wrong(&all(), &Rendered::production()?);
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn no_fact_is_missing_and_none_is_there_twice() {
    let ids: Vec<_> = all().iter().map(|fact| fact.id).collect();
    let wanted: BTreeSet<String> = (1..=36).map(|number| format!("S{number}")).collect();
    let found: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    assert_eq!(wanted, found);
    assert_eq!(ids.len(), wanted.len());
}

#[test]
fn every_assertion_of_a_fact_fails_when_what_is_rendered_is_otherwise() -> anyhow::Result<()> {
    let unbreakable = unbreakable(&all(), &Rendered::production()?)?;
    ensure!(unbreakable.is_empty(), "still hold:\n{}", unbreakable.join("\n"));
    Ok(())
}
