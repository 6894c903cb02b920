//! The files as the deployment mounts them, and a user who may write nowhere.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use creativestore_tests::http::Client;
use creativestore_tests::servers::consul::Consul;
use creativestore_tests::servers::pgbouncer::{Pgbouncer, Release};
use creativestore_tests::servers::postgres::{ADMIN, PASSWORD, Postgres, SERVICE};
use creativestore_tests::servers::redis::Redis;
use creativestore_tests::servers::{folder, free_port};
use rustix::process::Signal;

use super::{SECRET, until_whole};
use crate::program::{self, PATIENCE, Running};

/// Nobody in particular.
const NOBODY: u32 = 65_534;

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to.parent().context("a folder")?)?;
    std::fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}

/// The binary and the files as they are mounted below /root, which is the working directory.
fn mounted(root: bool) -> anyhow::Result<PathBuf> {
    let home = folder()?;
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for file in ["configs/base/production.yaml", "configs/services/creativestore.yaml"] {
        copy(&repository.join(file), &home.join(file))?;
    }
    copy(&program::program(), &home.join("creativestore"))?;
    if root {
        let own = "chown -R root:root \"$1\" && chmod -R a+rX,go-w \"$1\"";
        creativestore_tests::servers::done(Command::new("sh").args(["-c", own, "own"]).arg(&home))?;
    }
    Ok(home)
}

#[test]
fn the_layout_of_the_deployment_starts_for_a_user_who_may_write_nowhere() -> anyhow::Result<()> {
    let root = rustix::process::geteuid().is_root();
    let postgres = Postgres::start(false)?;
    postgres.database("yldm_creativestore")?;
    let pooler = Pgbouncer::start(Release::Packaged, &postgres, 5)?;
    let (redis, consul) = (Redis::start()?, Consul::start()?);
    let home = mounted(root)?;
    let binary = home.join("creativestore");
    let (db_port, redis_port, consul_addr) =
        (pooler.port.to_string(), redis.port.to_string(), consul.address.to_string());
    let at = free_port()?.to_string();
    let variables = [
        ("CONFIG_FILE", "configs/services/creativestore.yaml"),
        ("ENV", "production"),
        ("ENVIRONMENT", "production"),
        ("SERVER_MODE", "release"),
        ("SWAGGER_AUTO_GEN", "false"),
        ("SERVER_NAME", "creativestore"),
        ("SERVER_PORT", &at),
        ("CONSUL_ENABLED", "true"),
        ("CONSUL_ADDR", &consul_addr),
        ("DB_HOST", "127.0.0.1"),
        ("DB_PORT", &db_port),
        ("DB_NAME", "yldm_creativestore"),
        ("DB_USER", SERVICE),
        ("DB_PASSWORD", PASSWORD),
        ("DB_ADMIN_USER", ADMIN),
        ("DB_ADMIN_PASSWORD", PASSWORD),
        ("REDIS_HOST", "127.0.0.1"),
        ("REDIS_PORT", &redis_port),
        ("REDIS_DB", "7"),
        ("REDIS_PUBSUB_DB", "1"),
        ("JWT_SECRET", SECRET),
        ("JWT_EXPIRES_IN", "24h"),
        ("JWT_REFRESH_EXPIRES_IN", "7d"),
    ];
    let command = |arguments: &[&str]| {
        let mut command = Command::new(&binary);
        command.args(arguments).current_dir(&home).env_clear().envs(variables).stdin(Stdio::null());
        if root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    };
    let checked = command(&["config", "check"]).output()?;
    let said = String::from_utf8_lossy(&checked.stdout);
    ensure!(checked.status.success(), "{said}{}", String::from_utf8_lossy(&checked.stderr));
    for shown in [
        "yldm:creativestore:deadletter",
        "configs/services/creativestore.yaml",
        "configs/base/production.yaml",
        "variable DB_HOST",
        "yldm-creativestore",
    ] {
        ensure!(said.contains(shown), "{shown} is not in\n{said}");
    }
    ensure!(!said.contains(PASSWORD) && !said.contains(SECRET), "a secret is shown: {said}");

    let elsewhere = crate::server::folder();
    let mut serve = command(&["serve", "--json"]);
    serve.stderr(std::fs::File::create(elsewhere.path().join("log"))?);
    let mut running = Running::spawn(serve)?;
    let logged = || crate::server::log(elsewhere.path());
    running.line(PATIENCE)?.with_context(logged)?;
    let anyone = Client::new(&format!("http://127.0.0.1:{at}"));
    let report = until_whole(&anyone)?;
    for name in ["database", "redis", "consul"] {
        ensure!(report["dependencies"][name]["state"] == "up", "{report}");
    }
    let created = command(&["user", "create", "--admin", "operator", "--json"]).output()?;
    let created: serde_json::Value = serde_json::from_slice(&created.stdout)?;
    let token = created["one_time_token"].as_str().context("a token")?;
    let house = crate::server::House::make(crate::server::sign_in(&anyone, token)?)?;
    let blob = house.upload(&crate::flow::sample("aurora-300x250.jpg"))?;
    let (_, stands) = house.put_in("From the pod", &crate::flow::image(&blob))?;
    ensure!(stands == "pending_review", "the confined media process works for nobody: {stands}");
    ensure!(redis.ask_in(1, &["EXISTS", "yldm:creativestore:events"])? == "1", "no stream of that name");
    let listed = std::fs::read_dir(&home)?.count();
    ensure!(listed == 2, "something was written: {listed} entries");
    running.signal(Signal::TERM)?;
    let status = running.end(PATIENCE)?;
    ensure!(status.success(), "{status}: {}", logged());
    std::fs::remove_dir_all(&home)?;
    Ok(())
}
