//! Lists and searches in a large library, against the very statement that they run, asked by `pgbench` through the same
//! pooler; and against themselves in a small library.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, ensure};
use creativestore_tests::servers::pgbouncer::Release;

use super::load::{CONNECTIONS, Load};
use super::production::pgbench;
use super::{Extent, Line, library, process};
use crate::account::Account;
use crate::full::{DATABASE, Full};
use crate::service::UNLIMITED;
use crate::{demo, interrupt};

/// What growth is measured against.
const SMALL: u64 = 10_000;

/// How each statement that finds creatives begins.
const FINDS: &str = "SELECT c.id, c.sequence, ";

/// What begins as a list has to show them: columns, and where they come from.
const SHOWS: &str = include_str!("../../../crates/outbound/sql/queries/creative_get.sql");

/// What people look for, and whether a page of it is full in the small library as well: otherwise it costs less there because
/// there is less of it.
const WANTED: [(&str, &str, bool); 11] = [
    ("the first page", "/v1/creatives", true),
    ("the hundredth page", "/v1/creatives?cursor=", true),
    ("what waits for a review", "/v1/creatives?status=pending_review", true),
    ("by label", "/v1/creatives?label=premium", true),
    ("by format and status", "/v1/creatives?format=iab_leaderboard_728x90&status=approved", true),
    (
        "by label, format and status",
        "/v1/creatives?label=premium&format=iab_leaderboard_728x90&status=approved",
        true,
    ),
    ("search by a code", "/v1/creatives?q=CODE", true),
    ("search by two words", "/v1/creatives?q=festival%20rectangle", true),
    ("search by two words that few have", "/v1/creatives?q=aurora%20festival", false),
    ("search by one common word", "/v1/creatives?q=rectangle", true),
    ("search in Chinese", "/v1/creatives?q=%E5%A4%8F%E5%AD%A3%E5%A4%A7%E4%BF%83", true),
];

struct Found {
    what: &'static str,
    /// Whether as much is found in the small library.
    as_much: bool,
    /// Answers a second.
    ours: f64,
    bare: f64,
}

pub fn measure(program: &Path, extent: &Extent, scale: u64) -> anyhow::Result<Vec<Line>> {
    let full = Full::start_with_a_bar(Release::Newer)?;
    let folder = tempfile::tempdir()?;
    let service = full.replica(program, folder.path(), 0, false, &UNLIMITED)?;
    let account = Account::on(&service)?;
    library::seed(&account, service.id())?;
    let key = account.key()?;
    let address = service.url.trim_start_matches("http://").parse()?;
    let wanted = WANTED.len();
    let field = Field { full: &full, account: &account, key: &key, address, folder: folder.path(), wanted };
    library::grow(&full, library::SEEDS, SMALL)?;
    process::wait_until_idle(service.id(), super::reading::PATIENCE)?;
    let small = field.all(extent)?;
    library::grow(&full, SMALL, scale)?;
    process::wait_until_idle(service.id(), super::reading::PATIENCE)?;
    let large = field.all(extent)?;
    service.end()?;
    // And as whoever is the first to look has it.
    let settings = [UNLIMITED.as_slice(), &[("LIMITS_STALE", "0")]].concat();
    let service = full.replica(program, folder.path(), 0, false, &settings)?;
    let address = service.url.trim_start_matches("http://").parse()?;
    let account = account.at(&service.url);
    let first = Field { account: &account, address, wanted: 2, ..field }.all(extent)?;
    service.end()?;
    let mut lines = Vec::new();
    for (small, large) in small.iter().zip(&large) {
        let what = format!("{} of {scale} creatives / bare SQL", large.what);
        lines.push(Line::of(what, "×", &[large.bare / large.ours]).held_to(2.0, 1.15));
        let grown = Line::of(format!("the same / of {SMALL}"), "×", &[small.ours / large.ours]);
        lines.push(if large.as_much { grown.held_to(1.3, 1.1) } else { grown });
        lines.push(Line::of(
            "the same, with four asking",
            "ms",
            &[f64::from(CONNECTIONS) * 1e3 / large.ours],
        ));
    }
    for Found { what, ours, bare, .. } in first {
        let what = format!("{what} of {scale} creatives with nothing remembered / bare SQL");
        lines.push(Line::of(what, "×", &[bare / ours]));
    }
    Ok(lines)
}

struct Field<'a> {
    full: &'a Full,
    account: &'a Account,
    key: &'a str,
    address: SocketAddr,
    folder: &'a Path,
    /// How much of what people look for is looked for.
    wanted: usize,
}

