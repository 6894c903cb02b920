//! A copy of the sources, to break and to mend. Only what differs is written, so that a build beside it knows what
//! is fresh. Knows no test.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::listed::Mutation;

/// The copy.
pub struct Copied {
    /// The sources.
    pub sources: PathBuf,
    /// Where they are built.
    pub target: PathBuf,
}

impl Copied {
    /// Makes `folder/sources` equal to what git knows or would take under `root`, whatever an earlier run left.
    pub fn of(root: &Path, folder: &Path) -> anyhow::Result<Self> {
        let (sources, target) = (folder.join("sources"), folder.join("target"));
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .context("listing the sources takes git")?;
        anyhow::ensure!(listed.status.success(), "git: {}", String::from_utf8_lossy(&listed.stderr));
        let listed = String::from_utf8(listed.stdout)?;
        let mut wanted = BTreeSet::new();
        for file in listed.split_terminator('\0') {
            let (from, to) = (root.join(file), sources.join(file));
            // What is deleted and not yet committed is listed still; links lead out of the copy.
            if from.symlink_metadata().is_ok_and(|found| found.is_file()) {
                copy(&from, &to)?;
                wanted.insert(to);
            }
        }
        sweep(&sources, &wanted)?;
        Ok(Self { sources, target })
    }

    /// Does something while a mutation stands in the copy, and mends it.
    pub fn with<T>(
        &self,
        mutation: &Mutation,
        work: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let path = self.sources.join(&mutation.file);
        let whole = std::fs::read_to_string(&path)?;
        std::fs::write(&path, whole.replacen(&mutation.find, &mutation.replace, 1))?;
        let done = work();
        std::fs::write(&path, whole)?;
        done
    }
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::read(from)?;
    if std::fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(to, bytes).with_context(|| to.display().to_string())
}

/// Takes away every file that is not wanted.
fn sweep(folder: &Path, wanted: &BTreeSet<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sweep(&path, wanted)?;
        } else if !wanted.contains(&path) {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutations::listed::Test;

    #[test]
    fn a_copy_is_broken_for_a_while_and_made_equal_again_whatever_was_left() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        std::fs::create_dir_all(root.join("src")).unwrap();
        std::fs::write(root.join("src/lib.rs"), "whole").unwrap();
        let git = Command::new("git").args(["init", "-q"]).current_dir(&root).status().unwrap();
        assert!(git.success());
        let copied = Copied::of(&root, &folder.path().join("copy")).unwrap();
        let path = copied.sources.join("src/lib.rs");
        let mutation = Mutation {
            invariant: 1,
            file: "src/lib.rs".into(),
            find: "whole".into(),
            replace: "broken".into(),
            test: Test { package: String::new(), binary: String::new(), name: String::new() },
            why: String::new(),
        };
        let seen = copied.with(&mutation, || Ok(std::fs::read_to_string(&path)?)).unwrap();
        assert_eq!((seen.as_str(), std::fs::read_to_string(&path).unwrap().as_str()), ("broken", "whole"));
        std::fs::write(&path, "left by a run that was killed").unwrap();
        std::fs::write(copied.sources.join("src/more.rs"), "").unwrap();
        Copied::of(&root, &folder.path().join("copy")).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "whole");
        assert!(!copied.sources.join("src/more.rs").exists());
    }
}
