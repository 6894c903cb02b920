//! A private pgbouncer before a private Postgres, pooling transactions.

use std::path::PathBuf;
use std::process::Command;

use super::postgres::{ADMIN, PASSWORD, Postgres, SERVICE};
use super::{Running, done, folder, free_port, kept, packages};

/// Which pgbouncer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// 1.18, as Debian bookworm packages it: keeps no prepared statements.
    Packaged,
    /// 1.21 or later, built from a later Debian's source: keeps them under names of its own.
    Newer,
}

/// A running pgbouncer.
pub struct Pgbouncer {
    /// Its port.
    pub port: u16,
    psql: PathBuf,
    running: Running,
}

impl Pgbouncer {
    /// Starts one with so many server connections for each role and database.
    pub fn start(release: Release, postgres: &Postgres, pool: u32) -> anyhow::Result<Self> {
        Self::start_on(free_port()?, release, postgres, pool)
    }

    /// The same, on this port: where another one was before.
    pub fn start_on(port: u16, release: Release, postgres: &Postgres, pool: u32) -> anyhow::Result<Self> {
        let program = match release {
            Release::Packaged => packages::program("pgbouncer", "pgbouncer")?,
            Release::Newer => newer()?,
        };
        let folder = folder()?;
        let at = |name: &str| folder.join(name);
        // Its own copy: the folder of what was built may be closed to the database's user.
        std::fs::copy(program, at("pgbouncer"))?;
        std::fs::write(at("users"), format!("\"{ADMIN}\" \"{PASSWORD}\"\n\"{SERVICE}\" \"{PASSWORD}\"\n"))?;
        let keeps = match release {
            Release::Packaged => "",
            Release::Newer => "max_prepared_statements = 100\n",
        };
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\nadmin_users = {ADMIN}\npool_mode = transaction\n\
             default_pool_size = {pool}\nserver_idle_timeout = 2\nmax_client_conn = 500\nlogfile = {}\npidfile = {}\n{keeps}",
            postgres.port,
            at("users").display(),
            at("pgbouncer.log").display(),
            at("pid").display(),
        );
        std::fs::write(at("pgbouncer.ini"), settings)?;
        let file = at("pgbouncer.ini").display().to_string();
        let running = Running::start(&at("pgbouncer"), &[&file], &folder)?.until_listening(port, &folder)?;
        Ok(Self { port, psql: packages::program("psql", "postgresql-client-15")?, running })
    }
}

impl Pgbouncer {
    /// Tells its administration something: `PAUSE`, `RESUME`.
    pub fn tell(&self, command: &str) -> anyhow::Result<String> {
        let mut psql = Command::new(&self.psql);
        psql.env("PGPASSWORD", PASSWORD).args(["-X", "-A", "-t", "-q", "-h", "127.0.0.1"]);
        done(psql.args(["-p", &self.port.to_string(), "-U", ADMIN, "-d", "pgbouncer", "-c", command]))
    }

    /// The process.
    pub fn running(&self) -> &Running {
        &self.running
    }
}

/// The newer program, built once and kept beside what cargo builds.
fn newer() -> anyhow::Result<PathBuf> {
    let needs = ["libevent-dev", "libssl-dev", "pkg-config", "libc-ares-dev", "make", "gcc", "dpkg-dev"];
    kept::debian("pgbouncer", include_str!("pgbouncer.sh"), &needs)
}
