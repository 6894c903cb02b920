//! What `xtask/mutations.toml` says, and whether it fits the sources. Runs nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

use crate::workspace;

/// The invariants of the design that code and tests guard; the rest guard themselves by construction, or wait for
/// their feature.
const INVARIANTS: [u32; 9] = [1, 2, 3, 4, 5, 6, 7, 9, 11];

/// One place to break.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutation {
    /// The invariant that this place guards.
    pub invariant: u32,
    /// The file, relative to the root.
    pub file: String,
    /// A text that occurs in it once.
    pub find: String,
    /// What stands there instead.
    pub replace: String,
    /// The test that must fail then.
    pub test: Test,
    /// What is broken, for people.
    pub why: String,
}

/// A test, as cargo finds it.
#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The package.
    pub package: String,
    /// The test binary of it.
    pub binary: String,
    /// The test's full name in it.
    pub name: String,
}

impl Mutation {
    /// Where in a run it stands: what everything is built from comes last.
    pub fn rank(&self) -> (bool, String, String, u32) {
        let domain = self.file.starts_with("crates/domain/");
        (domain, self.test.package.clone(), self.file.clone(), self.invariant)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    mutation: Vec<Mutation>,
}

/// Reads the list.
pub fn read(root: &Path) -> anyhow::Result<Vec<Mutation>> {
    let path = root.join("xtask/mutations.toml");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let Document { mutation } = toml::from_str(&text).context("reading xtask/mutations.toml")?;
    Ok(mutation)
}

/// The test binaries that are named, each with its tests.
pub fn binaries(mutations: &[Mutation]) -> Vec<(&str, &str, Vec<&str>)> {
    let mut found: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for Mutation { test: Test { package, binary, name }, .. } in mutations {
        found.entry((package, binary)).or_default().insert(name);
    }
    let pairs = found.into_iter();
    pairs.map(|((package, binary), names)| (package, binary, names.into_iter().collect())).collect()
}

/// Where the list and the sources do not fit each other.
pub fn problems(root: &Path, mutations: &[Mutation]) -> anyhow::Result<Vec<String>> {
    let metadata = workspace::metadata(root)?;
    let mut problems = Vec::new();
    for Mutation { invariant, file, find, replace, test, why } in mutations {
        let text = std::fs::read_to_string(root.join(file)).unwrap_or_default();
        let times = text.matches(find.as_str()).count();
        if times != 1 || find == replace {
            problems.push(format!("{file}: `{find}` occurs {times} times, not once ({why})"));
        }
        let function = test.name.rsplit("::").next().unwrap_or_default();
        if !function.starts_with(&format!("invariant_{invariant}_")) {
            problems.push(format!("{}: is not named after invariant {invariant}", test.name));
        }
        let package = metadata.packages.iter().find(|package| *package.name == *test.package);
        let mut sources = Vec::new();
        if let Some(folder) = package.and_then(|package| package.manifest_path.parent()) {
            let tests = folder.as_std_path().join("tests");
            collect(&tests.join(&test.binary), &mut sources)?;
            sources.extend(Some(tests.join(format!("{}.rs", test.binary))).filter(|path| path.is_file()));
        }
        if sources.is_empty() {
            problems.push(format!("{} has no test binary `{}`", test.package, test.binary));
        }
        // Promises become tests of the crates that keep them.
        collect(&root.join("crates/contract/src"), &mut sources)?;
        let declared = format!("fn {function}(");
        let texts = sources.iter().map(std::fs::read_to_string);
        if !texts.collect::<Result<Vec<_>, _>>()?.iter().any(|text| text.contains(&declared)) {
            problems.push(format!("{} {} has no test `{}`", test.package, test.binary, test.name));
        }
    }
    for invariant in INVARIANTS {
        if !mutations.iter().any(|mutation| mutation.invariant == invariant) {
            problems.push(format!("no mutation breaks invariant {invariant}"));
        }
    }
    Ok(problems)
}

/// The files below a folder that may not be there.
fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, into)?;
        } else {
            into.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutation_fits_the_sources_and_every_invariant_has_one() {
        let root = workspace::root();
        let mutations = read(&root).unwrap();
        assert_eq!(problems(&root, &mutations).unwrap(), [""; 0]);
    }

    #[test]
    fn a_text_that_is_not_there_and_a_test_that_is_not_there_are_told() {
        let root = workspace::root();
        let mut mutations = read(&root).unwrap();
        mutations.retain(|mutation| mutation.invariant != 9);
        mutations[0].find = "no such text".into();
        mutations[1].test.name = format!("invariant_{}_nobody_wrote_it", mutations[1].invariant);
        let told = problems(&root, &mutations).unwrap().join("\n");
        for expected in ["`no such text` occurs 0 times", "nobody_wrote_it`", "breaks invariant 9"] {
            assert!(told.contains(expected), "{told}");
        }
    }
}
