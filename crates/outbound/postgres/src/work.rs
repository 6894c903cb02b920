//! One connection to Postgres, as the shared repositories use it.

use async_trait::async_trait;
use creativestore_ports::store::{Intent, StoreError};
use creativestore_sql::statement::{Arg, Statement};
use creativestore_sql::work::{Connection, Dialect, Read};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgRow};
use sqlx::{Arguments, AssertSqlSafe, Postgres, Transaction};

use crate::failed;
use crate::mode::{Mode, Named};

static DIALECT: Dialect = Dialect {
    terms_insert: include_str!("../queries/terms_insert.sql"),
    labels_insert: include_str!("../queries/labels_insert.sql"),
    formats_insert: include_str!("../queries/formats_insert.sql"),
    job_claim: include_str!("../queries/job_claim.sql"),
    outbox_lock: Some(include_str!("../queries/outbox_lock.sql")),
    key_lock: Some(include_str!("../queries/key_lock.sql")),
    for_update: " FOR UPDATE",
};

/// One connection.
pub(crate) enum PostgresWork {
    /// In a transaction.
    Whole {
        /// The transaction.
        transaction: Transaction<'static, Postgres>,
        /// Whether it changes.
        writes: bool,
        /// How its statements go.
        mode: Mode,
    },
    /// Each statement on its own.
    Loose {
        /// The connection.
        connection: PoolConnection<Postgres>,
        /// Why that is safe.
        _named: Named,
    },
}

impl PostgresWork {
    pub(crate) async fn begin(pool: &PgPool, mode: Mode, intent: Intent) -> Result<Self, sqlx::Error> {
        let begin = match (intent, mode) {
            (Intent::Peek, Mode::Named(named)) => {
                return Ok(Self::Loose { connection: pool.acquire().await?, _named: named });
            }
            (Intent::Peek, Mode::Careful) => "BEGIN READ ONLY",
            (Intent::Read, _) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            (Intent::Write, _) => "BEGIN",
        };
        let transaction = pool.begin_with(begin).await?;
        Ok(Self::Whole { transaction, writes: intent == Intent::Write, mode })
    }

    /// Whether statements have names here.
    const fn named(&self) -> bool {
        matches!(self, Self::Loose { .. } | Self::Whole { mode: Mode::Named(_), .. })
    }

    fn connection(&mut self) -> &mut PgConnection {
        match self {
            Self::Whole { transaction, .. } => transaction,
            Self::Loose { connection, .. } => connection,
        }
    }
}

fn bound(args: Vec<Arg>) -> PgArguments {
    let mut bound = PgArguments::default();
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
impl Connection for PostgresWork {
    type Row = PgRow;

    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn writes(&self) -> bool {
        matches!(self, Self::Whole { writes: true, .. })
    }

    async fn run(
        &mut self,
        what: &'static str,
        Statement { sql, args }: Statement,
    ) -> Result<u64, StoreError> {
        let query = sqlx::query_with(AssertSqlSafe(sql), bound(args)).persistent(self.named());
        let done = query.execute(self.connection()).await;
        done.map(|done| done.rows_affected()).map_err(|error| failed(what, error))
    }

    async fn one<T: Read<PgRow>>(
        &mut self,
        what: &'static str,
        Statement { sql, args }: Statement,
    ) -> Result<Option<T>, StoreError> {
        let query = sqlx::query_as_with(AssertSqlSafe(sql), bound(args)).persistent(self.named());
        query.fetch_optional(self.connection()).await.map_err(|error| failed(what, error))
    }

    async fn all<T: Read<PgRow>>(
        &mut self,
        what: &'static str,
        Statement { sql, args }: Statement,
    ) -> Result<Vec<T>, StoreError> {
        let query = sqlx::query_as_with(AssertSqlSafe(sql), bound(args)).persistent(self.named());
        query.fetch_all(self.connection()).await.map_err(|error| failed(what, error))
    }

    async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Whole { transaction, writes, .. } => {
                transaction.commit().await.map_err(|error| match error {
                    // The server answered: it was not written.
                    sqlx::Error::Database(_) => failed("commit", error),
                    _ if writes => StoreError::Indeterminate(error.to_string()),
                    _ => failed("commit", error),
                })
            }
            Self::Loose { .. } => Ok(()),
        }
    }
}
