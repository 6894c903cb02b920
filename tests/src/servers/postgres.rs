//! A private Postgres.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};

use super::{Running, done, folder, free_port, own, packages, wait};

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
    folder: PathBuf,
    server: PathBuf,
    durable: bool,
    /// The newest first: each one's end takes the folder away, so those before it end after it.
    running: Vec<Running>,
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
        let mut this = Self { port, psql, folder, server, durable, running: Vec::new() };
        this.run()?;
        this.until_it_answers()?;
        this.ask("postgres", &format!("CREATE ROLE {SERVICE} LOGIN PASSWORD '{PASSWORD}'"))?;
        Ok(this)
    }

    fn run(&mut self) -> anyhow::Result<()> {
        let (port, folder) = (self.port.to_string(), &self.folder);
        let sockets = format!("unix_socket_directories={}", folder.display());
        let sync = if self.durable { "fsync=on" } else { "fsync=off" };
        let data = folder.join("data").display().to_string();
        let options = ["-D", &data, "-p", &port, "-c", "listen_addresses=127.0.0.1", "-c", &sockets];
        let more = ["-c", sync, "-c", "max_connections=800"];
        let arguments: Vec<&str> = options.into_iter().chain(more).collect();
        let running = Running::start(&self.server, &arguments, folder)?.until_listening(self.port, folder)?;
        self.running.insert(0, running);
        Ok(())
    }

    /// Ends it as a crash does: at once, everything in its memory lost.
    pub fn crash(&self) -> anyhow::Result<()> {
        // The leader first: it begins a new life when only a follower is killed.
        for process in self.processes()? {
            let _ = kill_process(process, Signal::KILL);
        }
        wait("it still listens", || TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err())
    }

    /// Starts it again after a crash, where it was.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        // The number in it may be another process's by now.
        let _ = std::fs::remove_file(self.folder.join("data/postmaster.pid"));
        self.run()?;
        self.until_it_answers()
    }

    /// Stops all of it where it stands, or lets it go on.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        for process in self.processes()? {
            // Whoever ended meanwhile needs none.
            let _ = kill_process(process, signal);
        }
        Ok(())
    }

    /// The leader and its followers.
    fn processes(&self) -> anyhow::Result<Vec<Pid>> {
        let leader = self.running.first().context("it runs")?.pid();
        let number = leader.as_raw_nonzero();
        let followers = std::fs::read_to_string(format!("/proc/{number}/task/{number}/children"));
        let followers = followers.unwrap_or_default();
        let followers = followers.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?));
        Ok([leader].into_iter().chain(followers).collect())
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

    /// What it wrote into its log since it was started last.
    pub fn log(&self) -> anyhow::Result<String> {
        let log = self.folder.join("log");
        std::fs::read_to_string(&log).with_context(|| log.display().to_string())
    }

    /// It listens before it lets anybody in.
    fn until_it_answers(&self) -> anyhow::Result<()> {
        wait("it lets nobody in", || self.ask("postgres", "SELECT 1").is_ok())
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
