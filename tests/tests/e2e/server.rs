//! A service in a temporary folder, and somebody signed in. Knows no test.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::Context as _;
use creativestore_tests::http::Client;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::program::{self, PATIENCE, Running};

/// Nobody is slowed down.
const UNHURRIED: [(&str, &str); 2] = [("LIMITS_REQUESTS_PER_SECOND", "1000000"), ("LIMITS_BURST", "1000000")];

/// A service that runs; it is killed when this is dropped.
pub struct Server {
    pub running: Running,
    /// Where it listens.
    pub url: String,
    /// Signs the first administrator in, once; `None` when there is a user already.
    pub one_time_token: Option<String>,
    folder: PathBuf,
}

/// A folder that goes away.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Starts a service without waiting for anything; its log is appended to `log` in the folder.
pub fn spawn(folder: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Running> {
    spawn_of(&program::program(), folder, settings)
}

fn spawn_of(program: &Path, folder: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Running> {
    let mut command = program::command_of(program, folder, &["serve", "--json"]);
    let log = std::fs::File::options().create(true).append(true).open(folder.join("log"))?;
    command.envs(UNHURRIED).envs(settings.iter().copied()).stderr(log);
    Running::spawn(command)
}

impl Server {
    /// Starts a service in a folder and waits until it is ready.
    pub fn start(folder: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_of(&program::program(), folder, settings)
    }

    /// The same of another build.
    pub fn start_of(program: &Path, folder: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let running = spawn_of(program, folder, settings)?;
        let line = running.line(PATIENCE)?.with_context(|| format!("it does not start: {}", log(folder)))?;
        Self::ready(running, folder, &line)
    }

    /// A service that said this when it was ready.
    pub fn ready(running: Running, folder: &Path, line: &str) -> anyhow::Result<Self> {
        let ready: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        let url = ready["url"].as_str().context("an address")?.to_owned();
        let one_time_token = ready["one_time_token"].as_str().map(str::to_owned);
        Ok(Self { running, url, one_time_token, folder: folder.to_owned() })
    }

    /// Asks as nobody in particular.
    pub fn anyone(&self) -> Client {
        Client::new(&self.url)
    }

    /// `127.0.0.1:port`
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// The first administrator, signed in.
    pub fn admin(&self) -> anyhow::Result<Client> {
        let token = self.one_time_token.as_deref().context("a first start")?;
        sign_in(&self.anyone(), token)
    }

    /// What it keeps.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub fn log(&self) -> String {
        log(&self.folder)
    }

    /// Asks it to end, and waits.
    pub fn terminate(mut self) -> anyhow::Result<ExitStatus> {
        self.running.signal(Signal::TERM)?;
        self.running.end(PATIENCE)
    }
}

/// What a service in this folder logged.
pub fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

/// Signs in with a one-time token.
pub fn sign_in(anyone: &Client, one_time_token: &str) -> anyhow::Result<Client> {
    let answer = anyone.post("/v1/auth/token", &json!({ "one_time_token": one_time_token }))?;
    let session = answer.expect(200)?;
    Ok(anyone.with_bearer(session["access_token"].as_str().context("a token")?))
}

/// An account and a key that may do everything in it.
pub struct House {
    pub admin: Client,
    pub account: String,
    pub key: String,
    /// Asks with the key.
    pub client: Client,
}

impl House {
    /// Makes an account as an administrator.
    pub fn make(admin: Client) -> anyhow::Result<Self> {
        let account = admin.post("/v1/accounts", &json!({ "name": "Aurora Coffee" }))?.expect(201)?;
        let account = account["id"].as_str().context("an id")?.to_owned();
        let key = json!({ "account": account, "name": "test", "role": "admin" });
        let key = admin.post("/v1/api-keys", &key)?.expect(201)?;
        let key = key["secret"].as_str().context("a secret")?.to_owned();
        let client = admin.with_bearer(&key);
        Ok(Self { admin, account, key, client })
    }

    /// Puts a creative in and waits until it was looked into: its id, and where its revision then stands.
    pub fn put_in(&self, name: &str, manifest: &Value) -> anyhow::Result<(String, String)> {
        let mut stream = self.client.follow(&self.account, 0)?;
        let made = self.client.post("/v1/creatives", &json!({ "name": name, "manifest": manifest }))?;
        let id = made.expect(201)?["id"].as_str().context("an id")?.to_owned();
        let stands = stream.inspected(&id)?;
        Ok((id, stands))
    }

    /// Uploads bytes: the SHA-256 that they are named by.
    pub fn upload(&self, bytes: &[u8]) -> anyhow::Result<String> {
        let answer = self.client.upload(bytes)?;
        anyhow::ensure!(answer.status < 300, "{}", answer.text());
        Ok(answer.value()["sha256"].as_str().context("a hash")?.to_owned())
    }

    /// The codes of the checks of the first revision that failed.
    pub fn failed(&self, creative: &str) -> anyhow::Result<Vec<String>> {
        let path = format!("/v1/creatives/{creative}/revisions/1/checks");
        let checks = self.client.get(&path)?.expect(200)?;
        let mut failed = Vec::new();
        for report in checks["run"]["reports"].as_array().into_iter().flatten() {
            for check in report["checks"].as_array().into_iter().flatten() {
                if check["outcome"] == "failed" {
                    failed.push(check["rule"].as_str().unwrap_or_default().to_owned());
                }
            }
        }
        Ok(failed)
    }
}

/// A service in a new folder, with an account.
pub struct World {
    pub house: House,
    pub server: Server,
    pub folder: tempfile::TempDir,
}

impl World {
    pub fn start(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let folder = folder();
        let server = Server::start(folder.path(), settings)?;
        let house = House::make(server.admin()?)?;
        Ok(Self { house, server, folder })
    }
}

/// How long something may take that is not to wait for anything.
pub const SOON: Duration = Duration::from_secs(10);
