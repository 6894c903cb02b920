//! The image under the deployment's own terms: files, variables, user and everything that is taken away, as rendered.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use creativestore_tests::http::Client;
use creativestore_tests::servers::consul::Consul;
use creativestore_tests::servers::free_port;
use creativestore_tests::servers::pgbouncer::{Pgbouncer, Release};
use creativestore_tests::servers::postgres::{ADMIN, PASSWORD, Postgres, SERVICE};
use creativestore_tests::servers::redis::{Options, Redis};
use serde_json::Value;

use super::archive;
use super::contained::{Contained, Given, children, status};
use crate::deploy::facts::{DEPLOYMENT, POD, variables};
use crate::deploy::fitting::{CONTAINER, mount};
use crate::deploy::rendered::Rendered;
use crate::flow::{image, sample};
use crate::production::{SECRET, until_whole};
use crate::server::{House, sign_in};

const DATABASE: &str = "yldm_creativestore";
const POOLER: &str = "pgbouncer.postgres.svc.cluster.local";
const CONSUL: &str = "consul.consul.svc.cluster.local";
const REDIS: &str = "redis.redis.svc.cluster.local";

/// What is around it, and where.
struct Around {
    _postgres: Postgres,
    pooler: Pgbouncer,
    redis: Redis,
    consul: Consul,
    /// Where it listens.
    at: u16,
}

impl Around {
    fn start() -> anyhow::Result<Self> {
        let postgres = Postgres::start(false)?;
        postgres.database(DATABASE)?;
        let pooler = Pgbouncer::start(Release::Packaged, &postgres, 5)?;
        let options = Options { password: Some(PASSWORD.to_owned()), ..Options::default() };
        let redis = Redis::start_with(free_port()?, options)?;
        Ok(Self { _postgres: postgres, pooler, redis, consul: Consul::start()?, at: free_port()? })
    }

    /// What the Secret says.
    fn secret(&self, name: &str) -> anyhow::Result<String> {
        Ok(match name {
            "DB_HOST" => "the.value.beside.it.wins".to_owned(),
            "DB_PORT" => self.pooler.port.to_string(),
            "DB_NAME" => DATABASE.to_owned(),
            "DB_USER" => SERVICE.to_owned(),
            "DB_ADMIN_USER" => ADMIN.to_owned(),
            "DB_PASSWORD" | "DB_ADMIN_PASSWORD" | "REDIS_PASSWORD" => PASSWORD.to_owned(),
            "REDIS_HOST" => REDIS.to_owned(),
            "REDIS_PORT" => self.redis.port.to_string(),
            "REDIS_DB" => "7".to_owned(),
            "REDIS_PUBSUB_DB" => "1".to_owned(),
            "JWT_SECRET" => SECRET.to_owned(),
            "JWT_EXPIRES_IN" => "24h".to_owned(),
            "JWT_REFRESH_EXPIRES_IN" => "168h".to_owned(),
            _ => anyhow::bail!("what is {name}?"),
        })
    }

    /// The variables of the container. Of what it sets itself, two ports are others here, where several tests run at once.
    fn variables(&self, rendered: &Rendered) -> anyhow::Result<Vec<(String, String)>> {
        let mut all = BTreeMap::new();
        for name in variables(rendered)? {
            all.insert(name.clone(), self.secret(&name)?);
        }
        for variable in
            rendered.at(DEPLOYMENT, &format!("{CONTAINER}/env"))?.as_array().context("variables")?
        {
            let name = variable["name"].as_str().context("a name")?.to_owned();
            let value = match (name.as_str(), variable["value"].as_str()) {
                ("SERVER_PORT", _) => self.at.to_string(),
                ("CONSUL_ADDR", _) => format!("{CONSUL}:{}", self.consul.address.port()),
                ("POD_IP", None) => "127.0.0.1".to_owned(),
                (_, value) => value.with_context(|| format!("what is {name}?"))?.to_owned(),
            };
            all.insert(name, value);
        }
        Ok(all.into_iter().collect())
    }
}

#[test]
fn the_image_serves_under_the_deployments_terms_and_looks_inside_an_upload() -> anyhow::Result<()> {
    let (around, rendered, home) = (Around::start()?, Rendered::production()?, crate::server::folder());
    mount(&rendered, home.path())?;
    let mounts =
        rendered.at(DEPLOYMENT, &format!("{CONTAINER}/volumeMounts"))?.as_array().context("mounts")?;
    let below = |mount: &Value| {
        let to = mount["mountPath"].as_str()?;
        Some((home.path().join(to.strip_prefix("/root/")?), to.to_owned()))
    };
    let temporary = rendered.text(DEPLOYMENT, &format!("{POD}/volumes/temporary/emptyDir/sizeLimit"))?;
    let given = Given {
        mounts: mounts.iter().filter_map(below).collect(),
        temporary: temporary.replace("Mi", "m"),
        variables: around.variables(&rendered)?,
        names: &[POOLER, CONSUL, REDIS],
    };
    let contained = Contained::start(&archive()?, &given)?;
    let process = contained.process()?;
    let anyone = Client::new(&format!("http://127.0.0.1:{}", around.at));
    creativestore_tests::servers::wait("nobody answers", || anyone.get("/health/live").is_ok())
        .with_context(|| contained.log())?;
    let report = until_whole(&anyone).with_context(|| contained.log())?;
    for name in ["database", "redis", "consul"] {
        ensure!(report["dependencies"][name]["state"] == "up", "{report}");
    }

    // As an operator does, with nothing but the program in there.
    let created: Value =
        serde_json::from_str(&contained.execute(&["user", "create", "--admin", "operator", "--json"])?)?;
    let token = created["one_time_token"].as_str().context("a token")?;
    let house = House::make(sign_in(&anyone, token)?)?;
    let blob = house.upload(&sample("aurora-300x250.jpg"))?;
    let (_, stands) = house.put_in("From the image", &image(&blob))?;
    ensure!(stands == "pending_review", "nothing was looked into: {stands}: {}", contained.log());
    let metrics = anyone.get("/metrics")?.text();
    ensure!(metrics.contains("inspections_total{result=\"done\"} 1"), "{metrics}");

    let of_media = children(process)?;
    let [media] = of_media[..] else { anyhow::bail!("{} processes", of_media.len()) };
    for (whose, process) in [("the server", process), ("the media process", media)] {
        for (name, due) in [
            ("Uid", "65532 65532 65532 65532"),
            ("Gid", "65532 65532 65532 65532"),
            ("CapEff", "0000000000000000"),
            ("CapBnd", "0000000000000000"),
            ("NoNewPrivs", "1"),
        ] {
            let is = status(process, name)?;
            ensure!(is == due, "{name} of {whose} is {is}, not {due}");
        }
    }
    // Of system calls: what is around us, the runtime's one, and within it the media process's own.
    let filters = |process| anyhow::Ok(status(process, "Seccomp_filters")?.parse::<u32>()?);
    let around = filters(rustix::process::getpid())?;
    let (server, media) = (filters(process)?, filters(media)?);
    ensure!(server == around + 1 && media == server + 1, "filters: {around}, {server}, {media}");
    let mounted = std::fs::read_to_string(format!("/proc/{}/mountinfo", process.as_raw_nonzero()))?;
    let root = mounted.lines().next().context("a root")?;
    ensure!(root.contains(" / ro,"), "the root can be written: {root}");

    let ended = contained.terminate()?;
    ensure!(ended.success(), "{ended}");
    Ok(())
}
