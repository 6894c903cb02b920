//! Rounds of starting, hammering, killing and comparing. Each round has a folder of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use creativestore_tests::bytes::sha256;
use creativestore_tests::chance::Chance;
use creativestore_tests::http::Client;
use serde_json::Value;

use super::compare;
use super::ledger::{Ledger, hammer};
use super::mirror::Mirror;
use super::moment::{self, AIMS};
use super::records::Records;
use crate::program::{self, PATIENCE, Running};
use crate::server::{self, House, Server};

/// Kills of a round.
const ROUND: u64 = 20;

/// How long a first start may last after its database is there, in microseconds: on a fast disk the schema is whole after a
/// few thousand, and the rest of the start goes on for longer.
const FIRST_STARTS: [u64; 2] = [1_000, 30_000];

/// What came of it.
#[derive(Default)]
pub struct Tally {
    /// Kills by what they interrupted; one may interrupt several things.
    pub inside: BTreeMap<&'static str, u64>,
    pub kills: u64,
    /// Acknowledged requests that were looked for and found.
    pub acknowledged: BTreeMap<String, u64>,
    /// Requests that were under way, found done or not done at all, and repeated.
    pub unanswered: BTreeMap<String, u64>,
    pub events: u64,
    pub integrity_checks: u64,
    pub files: u64,
}

impl Tally {
    fn kill(&mut self, inside: &[(&'static str, bool)]) {
        self.kills += 1;
        for (phase, hit) in inside {
            *self.inside.entry(phase).or_default() += u64::from(*hit);
        }
    }

    /// Every phase was interrupted.
    pub fn everywhere(&self, kills: u64) -> anyhow::Result<()> {
        ensure!(self.kills >= kills, "only {} kills", self.kills);
        for phase in ["upload", "write", "relay", "migration", "inspection", "restart"] {
            let hits = self.inside.get(phase).copied().unwrap_or_default();
            ensure!(hits > 0, "no kill was inside {phase}: the campaign shows less than it says");
        }
        Ok(())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} kills; inside: {:?}", self.kills, self.inside)?;
        writeln!(f, "acknowledged and there: {:?}", self.acknowledged)?;
        writeln!(f, "unanswered, wholly there or not at all: {:?}", self.unanswered)?;
        let Self { events, integrity_checks, files, .. } = self;
        write!(f, "{events} events, {integrity_checks} integrity checks, {files} files of blobs hashed")
    }
}

/// Kills so often.
pub fn run(chance: &mut Chance, kills: u64) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    while tally.kills < kills {
        let until = kills.min(tally.kills + ROUND);
        round(chance, until, &mut tally).with_context(|| format!("after {} kills", tally.kills))?;
    }
    Ok(tally)
}

fn round(chance: &mut Chance, until: u64, tally: &mut Tally) -> anyhow::Result<()> {
    let folder = server::folder();
    let newborns = usize::try_from((until - tally.kills).div_ceil(4))?;
    for longest in FIRST_STARTS.into_iter().cycle().take(newborns) {
        newborn(chance, longest, tally)?;
    }
    let server = Server::start(folder.path(), &[])?;
    let house = House::make(first_in(folder.path(), &server)?)?;
    let mut mirror = Mirror::new(&house.account);
    let mut next = Some(server);
    for aim in AIMS.iter().cycle() {
        if tally.kills >= until {
            break;
        }
        let mut server = match next.take() {
            Some(server) => server,
            None => again(chance, folder.path(), tally)?,
        };
        let mut ledger = Ledger::default();
        let mut hammer = hammer(folder.path(), &server.url, &house.key, chance.draw())?;
        moment::wait(*aim, chance, &hammer, &mut ledger)?;
        server.running.kill()?;
        ledger.take_rest(&mut hammer)?;
        look(&server.data(), &ledger, tally)?;

        let server = again(chance, folder.path(), tally)?;
        let client = Client::new(&server.url).with_bearer(&house.key);
        compare::ledger(&client, &mut mirror, ledger, tally)
            .with_context(|| format!("killed inside {aim:?}; the log: {}", tail(&server.log())))?;
        next = Some(server);
    }
    let server = next.context("a service")?;
    let client = Client::new(&server.url).with_bearer(&house.key);
    mirror.settle(&client)?;
    mirror.read_again(&client)?;
    let data = server.data();
    let status = server.terminate()?;
    ensure!(status.success(), "{status}");
    at_rest(&data, &mirror, tally)
}