impl Field<'_> {
    fn all(&self, extent: &Extent) -> anyhow::Result<Vec<Found>> {
        let code = "SELECT split_part(name, ' ', -1) FROM creatives WHERE external_id = 'seed-0123-7'";
        let code = self.full.postgres.ask(DATABASE, code)?;
        let progress = demo::progress();
        progress.set_length(self.wanted as u64);
        progress.set_message("finding");
        let mut found = Vec::new();
        for (what, path, as_much) in &WANTED[..self.wanted] {
            interrupt::check()?;
            let path =
                if path.ends_with("cursor=") { self.deep()? } else { path.replace("CODE", code.trim()) };
            let (ours, bare) = self.one(path, extent)?;
            found.push(Found { what, as_much: *as_much, ours, bare });
            progress.inc(1);
        }
        progress.finish_and_clear();
        Ok(found)
    }

    /// The path of the hundredth page.
    fn deep(&self) -> anyhow::Result<String> {
        let reader = self.account.client.with_bearer(self.key);
        let mut path = "/v1/creatives?limit=50".to_owned();
        for _ in 1..100 {
            let next = reader.get(&path)?.json()["next"].as_str().context("another page")?.to_owned();
            path = format!("/v1/creatives?limit=50&cursor={next}");
        }
        Ok(path)
    }

    /// Answers a second, and those of the bare statement.
    fn one(&self, path: String, extent: &Extent) -> anyhow::Result<(f64, f64)> {
        let script = self.folder.join("find.sql");
        std::fs::write(&script, format!("{};\n", in_full(&self.statement(&path)?)?))?;
        let paths = [path];
        let load = Load {
            address: self.address,
            key: self.key,
            paths: &paths,
            requests: extent.finds,
            in_turn: false,
        };
        load.run()?;
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            interrupt::check()?;
            bare.push(pgbench(self.full, &script, extent.finds)?);
            ours.push(f64::from(load.total()) / load.run()?.as_secs_f64());
        }
        Ok((median(ours), median(bare)))
    }

    /// The statement that answers a path, with its values: as the database itself writes it down.
    fn statement(&self, path: &str) -> anyhow::Result<String> {
        let log = |on: &str| {
            self.full
                .postgres
                .ask("postgres", &format!("ALTER SYSTEM SET log_min_duration_statement = {on}"))?;
            self.full.postgres.ask("postgres", "SELECT pg_reload_conf()")
        };
        log("0")?;
        let mut found = None;
        // Settings reach the processes of the database one after the other.
        for _ in 0..100 {
            let before = self.full.postgres.log()?.len();
            let answer = self.account.client.with_bearer(self.key).get(path)?;
            ensure!(answer.status == 200, "{}", answer.told());
            std::thread::sleep(std::time::Duration::from_millis(20));
            let log = self.full.postgres.log()?;
            found = written(log.get(before..).unwrap_or_default());
            if found.is_some() {
                break;
            }
        }
        log("-1")?;
        found.with_context(|| format!("the database wrote down no statement for {path}"))
    }
}

/// The statement that gives all that a list shows, in place of what is enough to find it.
fn in_full(finds: &str) -> anyhow::Result<String> {
    let (_, from) = finds.split_once(" FROM ").context("a statement without FROM")?;
    let (columns, _) = SHOWS.split_once("\nFROM ").context("columns and where they come from")?;
    let columns: Vec<_> =
        columns.trim_start_matches("SELECT ").split(',').map(|it| format!("c.{}", it.trim())).collect();
    Ok(format!("SELECT {} FROM {from}", columns.join(", ")))
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The last statement of a log that finds creatives, its values in their places.
fn written(log: &str) -> Option<String> {
    let lines: Vec<&str> = log.lines().collect();
    let place = lines.iter().rposition(|line| line.contains("execute") && line.contains(FINDS))?;
    let mut statement = lines[place][lines[place].find(FINDS)?..].to_owned();
    let values = lines.get(place + 1)?.split_once("parameters: ")?.1;
    let mut named = Vec::new();
    let mut rest = values;
    while let Some((name, after)) = rest.split_once(" = ") {
        // A quote within a value is doubled.
        let mut end = 1;
        while let Some(quote) = after.get(end..)?.find('\'') {
            end += quote + 1;
            if !after[end..].starts_with('\'') {
                break;
            }
            end += 1;
        }
        named.push((name.to_owned(), after[..end].to_owned()));
        rest = after[end..].trim_start_matches(", ");
    }
    for (name, value) in named.iter().rev() {
        statement = statement.replace(name.as_str(), value);
    }
    Some(statement)
}

#[cfg(test)]
mod tests {
    use super::{in_full, written};

    #[test]
    fn a_statement_is_read_from_a_log_with_its_values() {
        let log = "LOG:  duration: 0.1 ms  bind PGBOUNCER_1: SELECT c.id, c.sequence, c.x FROM creatives c WHERE a = $1\n\
                   LOG:  duration: 0.2 ms  execute PGBOUNCER_1: SELECT c.id, c.sequence, c.x FROM creatives c \
                   WHERE a = $1 AND b > $2 LIMIT $10\n\
                   DETAIL:  parameters: $1 = 'it''s, $2 = x', $2 = '7', $10 = '51'\n";
        let statement = written(log).expect("it is there");
        let (_, from) = statement.split_once(" FROM ").expect("it is from somewhere");
        assert_eq!(from, "creatives c WHERE a = 'it''s, $2 = x' AND b > '7' LIMIT '51'");
        assert_eq!(written("nothing"), None);
        let full = in_full(&statement).expect("it is one of ours");
        assert!(full.starts_with("SELECT c.id, c.account_id, c.external_id,"), "{full}");
        assert!(full.ends_with(&format!(", c.created_at, c.updated_at FROM {from}")), "{full}");
    }
}
