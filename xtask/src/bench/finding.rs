//! Lists and searches in a large library, against the very statement that they run, asked by `pgbench` through the same
//! pooler; and against themselves in a small library. The three take turns.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use creativestore_tests::servers::pgbouncer::Release;

use super::load::{CONNECTIONS, Load};
use super::production::pgbench;
use super::{Extent, Line, library, process};
use crate::account::{Account, due};
use crate::full::{DATABASE, Full};
use crate::service::{Service, UNLIMITED};
use crate::{demo, interrupt};

/// What growth is measured against.
const SMALL: u64 = 10_000;

/// How many pages are asked in turn where little of them is to be remembered: many more creatives than a process remembers
/// lie between two looks at one.
const PAGES: usize = 1_000;

/// How each statement that finds creatives begins.
const FINDS: &str = "SELECT c.id, ";

/// What begins as a list has to show them: columns, and where they come from.
const SHOWS: &str = include_str!("../../../crates/outbound/sql/queries/creative_get.sql");

/// What people look for, and whether a page of it is full in the small library as well: otherwise it costs less there because
/// there is less of it.
const WANTED: [(&str, &str, bool); 12] = [
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
    ("the first five of them", "/v1/creatives?q=aurora%20festival&limit=5", true),
    ("search by one common word", "/v1/creatives?q=rectangle", true),
    ("search in Chinese", "/v1/creatives?q=%E5%A4%8F%E5%AD%A3%E5%A4%A7%E4%BF%83", true),
];

pub fn measure(program: &Path, extent: &Extent, scale: u64) -> anyhow::Result<Vec<Line>> {
    let folder = tempfile::tempdir()?;
    let small = Library::of(SMALL, program, &folder.path().join("small"))?;
    let large = Library::of(scale, program, &folder.path().join("large"))?;
    let mut lines = Vec::new();
    let progress = demo::progress();
    progress.set_length(WANTED.len() as u64);
    progress.set_message("finding");
    for (what, path, as_much) in WANTED {
        let (in_large, in_small) = ([large.path(path)?], [small.path(path)?]);
        let rounds = rounds(&large, Some((&small, &in_small)), &in_large, extent)?;
        let over = |a: fn(&Round) -> f64, b: fn(&Round) -> f64| -> Vec<f64> {
            rounds.iter().map(|it| a(it) / b(it)).collect()
        };
        let bare = format!("{what} of {scale} creatives / bare SQL");
        lines.push(Line::of(bare, "×", &over(|it| it.large, |it| it.bare)).held_to(2.0, 1.15));
        let grown = Line::of(format!("the same / of {SMALL}"), "×", &over(|it| it.large, |it| it.small));
        lines.push(if as_much { grown.held_to(1.3, 1.1) } else { grown });
        let each: Vec<f64> = rounds.iter().map(|it| it.large * f64::from(CONNECTIONS) * 1e3).collect();
        lines.push(Line::of("the same, with four asking", "ms", &each));
        progress.inc(1);
    }
    progress.finish_and_clear();
    small.service.end()?;
    let rounds = rounds(&large, None, &large.pages(PAGES)?, extent)?;
    let what = format!("pages of {scale} creatives that nobody looked at lately / bare SQL");
    let over: Vec<f64> = rounds.iter().map(|it| it.large / it.bare).collect();
    lines.push(Line::of(what, "×", &over).held_to(2.0, 1.15));
    large.service.end()?;
    Ok(lines)
}

/// What an answer took, in seconds: the bare statement's, and the service's in either library.
struct Round {
    bare: f64,
    large: f64,
    /// Not a number where nobody asked.
    small: f64,
}

/// The bare statements of these pages and either library take turns.
fn rounds(
    large: &Library,
    small: Option<(&Library, &[String])>,
    pages: &[String],
    extent: &Extent,
) -> anyhow::Result<Vec<Round>> {
    let script = large.folder.join("find.sql");
    let bare: Vec<_> = large.statements(pages)?.iter().map(|it| in_full(it)).collect::<Result<_, _>>()?;
    std::fs::write(&script, as_asked(&bare, extent.finds))?;
    let large_load = large.load(pages, extent)?;
    let small_load = small.map(|(library, pages)| library.load(pages, extent)).transpose()?;
    let each = |load: &Load<'_>| anyhow::Ok(load.run()?.as_secs_f64() / f64::from(load.total()));
    // What is asked for the first time is not yet remembered.
    each(&large_load)?;
    small_load.as_ref().map(each).transpose()?;
    let mut rounds = Vec::new();
    for _ in 0..extent.rounds {
        interrupt::check()?;
        let bare = 1.0 / (pgbench(&large.full, &script, 1)? * f64::from(extent.finds));
        let small = small_load.as_ref().map_or(Ok(f64::NAN), each)?;
        rounds.push(Round { bare, small, large: each(&large_load)? });
    }
    Ok(rounds)
}

