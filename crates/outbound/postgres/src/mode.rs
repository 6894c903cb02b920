//! How statements reach the server: directly, behind a pooler that keeps prepared statements, or behind one that does
//! not. It is looked up, never guessed.

use creativestore_ports::store::StoreError;
use sqlx::postgres::PgPool;
use sqlx::{Executor, Row};

use crate::failed;

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

/// What the statement that is looked for holds.
const MARK: &str = "creativestore looks for a pooler";

/// Looks, unless the operator said it. A named statement is prepared and looked up within one transaction, so on one
/// server connection: if it is there under a name that a pooler gave it, the pooler keeps statements.
pub(crate) async fn find(pool: &PgPool, pooling: Pooling) -> Result<Mode, StoreError> {
    match pooling {
        Pooling::Direct => return Ok(Mode::Named(Named(()))),
        Pooling::Transaction => return Ok(Mode::Careful),
        Pooling::Detect => {}
    }
    let look = async {
        let mut transaction = pool.begin().await?;
        sqlx::query("SELECT $1 /* creativestore looks for a pooler */")
            .bind("x")
            .execute(&mut *transaction)
            .await?;
        let rows = transaction.fetch_all("SELECT name, statement FROM pg_prepared_statements").await?;
        let renamed = rows.iter().any(|row| {
            let text = |column| row.try_get::<String, _>(column).unwrap_or_default();
            text("statement").contains(MARK) && text("name").starts_with("PGBOUNCER_")
        });
        transaction.rollback().await?;
        Ok(renamed)
    };
    match look.await {
        Ok(true) => Ok(Mode::Named(Named(()))),
        Ok(false) => Ok(Mode::Careful),
        // A pooler without statements may have given this name to somebody before: it says so, which is an answer.
        Err(sqlx::Error::Database(error)) if matches!(error.code().as_deref(), Some("42P05" | "26000")) => {
            Ok(Mode::Careful)
        }
        Err(error) => Err(failed("pooler", error)),
    }
}
