//! What production does to a service: its database, its pooler and its neighbours fail, and it is replaced while it
//! serves. Nothing that was acknowledged is lost, nobody sees another's things, it says truly whether it is ready, and it
//! heals by itself.

mod consul;
mod layout;
mod pooler;
mod postgres;
mod redis;
mod replicas;
mod rolling;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use creativestore_tests::http::Client;
use creativestore_tests::servers::postgres::{ADMIN, PASSWORD, SERVICE};
use serde_json::{Value, json};

use crate::program::{PATIENCE, program};
use crate::server::{House, Server, folder};

/// Signs tokens of all replicas.
pub const SECRET: &str = "every replica has the same one: 0123456789";

/// What the deployment sets for the database, with what replicas must have in common.
pub fn settings<'a>(port: &'a str, name: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("DB_HOST", "127.0.0.1"),
        ("DB_PORT", port),
        ("DB_NAME", name),
        ("DB_USER", SERVICE),
        ("DB_PASSWORD", PASSWORD),
        ("DB_ADMIN_USER", ADMIN),
        ("DB_ADMIN_PASSWORD", PASSWORD),
        ("JWT_SECRET", SECRET),
        // As the image has it.
        ("SERVER_THREADS", "1"),
    ]
}

/// A service in a folder of its own.
pub struct Replica {
    pub server: Server,
    _folder: tempfile::TempDir,
}

impl Replica {
    pub fn start(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_of(&program(), settings)
    }

    /// The same of another build.
    pub fn start_of(program: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let folder = folder();
        let server = Server::start_of(program, folder.path(), settings)?;
        Ok(Self { server, _folder: folder })
    }

    pub fn address(&self) -> anyhow::Result<std::net::SocketAddr> {
        Ok(self.server.address().parse()?)
    }

    /// The same caller, asking this replica.
    pub fn of(&self, key: &str) -> Client {
        self.server.anyone().with_bearer(key)
    }
}

/// The first replica of a database, with an account.
pub fn first(settings: &[(&str, &str)]) -> anyhow::Result<(Replica, House)> {
    let replica = Replica::start(settings)?;
    let house = House::make(replica.server.admin()?)?;
    Ok((replica, house))
}

/// Waits until the probe answers this status; the report.
pub fn until_status(client: &Client, status: u16) -> anyhow::Result<Value> {
    until(client, |answered, _| answered == status)
}

/// Waits until the probe says that all is there, also what it can do without; the report.
pub fn until_whole(client: &Client) -> anyhow::Result<Value> {
    until(client, |_, report| report["status"] == "ready")
}

fn until(client: &Client, so: impl Fn(u16, &Value) -> bool) -> anyhow::Result<Value> {
    let start = Instant::now();
    loop {
        let answer = client.get("/health/ready")?;
        let report = answer.value();
        if so(answer.status, &report) {
            return Ok(report);
        }
        ensure!(start.elapsed() < PATIENCE, "still {} after {PATIENCE:?}: {report}", answer.status);
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// Makes a concept as somebody does who does not give up: the same request under the same key until it is acknowledged.
/// How many times that took.
pub fn make_concept(client: &Client, name: &str, patience: Duration) -> anyhow::Result<u32> {
    let start = Instant::now();
    let key = name.replace(' ', "-");
    let headers = [("idempotency-key", key.as_str())];
    for tries in 1.. {
        let answer = client.json("POST", "/v1/concepts", &headers, &json!({ "name": name }));
        match answer {
            Ok(answer) if answer.status == 201 => return Ok(tries),
            // What a client is told to come again for.
            Ok(answer) if answer.status == 503 || answer.status == 409 || answer.status == 500 => {}
            Ok(answer) => bail!("{name}: {} {}", answer.status, answer.text()),
            Err(error) if start.elapsed() > patience => return Err(error).context("still no answer"),
            Err(_) => {}
        }
        ensure!(start.elapsed() < patience, "{name} was not taken within {patience:?}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    Ok(0)
}

/// The names of all concepts of whoever asks.
pub fn concepts(client: &Client) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut next = "/v1/concepts?limit=200".to_owned();
    loop {
        let page = client.get(&next)?.expect(200)?;
        let items = page["items"].as_array().context("items")?;
        names.extend(items.iter().filter_map(|item| item["name"].as_str()).map(str::to_owned));
        match page["next"].as_str() {
            Some(cursor) => next = format!("/v1/concepts?limit=200&cursor={cursor}"),
            None => return Ok(names),
        }
    }
}

/// Each of these names, once, and no other.
pub fn exactly(client: &Client, mut expected: Vec<String>) -> anyhow::Result<()> {
    let mut found = concepts(client)?;
    found.sort();
    expected.sort();
    ensure!(found == expected, "{} were acknowledged and {} are there", expected.len(), found.len());
    Ok(())
}
