//! What is in the image, to the last file, and what it says of itself.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context as _, ensure};
use creativestore_tests::servers::done;
use serde_json::{Value, json};

use super::archive;
use crate::deploy;

/// Rights, owner and group, path.
const FILES: &str = "\
drwxr-xr-x 0/0 etc/
-rw-r--r-- 0/0 etc/group
-rw-r--r-- 0/0 etc/nsswitch.conf
-rw-r--r-- 0/0 etc/passwd
drwxr-xr-x 0/0 etc/ssl/
drwxr-xr-x 0/0 etc/ssl/certs/
-rw-r--r-- 0/0 etc/ssl/certs/ca-certificates.crt
drwxr-xr-x 0/0 root/
drwxr-xr-x 0/0 root/configs/
drwxr-xr-x 0/0 root/configs/base/
drwxr-xr-x 0/0 root/configs/services/
drwxrwxrwt 0/0 tmp/
drwxr-xr-x 0/0 usr/
drwxr-xr-x 0/0 usr/local/
drwxr-xr-x 0/0 usr/local/bin/
-rwxr-xr-x 0/0 usr/local/bin/creativestore";

#[test]
fn every_file_of_the_image_is_meant_to_be_there() -> anyhow::Result<()> {
    let folder = crate::server::folder();
    let mut found = Vec::new();
    let mut moments = BTreeSet::new();
    for layer in archive()?.layers(folder.path())? {
        let listed =
            done(Command::new("tar").args(["-tv", "--numeric-owner", "--full-time", "-f"]).arg(layer))?;
        for line in listed.lines() {
            let [rights, owner, _size, day, hour, path] = line.split_whitespace().collect::<Vec<_>>()[..]
            else {
                anyhow::bail!("{line:?} is no plain file or folder")
            };
            found.push(format!("{rights} {owner} {path}"));
            moments.insert(format!("{day} {hour}"));
        }
    }
    found.sort_by(|a, b| a.rsplit(' ').next().cmp(&b.rsplit(' ').next()));
    ensure!(found.join("\n") == FILES, "{}", found.join("\n"));
    ensure!(moments.len() == 1, "when it was built can be seen: {moments:?}");
    Ok(())
}

#[test]
fn the_image_is_small() -> anyhow::Result<()> {
    let bytes = archive()?.path.metadata()?.len();
    ensure!(bytes < 25 << 20, "{bytes} bytes");
    Ok(())
}

#[test]
fn the_image_says_how_it_is_run_and_what_it_is() -> anyhow::Result<()> {
    let archive = archive()?;
    let mut config = archive.config["config"].clone();
    let labels = config.as_object_mut().and_then(|config| config.remove("Labels")).context("labels")?;
    // The runtime's own PATH, which a build without a base image writes down, what glibc is told, and what suits a pod.
    let set = config.as_object_mut().and_then(|config| config.remove("Env")).context("variables")?;
    let names = set.as_array().context("variables")?.iter().filter_map(|it| it.as_str()?.split('=').next());
    ensure!(names.eq(["PATH", "SERVER_THREADS", "GLIBC_TUNABLES"]), "{set}");
    let due = json!({
        "Cmd": ["serve"],
        "Entrypoint": ["creativestore"],
        "ExposedPorts": { "8080/tcp": {} },
        "StopSignal": "SIGTERM",
        "User": "65532:65532",
        "WorkingDir": "/root",
    });
    ensure!(config == due, "{config}");
    let said = labels.as_object().context("labels")?;
    let names: BTreeSet<_> =
        said.keys().map(|name| name.trim_start_matches("org.opencontainers.image.")).collect();
    let due = "created description documentation licenses revision source title url version";
    ensure!(names.into_iter().collect::<Vec<_>>().join(" ") == due, "{labels}");
    ensure!(said.values().all(|value| value.as_str().is_some_and(|it| !it.is_empty())), "{labels}");
    ensure!(archive.label("created") == archive.config["created"].as_str().unwrap_or_default(), "{labels}");
    ensure!(archive.config["os"] == "linux" && archive.config["architecture"] != Value::Null, "{labels}");
    Ok(())
}

#[test]
fn the_dockerfile_builds_with_the_toolchain_of_the_workspace() -> anyhow::Result<()> {
    let read = |path| std::fs::read_to_string(deploy::file(path));
    let toolchain = read("rust-toolchain.toml")?;
    let channel = toolchain.lines().find_map(|line| line.strip_prefix("channel = \"")?.strip_suffix('"'));
    let from = format!("FROM docker.io/library/rust:{}-", channel.context("a channel")?);
    ensure!(read("Dockerfile")?.lines().any(|line| line.starts_with(&from)), "no line begins with {from}");
    Ok(())
}
