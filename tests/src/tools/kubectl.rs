//! `kubectl kustomize`, with nothing else of Kubernetes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, bail};

use crate::servers::{done, kept, packages};

/// What a folder renders to, as YAML.
pub fn kustomize(folder: &Path) -> anyhow::Result<String> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| program().map_err(|error| format!("{error:#}")));
    let program = program.as_ref().map_err(|error| anyhow::anyhow!("kubectl: {error}"))?;
    done(Command::new(program).arg("kustomize").arg(folder))
}

/// The one that is installed, if it is new enough; otherwise a later Debian's: this one's is from before most of what a
/// kustomization can say today.
fn program() -> anyhow::Result<PathBuf> {
    match packages::find("kubectl").filter(|found| new_enough(found)) {
        Some(found) => Ok(found),
        None => fetched(),
    }
}

/// A later Debian's, fetched once and kept.
fn fetched() -> anyhow::Result<PathBuf> {
    let program = kept::debian("kubectl", include_str!("kubectl.sh"), &[])
        .context("kubectl 1.27 or later is missing; fetching it from Debian")?;
    if !new_enough(&program) {
        bail!("{} is too old: install kubectl 1.27 or later", program.display());
    }
    Ok(program)
}

/// Whether it brings kustomize 5 or later.
fn new_enough(program: &Path) -> bool {
    let said = done(Command::new(program).args(["version", "--client", "--output=json"]));
    let said = said.ok().and_then(|said| serde_json::from_str::<serde_json::Value>(&said).ok());
    let version = said.as_ref().and_then(|said| said["kustomizeVersion"].as_str());
    let major = version.and_then(|it| it.trim_start_matches('v').split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major >= 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_debians_kubectl_is_there_where_none_is_installed_and_renders() -> anyhow::Result<()> {
        let (program, folder) = (fetched()?, tempfile::tempdir()?);
        assert!(!new_enough(Path::new("/bin/true")), "that is no kubectl");
        std::fs::write(folder.path().join("kustomization.yaml"), "namePrefix: a-\nresources: [it.yaml]\n")?;
        let it = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: it }\n";
        std::fs::write(folder.path().join("it.yaml"), it)?;
        let rendered = done(Command::new(&program).arg("kustomize").arg(folder.path()))?;
        assert!(rendered.contains("name: a-it"), "{rendered}");
        Ok(())
    }
}
