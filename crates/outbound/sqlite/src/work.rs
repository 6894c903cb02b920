//! One connection to SQLite, as the shared repositories use it.

use async_trait::async_trait;
use creativestore_ports::store::StoreError;
use creativestore_sql::statement::{Arg, Statement};
use creativestore_sql::statements;
use creativestore_sql::work::{Connection, Dialect, Read};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Sqlite, Transaction};

use crate::failed;

static DIALECT: Dialect = Dialect {
    creatives_several: include_str!("../queries/creatives_several.sql"),
    terms_insert: include_str!("../queries/terms_insert.sql"),
    labels_insert: include_str!("../queries/labels_insert.sql"),
    formats_insert: include_str!("../queries/formats_insert.sql"),
    job_claim: statements::JOB_CLAIM,
    // A transaction that writes is the only one.
    outbox_lock: None,
    key_lock: None,
    for_update: "",
};

/// One connection.
pub(crate) enum SqliteWork {
    /// In a transaction that looks.
    Looking(Transaction<'static, Sqlite>),
    /// In a transaction that changes.
    Changing(Transaction<'static, Sqlite>),
    /// Each statement on its own.
    Loose(PoolConnection<Sqlite>),
}

impl SqliteWork {
    fn connection(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Looking(transaction) | Self::Changing(transaction) => transaction,
            Self::Loose(connection) => connection,
        }
    }
}

fn bound(args: Vec<Arg>) -> SqliteArguments {
    let mut bound = SqliteArguments::default();
    for arg in args {
        let added = match arg {
            Arg::Text(text) => bound.add(text),
            Arg::MaybeText(text) => bound.add(text),
            Arg::Number(number) => bound.add(number),
            Arg::MaybeNumber(number) => bound.add(number),
        };
        added.expect("text and numbers can be bound");
    }
    bound
}

#[async_trait]
impl Connection for SqliteWork {
    type Row = SqliteRow;

    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn writes(&self) -> bool {
        matches!(self, Self::Changing(_))
    }

    async fn run(
        &mut self,
        what: &'static str,
        Statement { sql, args, .. }: Statement,
    ) -> Result<u64, StoreError> {
        let query = sqlx::query_with(AssertSqlSafe(sql), bound(args));
        let done = query.execute(self.connection()).await;
        done.map(|done| done.rows_affected()).map_err(|error| failed(what, error))
    }

    async fn one<T: Read<SqliteRow>>(
        &mut self,
        what: &'static str,
        Statement { sql, args, .. }: Statement,
    ) -> Result<Option<T>, StoreError> {
        let query = sqlx::query_as_with(AssertSqlSafe(sql), bound(args));
        query.fetch_optional(self.connection()).await.map_err(|error| failed(what, error))
    }

    async fn all<T: Read<SqliteRow>>(
        &mut self,
        what: &'static str,
        Statement { sql, args, .. }: Statement,
    ) -> Result<Vec<T>, StoreError> {
        let query = sqlx::query_as_with(AssertSqlSafe(sql), bound(args));
        query.fetch_all(self.connection()).await.map_err(|error| failed(what, error))
    }

    async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Looking(transaction) | Self::Changing(transaction) => {
                transaction.commit().await.map_err(|error| failed("commit", error))
            }
            Self::Loose(_) => Ok(()),
        }
    }
}
