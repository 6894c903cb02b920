//! What an image is made of, as its labels and times tell it: version, commit, moment. Knows git.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::workspace;

/// The sources.
pub struct Source {
    pub root: PathBuf,
    /// Without a leading `v`.
    pub version: String,
    /// The commit; with `-dirty` when that is not all.
    pub revision: String,
    /// When it was committed: in seconds since 1970, and as RFC 3339 in UTC. Everything in the image is of that moment.
    pub epoch: String,
    pub created: String,
}

impl Source {
    /// The sources at `root`. Where git knows nothing of them, they are of an unknown commit at the beginning of time.
    pub fn of(root: &Path, version: Option<&str>) -> anyhow::Result<Self> {
        let git = |arguments: &[&str]| {
            let mut git = Command::new("git");
            let output = git.args(arguments).current_dir(root).env("TZ", "UTC").output().ok()?;
            let said = String::from_utf8(output.stdout).ok()?.trim().to_owned();
            (output.status.success() && !said.is_empty()).then_some(said)
        };
        let date = "--date=format-local:%Y-%m-%dT%H:%M:%SZ";
        let tag = git(&["describe", "--tags", "--exact-match"]);
        let version = match version.map(str::to_owned).or(tag) {
            Some(version) => version.trim_start_matches('v').to_owned(),
            None => of_the_workspace(root)?,
        };
        let revision = git(&["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]);
        Ok(Self {
            root: root.to_owned(),
            version,
            revision: revision.unwrap_or_else(|| "unknown".to_owned()),
            epoch: git(&["show", "--no-patch", "--format=%ct"]).unwrap_or_else(|| "0".to_owned()),
            created: git(&["show", "--no-patch", "--format=%cd", date])
                .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned()),
        })
    }
}

fn of_the_workspace(root: &Path) -> anyhow::Result<String> {
    let metadata = workspace::metadata(root)?;
    let app = metadata.packages.iter().find(|package| package.name == "creativestore-app");
    Ok(app.context("there is no creativestore-app")?.version.to_string())
}
