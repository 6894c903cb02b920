//! One connection to Postgres, as the shared repositories use it.

use std::sync::Arc;

use async_trait::async_trait;
use creativestore_domain::id::AccountId;
use creativestore_ports::store::{Intent, StoreError};
use creativestore_sql::list::{Lead, Part};
use creativestore_sql::statement::{Arg, Statement};
use creativestore_sql::work::{Connection, Dialect, Read};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::{Arguments, AssertSqlSafe, Connection as _, Postgres, Transaction};

use crate::mode::{Mode, Named, Reach};
use crate::{Connections, failed};

static DIALECT: Dialect = Dialect {
    creatives_several: include_str!("../queries/creatives_several.sql"),
    terms_insert: include_str!("../queries/terms_insert.sql"),
    labels_insert: include_str!("../queries/labels_insert.sql"),
    formats_insert: include_str!("../queries/formats_insert.sql"),
    job_claim: include_str!("../queries/job_claim.sql"),
    outbox_lock: Some(include_str!("../queries/outbox_lock.sql")),
    key_lock: Some(include_str!("../queries/key_lock.sql")),
    for_update: " FOR UPDATE",
};

/// One connection.
pub(crate) struct PostgresWork {
    reach: Arc<Reach>,
    held: Held,
}

enum Held {
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
    pub(crate) async fn begin(connections: &Connections, intent: Intent) -> Result<Self, sqlx::Error> {
        let Connections { pool, reach } = connections;
        let begin = match intent {
            Intent::Peek => {
                if matches!(reach.mode(), Mode::Named(_)) {
                    let connection = pool.acquire().await?;
                    // Asked again: this connection may be the one that came without the proof.
                    if let Mode::Named(named) = reach.mode() {
                        let held = Held::Loose { connection, _named: named };
                        return Ok(Self { reach: Arc::clone(reach), held });
                    }
                }
                "BEGIN READ ONLY"
            }
            Intent::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Intent::Write => "BEGIN",
        };
        Self::whole(connections, begin, intent == Intent::Write).await
    }

    /// For a part of something that is committed later: it does not wait for the disk, because that commit does, for
    /// everything that came before it.
    pub(crate) async fn begin_part(connections: &Connections) -> Result<Self, sqlx::Error> {
        Self::whole(connections, "BEGIN; SET LOCAL synchronous_commit TO off", true).await
    }

    async fn whole(
        Connections { pool, reach }: &Connections,
        begin: &'static str,
        writes: bool,
    ) -> Result<Self, sqlx::Error> {
        let transaction = pool.begin_with(begin).await?;
        let held = Held::Whole { transaction, writes, mode: reach.mode() };
        Ok(Self { reach: Arc::clone(reach), held })
    }

    /// Whether statements have names here.
    const fn named(&self) -> bool {
        matches!(self.held, Held::Loose { .. } | Held::Whole { mode: Mode::Named(_), .. })
    }

    fn connection(&mut self) -> &mut PgConnection {
        match &mut self.held {
            Held::Whole { transaction, .. } => transaction,
            Held::Loose { connection, .. } => connection,
        }
    }

    /// What a failed statement means, after a look whether it says something about names.
    fn failed(&self, what: &'static str, error: sqlx::Error) -> StoreError {
        self.reach.heed(&error);
        failed(what, error)
    }

    /// Runs a statement whose last value is bytes, and gives back the room that they took on the way; how many rows it
    /// touched.
    pub(crate) async fn run_with(
        &mut self,
        what: &'static str,
        Statement { sql, args, .. }: Statement,
        bytes: &[u8],
    ) -> Result<u64, StoreError> {
        let mut args = bound(args);
        args.add(bytes).expect("bytes can be bound");
        let query = sqlx::query_with(AssertSqlSafe(sql), args).persistent(self.named());
        let done = query.execute(self.connection()).await;
        self.connection().shrink_buffers();
        done.map(|done| done.rows_affected()).map_err(|error| self.failed(what, error))
    }

    /// Reads a row that holds bytes, and gives back the room that they took on the way.
    pub(crate) async fn one_with<T: Read<PgRow>>(
        &mut self,
        what: &'static str,
        statement: Statement,
    ) -> Result<Option<T>, StoreError> {
        let found = self.one(what, statement).await;
        self.connection().shrink_buffers();
        found
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
        matches!(self.held, Held::Whole { writes: true, .. })
    }

    async fn run(
        &mut self,
        what: &'static str,
        Statement { sql, args, .. }: Statement,
    ) -> Result<u64, StoreError> {
        let query = sqlx::query_with(AssertSqlSafe(sql), bound(args)).persistent(self.named());
        let done = query.execute(self.connection()).await;
        done.map(|done| done.rows_affected()).map_err(|error| self.failed(what, error))
    }

    async fn one<T: Read<PgRow>>(
        &mut self,
        what: &'static str,
        Statement { sql, args, .. }: Statement,
    ) -> Result<Option<T>, StoreError> {
        let query = sqlx::query_as_with(AssertSqlSafe(sql), bound(args)).persistent(self.named());
        query.fetch_optional(self.connection()).await.map_err(|error| self.failed(what, error))
    }

    async fn all<T: Read<PgRow>>(
        &mut self,
        what: &'static str,
        Statement { sql, args, .. }: Statement,
    ) -> Result<Vec<T>, StoreError> {
        let query = sqlx::query_as_with(AssertSqlSafe(sql), bound(args)).persistent(self.named());
        query.fetch_all(self.connection()).await.map_err(|error| self.failed(what, error))
    }

    async fn lead(&mut self, account: AccountId, parts: &[Part<'_>]) -> Result<Lead, StoreError> {
        crate::lead::lead(self, account, parts).await
    }

    async fn commit(self) -> Result<(), StoreError> {
        match self.held {
            Held::Whole { transaction, writes, .. } => {
                transaction.commit().await.map_err(|error| match error {
                    // The server answered: it was not written.
                    sqlx::Error::Database(_) => failed("commit", error),
                    _ if writes => StoreError::Indeterminate(error.to_string()),
                    _ => failed("commit", error),
                })
            }
            Held::Loose { .. } => Ok(()),
        }
    }
}