/// What the kill found going on, and that it left nothing half done.
fn look(data: &Path, ledger: &Ledger, tally: &mut Tally) -> anyhow::Result<()> {
    let mut records = Records::copy(data)?.context("a database")?;
    let partial = std::fs::read_dir(data.join("incoming"))?.count() > 0;
    tally.kill(&[
        ("upload", partial && ledger.under_way(true)),
        ("write", ledger.under_way(false)),
        ("relay", records.unpublished()? > 0),
        ("inspection", records.inspections()? > 0),
    ]);
    records.whole()?;
    if tally.kills.is_multiple_of(5) {
        records.sound()?;
        tally.integrity_checks += 1;
    }
    Ok(())
}

/// Kills a service in the middle of its very first start; the next start must make up for it.
fn newborn(chance: &mut Chance, longest: u64, tally: &mut Tally) -> anyhow::Result<()> {
    let folder = server::folder();
    let mut running = server::spawn(folder.path(), &[])?;
    let database = folder.path().join("data/creativestore.db");
    let start = Instant::now();
    while !database.exists() {
        ensure!(start.elapsed() < PATIENCE, "it makes no database: {}", server::log(folder.path()));
        std::thread::yield_now();
    }
    moment::linger(chance.below(longest));
    let unready = killed_unready(&mut running)?;
    let migrated = match Records::copy(&folder.path().join("data"))? {
        Some(mut records) => {
            records.sound()?;
            tally.integrity_checks += 1;
            records.migrated()?
        }
        None => false,
    };
    tally.kill(&[("migration", !migrated), ("restart", migrated && unready)]);
    let server = Server::start(folder.path(), &[])?;
    House::make(first_in(folder.path(), &server)?)?;
    let data = server.data();
    ensure!(server.terminate()?.success(), "it does not end well");
    let mut records = Records::copy(&data)?.context("a database")?;
    ensure!(records.migrated()?, "no schema");
    records.sound()
}

/// Kills it, and says whether it had not been ready yet.
fn killed_unready(running: &mut Running) -> anyhow::Result<bool> {
    running.kill()?;
    Ok(running.line(PATIENCE)?.is_none())
}

/// Starts it again; now and then that is interrupted as well.
fn again(chance: &mut Chance, folder: &Path, tally: &mut Tally) -> anyhow::Result<Server> {
    if chance.percent(25) {
        let mut running = server::spawn(folder, &[])?;
        moment::linger(chance.below(60_000));
        let unready = killed_unready(&mut running)?;
        tally.kill(&[("restart", unready)]);
    }
    let server = Server::start(folder, &[])?;
    let left = std::fs::read_dir(server.data().join("incoming"))?.count();
    ensure!(left == 0, "{left} files are left of uploads that were cut");
    Ok(server)
}

/// The first administrator signs in; an invitation helps when the token was made and never printed.
fn first_in(folder: &Path, server: &Server) -> anyhow::Result<Client> {
    let token = match &server.one_time_token {
        Some(token) => token.clone(),
        None => {
            let invited = program::run(folder, &["user", "invite", "admin", "--json"])?.well()?;
            let invited: Value = serde_json::from_str(&invited)?;
            invited["one_time_token"].as_str().context("a token")?.to_owned()
        }
    };
    server::sign_in(&server.anyone(), &token)
}

/// After an orderly end: nothing waits, everything is sound, every file is what its name says.
fn at_rest(data: &Path, mirror: &Mirror, tally: &mut Tally) -> anyhow::Result<()> {
    let mut records = Records::copy(data)?.context("a database")?;
    records.sound()?;
    records.whole()?;
    tally.integrity_checks += 1;
    ensure!(records.jobs()? == 0, "jobs wait for ever");
    ensure!(records.unpublished()? == 0, "events wait for ever");
    ensure!(records.events()? == mirror.told() as u64, "events that nobody was told");
    tally.events += records.events()?;
    let mut kept = records.find("SELECT sha256 FROM blobs")?;
    kept.extend(records.find("SELECT sha256 FROM renditions")?);
    for account in std::fs::read_dir(data.join("blobs"))? {
        for digits in std::fs::read_dir(account?.path())? {
            for file in std::fs::read_dir(digits?.path())? {
                let path = file?.path();
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
                ensure!(
                    sha256(&std::fs::read(&path)?) == name,
                    "{} is not what its name says",
                    path.display()
                );
                tally.files += 1;
                kept.retain(|it| *it != name);
            }
        }
    }
    ensure!(kept.is_empty(), "recorded, but not there: {kept:?}");
    Ok(())
}

/// The end of a log.
fn tail(log: &str) -> &str {
    let at = log.len().saturating_sub(2_000);
    log.get(at..).unwrap_or(log)
}
