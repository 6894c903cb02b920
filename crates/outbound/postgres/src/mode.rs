//! How statements reach the server: directly, behind a pooler that keeps prepared statements, or behind one that does
//! not. It is looked up on every new connection, never guessed.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor, Row};

/// What the operator says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Nothing: look.
    Detect,
    /// There is no pooler in between.
    Direct,
    /// Behave as behind a pooler that keeps no prepared statements.
    Transaction,
}

/// How statements reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Statements have names that are kept, by the server or by a pooler that renames them; one may stand alone.
    Named(Named),
    /// Every statement is unnamed and inside a transaction.
    Careful,
}

/// The proof that a statement with values may run outside a transaction. Only this file makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named(());

impl Mode {
    /// The stable name, for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Named(_) => "named",
            Self::Careful => "careful",
        }
    }
}

/// No connection was looked at yet.
const UNKNOWN: u8 = 0;
/// Every connection so far came with the proof.
const NAMED: u8 = 1;
/// One came without it. There is no way back: what is safe behind every pooler stays until the process ends.
const CAREFUL: u8 = 2;

/// How the statements of one pool of connections go. It is named only as long as *every* connection that was ever made
/// came with the proof, so whoever has a connection and is then told `Named` has one that was proven.
#[derive(Debug)]
pub(crate) struct Reach {
    looks: bool,
    state: AtomicU8,
    careful_since: OnceLock<Instant>,
}

impl Reach {
    pub(crate) const fn new(pooling: Pooling) -> Self {
        let state = match pooling {
            Pooling::Detect => UNKNOWN,
            Pooling::Direct => NAMED,
            Pooling::Transaction => CAREFUL,
        };
        let looks = matches!(pooling, Pooling::Detect);
        Self { looks, state: AtomicU8::new(state), careful_since: OnceLock::new() }
    }

    /// How statements go. To be asked by whoever has a connection already.
    pub(crate) fn mode(&self) -> Mode {
        if self.state.load(Ordering::SeqCst) == NAMED { Mode::Named(Named(())) } else { Mode::Careful }
    }

    /// Looks at a new connection before anybody gets it.
    pub(crate) async fn meet(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if !self.looks || self.state.load(Ordering::SeqCst) == CAREFUL {
            return Ok(());
        }
        if keeps_names(connection).await? {
            // Never from careful: only from unknown.
            let _ = self.state.compare_exchange(UNKNOWN, NAMED, Ordering::SeqCst, Ordering::SeqCst);
        } else {
            self.fall_back("a new connection came without the proof that names are kept");
        }
        Ok(())
    }

    /// Whether an idle connection of this age may be used again. One from before the fall back may not: it remembers
    /// names, and would use them.
    pub(crate) fn fits(&self, age: Duration) -> bool {
        self.careful_since.get().is_none_or(|since| age <= since.elapsed())
    }

    /// Takes note of an error that only lost or mixed-up names make: `invalid_sql_statement_name`,
    /// `duplicate_prepared_statement`.
    pub(crate) fn heed(&self, error: &sqlx::Error) {
        if names_are_lost(error) {
            self.fall_back("a statement's name was lost or taken");
        }
    }

    fn fall_back(&self, why: &'static str) {
        self.careful_since.get_or_init(Instant::now);
        match self.state.swap(CAREFUL, Ordering::SeqCst) {
            NAMED => tracing::warn!(why, "statements go without names from now on"),
            UNKNOWN => tracing::debug!(why, "statements go without names"),
            _ => {}
        }
    }
}

fn names_are_lost(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("26000" | "42P05"))
}

/// What the statement that is looked for holds.
const MARK: &str = "creativestore looks for a pooler";

/// Whether statements have names that a pooler keeps. A named statement is prepared, looked up and closed within one
/// transaction, so on one server connection: if it is there under a name that a pooler gave it, the pooler keeps names.
async fn keeps_names(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let look = async {
        let mut transaction = connection.begin().await?;
        sqlx::query("SELECT $1 /* creativestore looks for a pooler */")
            .bind("x")
            .execute(&mut *transaction)
            .await?;
        let rows = transaction.fetch_all("SELECT name, statement FROM pg_prepared_statements").await?;
        let renamed = rows.iter().any(|row| {
            let text = |column| row.try_get::<String, _>(column).unwrap_or_default();
            text("statement").contains(MARK) && text("name").starts_with("PGBOUNCER_")
        });
        // Whoever gets the server connection next finds its names free.
        transaction.clear_cached_statements().await?;
        transaction.rollback().await?;
        Ok(renamed)
    };
    match look.await {
        // A pooler without statements may have given this name to somebody before: it says so, which is an answer.
        Err(error) if names_are_lost(&error) => Ok(false),
        looked => looked,
    }
}