/// A library, with servers of its own.
struct Library {
    service: Service,
    full: Full,
    account: Account,
    key: String,
    folder: PathBuf,
}

impl Library {
    fn of(creatives: u64, program: &Path, folder: &Path) -> anyhow::Result<Self> {
        let full = Full::start_with_a_bar(Release::Newer)?;
        let service = full.replica(program, folder, 0, false, &UNLIMITED)?;
        let account = Account::on(&service)?;
        library::seed(&account, service.id())?;
        let key = account.key()?;
        library::grow(&full, library::SEEDS, creatives)?;
        process::wait_until_idle(service.id(), super::reading::PATIENCE)?;
        Ok(Self { service, full, account, key, folder: folder.to_owned() })
    }

    fn load<'a>(&'a self, paths: &'a [String], extent: &Extent) -> anyhow::Result<Load<'a>> {
        let address = self.service.address()?;
        Ok(Load { address, key: &self.key, paths, requests: extent.finds, in_turn: true })
    }

    /// What is looked for, with what only this library has.
    fn path(&self, path: &str) -> anyhow::Result<String> {
        if path.ends_with("cursor=") {
            return self.pages(99)?.pop().context("a page");
        }
        if !path.contains("CODE") {
            return Ok(path.to_owned());
        }
        let code = "SELECT split_part(name, ' ', -1) FROM creatives WHERE external_id = 'seed-0123-7'";
        Ok(path.replace("CODE", self.full.postgres.ask(DATABASE, code)?.trim()))
    }

    /// The paths of the second page and of those after it: so many, or as many as there are.
    fn pages(&self, count: usize) -> anyhow::Result<Vec<String>> {
        let reader = self.account.client.with_bearer(&self.key);
        let mut pages: Vec<String> = Vec::new();
        while pages.len() < count {
            let last = reader.get(pages.last().map_or("/v1/creatives?limit=50", String::as_str))?;
            let Some(next) = due(&last, 200)?["next"].as_str().map(str::to_owned) else { break };
            pages.push(format!("/v1/creatives?limit=50&cursor={next}"));
        }
        Ok(pages)
    }

    /// The statements that answer these paths, with their values: as the database itself writes them down.
    fn statements(&self, paths: &[String]) -> anyhow::Result<Vec<String>> {
        let log = |on: &str| {
            let on = format!("ALTER SYSTEM SET log_min_duration_statement = {on}");
            self.full.postgres.ask("postgres", &on)?;
            self.full.postgres.ask("postgres", "SELECT pg_reload_conf()")
        };
        log("0")?;
        let written = paths.iter().map(|path| self.statement(path)).collect();
        log("-1")?;
        written
    }

    fn statement(&self, path: &str) -> anyhow::Result<String> {
        // Settings reach the processes of the database one after the other.
        for _ in 0..100 {
            interrupt::check()?;
            let before = self.full.postgres.log()?.len();
            due(&self.account.client.with_bearer(&self.key).get(path)?, 200)?;
            std::thread::sleep(Duration::from_millis(20));
            if let Some(found) = written(self.full.postgres.log()?.get(before..).unwrap_or_default()) {
                return Ok(found);
            }
        }
        bail!("the database wrote down no statement for {path}")
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

/// What `pgbench` runs so that each of its connections asks what a connection of [`Load`] does, in the same order: together
/// they come by each page once, and none finds a page in the processor's caches because another one is there as well.
fn as_asked(statements: &[String], each: u32) -> String {
    let mut script = String::new();
    for (number, client) in (0..CONNECTIONS).enumerate() {
        let _ = writeln!(script, "\\if :client_id = {client}");
        let asked = statements.iter().cycle().skip(number * each as usize % statements.len());
        for statement in asked.take(each as usize) {
            let _ = writeln!(script, "{statement};");
        }
        script.push_str("\\endif\n");
    }
    script
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
    use super::{as_asked, in_full, written};

    #[test]
    fn each_connection_asks_its_own_pages() {
        let statements: Vec<String> = (0..6).map(|n| format!("SELECT {n}")).collect();
        let script = as_asked(&statements, 2);
        let parts: Vec<&str> = script.split("\\endif\n").collect();
        assert_eq!(parts.len(), 5, "{script}");
        assert_eq!(parts[0], "\\if :client_id = 0\nSELECT 0;\nSELECT 1;\n");
        assert_eq!(parts[2], "\\if :client_id = 2\nSELECT 4;\nSELECT 5;\n");
        assert_eq!(parts[3], "\\if :client_id = 3\nSELECT 0;\nSELECT 1;\n");
    }

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
