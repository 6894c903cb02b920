//! One connection to Postgres, as the shared repositories use it.

use std::sync::Arc;

use async_trait::async_trait;
use creativestore_domain::id::AccountId;
use creativestore_ports::store::{Intent, StoreError};
use creativestore_sql::list::{Lead, Part};
use creativestore_sql::statement::{Arg, Statement};
use creativestore_sql::work::{Connection, Dialect, Read};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Arguments, AssertSqlSafe, Connection as _};

use crate::failed;
use crate::mode::{Mode, Named, Reach};
use crate::pool::{Connections, Lent};

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
    lent: Lent,
    reach: Arc<Reach>,
    held: Held,
}

/// How it is held.
#[derive(Clone, Copy)]
enum Held {
    /// In a transaction.
    Whole {
        /// Whether it changes.
        writes: bool,
        /// How its statements go.
        mode: Mode,
    },
    /// Each statement on its own.
    Loose {
        /// Why that is safe.
        _named: Named,
    },
}

impl PostgresWork {
    pub(crate) async fn begin(connections: &Connections, intent: Intent) -> Result<Self, sqlx::Error> {
        let lent = connections.lend().await?;
        let begin = match intent {
            Intent::Peek => {
                // Asked with the connection in hand: it may be the one that came without the proof.
                if let Mode::Named(named) = connections.reach().mode() {
                    let held = Held::Loose { _named: named };
                    return Ok(Self { lent, reach: Arc::clone(connections.reach()), held });
                }
                "BEGIN READ ONLY"
            }
            Intent::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Intent::Write => "BEGIN",
        };
        Self::whole(connections, lent, begin, intent == Intent::Write).await
    }

    /// For a part of something that is committed later: it does not wait for the disk, because that commit does, for
    /// everything that came before it.
    pub(crate) async fn begin_part(connections: &Connections) -> Result<Self, sqlx::Error> {
        let lent = connections.lend().await?;
        Self::whole(connections, lent, "BEGIN; SET LOCAL synchronous_commit TO off", true).await
    }

    async fn whole(
        connections: &Connections,
        mut lent: Lent,
        begin: &'static str,
        writes: bool,
    ) -> Result<Self, sqlx::Error> {
        lent.begin(begin).await?;
        let held = Held::Whole { writes, mode: connections.reach().mode() };
        Ok(Self { lent, reach: Arc::clone(connections.reach()), held })
    }

    /// Whether statements have names here.
    const fn named(&self) -> bool {
        matches!(self.held, Held::Loose { .. } | Held::Whole { mode: Mode::Named(_), .. })
    }

    /// An answer, or what it means that a statement failed, after a look whether it says something about names.
    fn answered<T>(&mut self, what: &'static str, answer: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        self.lent.answered(answer).map_err(|error| {
            self.reach.heed(&error);
            failed(what, error)
        })
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
        let done = query.execute(self.lent.ask()).await;
        self.lent.ask().shrink_buffers();
        self.answered(what, done).map(|done| done.rows_affected())
    }

    async fn read_one<T: Read<PgRow>>(
        &mut self,
        Statement { sql, args, .. }: Statement,
    ) -> Result<Option<T>, sqlx::Error> {
        let query = sqlx::query_as_with(AssertSqlSafe(sql), bound(args)).persistent(self.named());
        query.fetch_optional(self.lent.ask()).await
    }

    /// Reads a row that holds bytes, and gives back the room that they took on the way.
    pub(crate) async fn one_with<T: Read<PgRow>>(
        &mut self,
        what: &'static str,
        statement: Statement,
    ) -> Result<Option<T>, StoreError> {
        let found = self.read_one(statement).await;
        self.lent.ask().shrink_buffers();
        self.answered(what, found)
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
        let done = query.execute(self.lent.ask()).await;
        self.answered(what, done).map(|done| done.rows_affected())
    }

    async fn one<T: Read<PgRow>>(
        &mut self,
        what: &'static str,
        statement: Statement,
    ) -> Result<Option<T>, StoreError> {
        let found = self.read_one(statement).await;
        self.answered(what, found)
    }

    async fn all<T: Read<PgRow>>(
        &mut self,
        what: &'static str,
        Statement { sql, args, .. }: Statement,
    ) -> Result<Vec<T>, StoreError> {
        let query = sqlx::query_as_with(AssertSqlSafe(sql), bound(args)).persistent(self.named());
        let found = query.fetch_all(self.lent.ask()).await;
        self.answered(what, found)
    }

    async fn lead(&mut self, account: AccountId, parts: &[Part<'_>]) -> Result<Lead, StoreError> {
        crate::lead::lead(self, account, parts).await
    }

    async fn commit(mut self) -> Result<(), StoreError> {
        let Held::Whole { writes, .. } = self.held else { return Ok(()) };
        self.lent.commit().await.map_err(|error| match error {
            // The server answered: it was not written.
            sqlx::Error::Database(_) => failed("commit", error),
            _ if writes => StoreError::Indeterminate(error.to_string()),
            _ => failed("commit", error),
        })
    }
}
