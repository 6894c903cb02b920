//! A private Postgres.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::{Running, done, folder, free_port, packages};

/// The role that owns everything.
pub const ADMIN: &str = "creative_admin";
/// The role that the service connects as.
pub const SERVICE: &str = "creative_service";
/// The password of both.
pub const PASSWORD: &str = "a password for tests";

/// A running Postgres with an administrator and a role for the service.
pub struct Postgres {
    /// Its port.
    pub port: u16,
    psql: PathBuf,
    _running: Running,
}

impl Postgres {
    /// Makes a cluster and starts it. Without `durable` it does not wait for the disk.
    pub fn start(durable: bool) -> anyhow::Result<Self> {
        Self::start_on(free_port()?, durable)
    }

    /// The same, on this port.
    pub fn start_on(port: u16, durable: bool) -> anyhow::Result<Self> {
        let initdb = packages::program("initdb", "postgresql-15")?;
        let server = packages::program("postgres", "postgresql-15")?;
        let psql = packages::program("psql", "postgresql-client-15")?;
        let folder = folder()?;
        let data = folder.join("data");
        let password = folder.join("password");
        std::fs::write(&password, PASSWORD)?;
        let mut make = as_database(&initdb);
        make.args(["-A", "scram-sha-256", "-U", ADMIN, "-N", "-E", "UTF8", "--locale=C.UTF-8", "--pwfile"]);
        own(&password)?;
        done(make.arg(&password).arg("-D").arg(&data)).context("initdb")?;
        let (port_option, sockets) =
            (port.to_string(), format!("unix_socket_directories={}", folder.display()));
        let sync = if durable { "fsync=on" } else { "fsync=off" };
        let data = data.display().to_string();
        let options =
            ["-D", &data, "-p", &port_option, "-c", "listen_addresses=127.0.0.1", "-c", &sockets, "-c", sync];
        let more = ["-c", "max_connections=800"];
        let arguments: Vec<&str> = options.into_iter().chain(more).collect();
        let running = Running::start(&server, &arguments, &folder)?.until_listening(port, &folder)?;
        let this = Self { port, psql, _running: running };
        this.until_it_answers()?;
        this.ask("postgres", &format!("CREATE ROLE {SERVICE} LOGIN PASSWORD '{PASSWORD}'"))?;
        Ok(this)
    }

    /// Makes an empty database.
    pub fn database(&self, name: &str) -> anyhow::Result<()> {
        self.ask("postgres", &format!("CREATE DATABASE {name}")).map(drop)
    }

    /// Runs statements as the administrator.
    pub fn ask(&self, database: &str, sql: &str) -> anyhow::Result<String> {
        let mut psql = Command::new(&self.psql);
        psql.env("PGPASSWORD", PASSWORD).args([
            "-X",
            "-A",
            "-t",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
        ]);
        done(psql.args(["-p", &self.port.to_string(), "-U", ADMIN, "-d", database, "-c", sql]))
    }

    /// It listens before it lets anybody in.
    fn until_it_answers(&self) -> anyhow::Result<()> {
        let mut last = Ok(String::new());
        for _ in 0..100 {
            last = self.ask("postgres", "SELECT 1");
            if last.is_ok() {
                break;
            }
        }
        last.map(drop)
    }
}

fn as_database(program: &Path) -> Command {
    if rustix::process::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn own(path: &Path) -> anyhow::Result<()> {
    if rustix::process::geteuid().is_root() {
        done(Command::new("chown").arg("postgres:postgres").arg(path))?;
    }
    Ok(())
}
