//! The binary takes what the deployment gives it: the files as they are mounted, the variables of the container and of the
//! Secret.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::facts::{DEPLOYMENT, variables};
use super::rendered::{LOCAL, PLAIN, Rendered};
use crate::program;

pub const CONTAINER: &str = "spec/template/spec/containers/0";

/// What the Secret could say.
fn secret(name: &str) -> &'static str {
    match name {
        "JWT_SECRET" => "0123456789abcdef0123456789abcdef",
        "JWT_EXPIRES_IN" => "24h",
        "JWT_REFRESH_EXPIRES_IN" => "7d",
        "DB_PORT" => "6432",
        "REDIS_PORT" => "6380",
        "REDIS_DB" => "17",
        "REDIS_PUBSUB_DB" => "11",
        "DB_HOST" => "of-the-secret",
        _ => "given",
    }
}

/// Puts the files of `ConfigMap`s where they are mounted, below a folder that stands for /root.
pub fn mount(rendered: &Rendered, home: &Path) -> anyhow::Result<()> {
    let base = std::fs::read_to_string(super::file("configs/base/production.yaml"))?;
    for mount in
        rendered.at(DEPLOYMENT, &format!("{CONTAINER}/volumeMounts"))?.as_array().context("mounts")?
    {
        let volume = mount["name"].as_str().context("a name")?;
        let at = mount["mountPath"].as_str().context("a path")?;
        let Some(below) = at.strip_prefix("/root/") else { continue };
        let map =
            rendered.text(DEPLOYMENT, &format!("spec/template/spec/volumes/{volume}/configMap/name"))?;
        let files: BTreeMap<String, String> = match rendered.at(&format!("ConfigMap/{map}"), "data") {
            Ok(data) => serde_json::from_value(data.clone())?,
            // The shared one, which exists beside production.
            Err(_) if map == "base-config" => [("production.yaml".to_owned(), base.clone())].into(),
            Err(error) => return Err(error),
        };
        for (name, text) in files {
            let whole = match mount["subPath"].as_str() {
                Some(path) if path == name => home.join(below),
                Some(_) => continue,
                None => home.join(below).join(name),
            };
            std::fs::create_dir_all(whole.parent().context("a folder")?)?;
            std::fs::write(whole, text)?;
        }
    }
    Ok(())
}

/// What `config check` makes of an overlay, with a Secret.
fn checked(rendered: &Rendered, secret: &BTreeMap<String, String>) -> anyhow::Result<program::Ended> {
    let home = crate::server::folder();
    mount(rendered, home.path())?;
    let mut command = program::command(home.path(), &["config", "check", "--json"]);
    command.env_remove("SERVER_PORT").envs(secret);
    for variable in rendered.at(DEPLOYMENT, &format!("{CONTAINER}/env"))?.as_array().context("variables")? {
        // After the Secret's: what the container says itself wins.
        let value = variable["value"].as_str().unwrap_or("10.1.2.3");
        command.env(variable["name"].as_str().context("a name")?, value);
    }
    program::run_with(command, "")
}

#[test]
fn everything_that_production_renders_reaches_the_program() -> anyhow::Result<()> {
    let production = Rendered::production()?;
    let names = variables(&production)?;
    let given = names.iter().map(|name| (name.clone(), secret(name).to_owned())).collect();
    let said: Value = serde_json::from_str(&checked(&production, &given)?.well()?)?;
    let settings = said["settings"].as_array().context("settings")?;
    let of = |origin: &str| {
        settings.iter().filter(|it| it["origin"] == *origin).map(|it| it["value"].as_str()).next().flatten()
    };
    let container =
        production.at(DEPLOYMENT, &format!("{CONTAINER}/env"))?.as_array().context("variables")?;
    // These choose the files, which are looked at below.
    let choosing = ["ENV", "ENVIRONMENT", "CONFIG_FILE"];
    let own = container
        .iter()
        .filter_map(|it| Some((it["name"].as_str()?, it["value"].as_str().unwrap_or("10.1.2.3"))));
    let own: BTreeMap<_, _> = own.filter(|(name, _)| !choosing.contains(name)).collect();
    let secrets =
        names.iter().map(|name| (name.as_str(), secret(name))).filter(|(name, _)| !own.contains_key(name));
    for (name, value) in own.clone().into_iter().chain(secrets) {
        let is = of(&format!("variable {name}")).with_context(|| format!("{name} reaches nobody: {said}"))?;
        ensure!(is == value || is == "***", "{name} is {is}, not {value}");
    }
    for file in ["configs/services/creativestore.yaml", "configs/base/production.yaml"] {
        ensure!(settings.iter().any(|it| it["origin"] == file), "nothing is from {file}: {said}");
    }
    Ok(())
}

#[test]
fn a_secret_without_its_values_is_refused_with_everything_that_is_wrong() -> anyhow::Result<()> {
    let told = checked(&Rendered::production()?, &BTreeMap::new())?.with_code(78)?;
    ensure!(told.contains("JWT_SECRET") || told.contains("jwt.secret"), "{told}");
    Ok(())
}

#[test]
fn the_local_overlay_starts_and_the_plain_one_asks_for_values_first() -> anyhow::Result<()> {
    let of = |overlay: &str| {
        let rendered = Rendered::overlay(overlay)?;
        let encoded =
            rendered.at("Secret/creativestore-db-secret", "data")?.as_object().context("variables")?;
        let decode = |value: &Value| {
            let program = "import sys, base64; print(base64.b64decode(sys.stdin.read()).decode(), end='')";
            creativestore_tests::tools::python::run(program, &[], value.as_str().unwrap_or_default())
        };
        let secret = encoded.iter().map(|(name, value)| Ok((name.clone(), decode(value)?)));
        let secret = secret.collect::<anyhow::Result<BTreeMap<_, _>>>()?;
        checked(&rendered, &secret)
    };
    let said: Value = serde_json::from_str(&of(LOCAL)?.well()?)?;
    ensure!(said["settings"].to_string().contains("variable DB_HOST"), "{said}");
    let told = of(PLAIN)?.with_code(78)?;
    ensure!(told.contains("jwt.secret"), "{told}");
    Ok(())
}
