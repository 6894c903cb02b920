//! The database as a kill left it, looked at in a copy, so that nobody but the service ever recovers the original.
//! Knows the tables that say what was going on.

use std::path::Path;

use anyhow::{Context as _, ensure};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Row as _};

/// The copy, recovered.
pub struct Records {
    connection: SqliteConnection,
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

/// What must never be found: each asks for what contradicts it.
const NEVER: &[(&str, &str)] = &[
    (
        "a creative's sequence is the number of its events",
        "SELECT id FROM creatives c WHERE sequence <> (SELECT count(*) FROM events WHERE creative_id = c.id)
         OR sequence <> (SELECT max(sequence) FROM events WHERE creative_id = c.id)",
    ),
    (
        "each event has its audit line",
        "SELECT id FROM creatives c WHERE (SELECT count(*) FROM events WHERE creative_id = c.id)
         <> (SELECT count(*) FROM audit WHERE subject = c.id)",
    ),
    (
        "an event is about a creative that is there",
        "SELECT creative_id FROM events WHERE creative_id NOT IN (SELECT id FROM creatives)",
    ),
    (
        "revisions are numbered without gaps, and the newest is there in the state that the creative names",
        "SELECT id FROM creatives c WHERE newest_no <> (SELECT count(*) FROM revisions WHERE creative_id = c.id)
         OR NOT EXISTS (SELECT 1 FROM revisions WHERE creative_id = c.id AND no = c.newest_no
                        AND hash = c.newest_hash AND state = c.newest_state)",
    ),
    (
        "the active revision is there and approved",
        "SELECT id FROM creatives c WHERE active_no IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM revisions WHERE creative_id = c.id AND no = c.active_no AND state = 'approved')",
    ),
    (
        "what is being looked into has a job",
        "SELECT creative_id FROM revisions r WHERE state = 'processing' AND NOT EXISTS
         (SELECT 1 FROM jobs WHERE creative_id = r.creative_id AND no = r.no)",
    ),
    (
        "what was looked into has its checks",
        "SELECT creative_id FROM revisions r WHERE state IN ('pending_review', 'approved') AND NOT EXISTS
         (SELECT 1 FROM check_runs WHERE creative_id = r.creative_id AND no = r.no)",
    ),
    (
        "a decision has a review",
        "SELECT creative_id FROM revisions r WHERE state = 'approved' AND NOT EXISTS
         (SELECT 1 FROM reviews WHERE creative_id = r.creative_id AND no = r.no AND decision = 'approve')",
    ),
    (
        "a creative is found by its labels",
        "SELECT id FROM creatives c WHERE NOT EXISTS (SELECT 1 FROM creative_labels WHERE creative_id = c.id)",
    ),
    (
        "an account's blob has its audit line",
        "SELECT sha256 FROM blobs WHERE sha256 NOT IN (SELECT subject FROM audit WHERE action = 'blob.added')",
    ),
];

impl Records {
    /// The records of this data folder; `None` when there is no database yet. Nobody may be using it.
    pub fn copy(data: &Path) -> anyhow::Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let name = "creativestore.db";
        if !data.join(name).is_file() {
            return Ok(None);
        }
        // The shared memory file is made anew from the log.
        for part in [name.to_owned(), format!("{name}-wal")] {
            if data.join(&part).is_file() {
                std::fs::copy(data.join(&part), folder.path().join(&part))?;
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let options = SqliteConnectOptions::new().filename(folder.path().join(name));
        let connection = runtime.block_on(options.connect())?;
        Ok(Some(Self { connection, runtime, _folder: folder }))
    }

    /// The first column of what a statement finds, as text.
    pub fn find(&mut self, statement: &'static str) -> anyhow::Result<Vec<String>> {
        let rows = self.runtime.block_on(sqlx::query(statement).fetch_all(&mut self.connection));
        rows.with_context(|| statement)?.iter().map(|row| Ok(row.try_get_unchecked(0)?)).collect()
    }

    fn count(&mut self, statement: &'static str) -> anyhow::Result<u64> {
        let found = self.find(statement)?;
        Ok(found.first().context("a number")?.parse()?)
    }

    /// Whether the schema is there.
    pub fn migrated(&mut self) -> anyhow::Result<bool> {
        Ok(!self.find("SELECT name FROM sqlite_schema WHERE name = 'events'")?.is_empty())
    }

    /// Events that have no place yet.
    pub fn unpublished(&mut self) -> anyhow::Result<u64> {
        self.count("SELECT CAST(count(*) AS TEXT) FROM events WHERE position IS NULL")
    }

    /// Jobs that somebody was doing.
    pub fn inspections(&mut self) -> anyhow::Result<u64> {
        self.count("SELECT CAST(count(*) AS TEXT) FROM jobs WHERE lease IS NOT NULL")
    }

    /// Jobs that wait or were under way.
    pub fn jobs(&mut self) -> anyhow::Result<u64> {
        self.count("SELECT CAST(count(*) AS TEXT) FROM jobs")
    }

    /// Every event there is.
    pub fn events(&mut self) -> anyhow::Result<u64> {
        self.count("SELECT CAST(count(*) AS TEXT) FROM events")
    }

    /// Nothing is half there.
    pub fn whole(&mut self) -> anyhow::Result<()> {
        for (always, contradiction) in NEVER {
            let found = self.find(contradiction)?;
            ensure!(found.is_empty(), "not so: {always}: {found:?}");
        }
        Ok(())
    }

    /// The file itself is sound.
    pub fn sound(&mut self) -> anyhow::Result<()> {
        let found = self.find("PRAGMA integrity_check")?;
        ensure!(found == ["ok"], "the database is damaged: {found:?}");
        let found = self.find("SELECT \"table\" FROM pragma_foreign_key_check")?;
        ensure!(found.is_empty(), "records refer to what is not there, in {found:?}");
        Ok(())
    }
}
