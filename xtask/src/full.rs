//! Production, in small and in private: Postgres behind a pooler, Redis, Consul, and replicas of the service that share
//! them. All of it ends with this process. Knows how they are started, and nothing of what they do.

use std::path::Path;

use anyhow::Context as _;
use creativestore_tests::servers::consul::Consul;
use creativestore_tests::servers::pgbouncer::{Pgbouncer, Release};
use creativestore_tests::servers::postgres::{ADMIN, PASSWORD, Postgres, SERVICE};
use creativestore_tests::servers::redis::{Options, Redis};

use crate::demo;
use crate::service::{Service, Start};

/// The database.
pub const DATABASE: &str = "yldm_creativestore";
/// What Redis asks for.
pub const REDIS_PASSWORD: &str = "a password for development";
/// Signs the tokens of all replicas. For development: everybody can read it here.
const SECRET: &str = "for development only: 3141592653589793";
/// Connections of the pooler to the server.
const POOL: u32 = 10;

/// The servers around the service.
pub struct Full {
    pub postgres: Postgres,
    pub pooler: Pgbouncer,
    pub redis: Redis,
    pub consul: Consul,
}

impl Full {
    /// Starts all of them, on free ports. `progress` hears which is next.
    pub fn start(release: Release, mut progress: impl FnMut(&str)) -> anyhow::Result<Self> {
        progress("Postgres");
        let postgres = Postgres::start(true).context("Postgres")?;
        postgres.database(DATABASE)?;
        progress("pgbouncer");
        let pooler = Pgbouncer::start(release, &postgres, POOL).context("pgbouncer")?;
        progress("Redis");
        let options = Options { password: Some(REDIS_PASSWORD.to_owned()), ..Options::default() };
        let redis =
            Redis::start_with(creativestore_tests::servers::free_port()?, options).context("Redis")?;
        progress("Consul");
        let consul = Consul::start().context("Consul")?;
        Ok(Self { postgres, pooler, redis, consul })
    }

    /// The same, with a bar that shows which is next.
    pub fn start_with_a_bar(release: Release) -> anyhow::Result<Self> {
        let progress = demo::progress();
        let full = Self::start(release, |next| progress.set_message(format!("starting {next}")))?;
        progress.finish_and_clear();
        Ok(full)
    }

    /// What the deployment sets, for these servers.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let fixed = [
            ("DB_HOST", "127.0.0.1"),
            ("DB_NAME", DATABASE),
            ("DB_USER", SERVICE),
            ("DB_PASSWORD", PASSWORD),
            ("DB_ADMIN_USER", ADMIN),
            ("DB_ADMIN_PASSWORD", PASSWORD),
            ("REDIS_HOST", "127.0.0.1"),
            ("REDIS_PASSWORD", REDIS_PASSWORD),
            ("REDIS_DB", "7"),
            ("REDIS_PUBSUB_DB", "1"),
            ("PUBSUB_PREFIX", "yldm:creativestore"),
            ("CONSUL_ENABLED", "true"),
            ("JWT_SECRET", SECRET),
        ];
        let ports = [
            ("DB_PORT", self.pooler.port.to_string()),
            ("REDIS_PORT", self.redis.port.to_string()),
            ("CONSUL_ADDR", self.consul.address.to_string()),
        ];
        fixed.map(|(name, value)| (name, value.to_owned())).into_iter().chain(ports).collect()
    }

    /// Starts a replica in a folder of its own, with these settings besides or instead.
    pub fn replica(
        &self,
        program: &Path,
        folder: &Path,
        port: u16,
        aloud: bool,
        more: &[(&str, &str)],
    ) -> anyhow::Result<Service> {
        std::fs::create_dir_all(folder)?;
        let settings = self.settings();
        let settings = settings.iter().map(|(name, value)| (*name, value.as_str()));
        // As the deployment has it, unless somebody looks.
        let log = ("LOG_FORMAT", if aloud { "text" } else { "json" });
        let settings: Vec<(&str, &str)> = settings.chain([log]).chain(more.iter().copied()).collect();
        Start { program, folder, port, settings: &settings, aloud }.start()
    }

    /// How to look at each of them, for people.
    pub fn ways_in(&self) -> Vec<(&'static str, String)> {
        let psql =
            |port| format!("PGPASSWORD='{PASSWORD}' psql -h 127.0.0.1 -p {port} -U {ADMIN} {DATABASE}");
        let redis = format!(
            "REDISCLI_AUTH='{REDIS_PASSWORD}' redis-cli -p {} -n 1 XRANGE yldm:creativestore:events - +",
            self.redis.port
        );
        vec![
            ("Postgres", psql(self.postgres.port)),
            ("pgbouncer", psql(self.pooler.port)),
            ("Redis", redis),
            ("Consul", format!("http://{}/ui", self.consul.address)),
        ]
    }
}
