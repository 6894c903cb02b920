//! A unit of work: one connection, in a transaction but for a mere look. Each repository is implemented for it
//! in a file of its own.

mod assets;
mod creatives;
mod journal;
mod people;
mod records;
mod revisions;

use async_trait::async_trait;
use creativestore_domain::time::Timestamp;
use creativestore_ports::assets::Assets;
use creativestore_ports::creatives::{Assignments, Creatives, Reviews, Revisions};
use creativestore_ports::idempotency::Idempotency;
use creativestore_ports::jobs::Jobs;
use creativestore_ports::journal::{Journal, Outbox};
use creativestore_ports::people::People;
use creativestore_ports::store::{StoreError, UnitOfWork};
use creativestore_ports::tenancy::Tenancy;
use creativestore_sql::list::{Arg, Query};
use sqlx::pool::PoolConnection;
use sqlx::query::{Query as Bound, QueryAs};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Error, FromRow, Sqlite, Transaction};

use crate::failed;

pub(crate) enum Work {
    /// In a transaction.
    Whole(Transaction<'static, Sqlite>),
    /// Each statement on its own.
    Loose(PoolConnection<Sqlite>),
}

type As<T> = QueryAs<'static, Sqlite, T, SqliteArguments>;
type Do = Bound<'static, Sqlite, SqliteArguments>;

/// A row of one document.
#[derive(FromRow)]
pub(crate) struct Document {
    pub(crate) document: String,
}

/// A row of one number and, maybe, one moment.
#[derive(FromRow)]
pub(crate) struct Count {
    pub(crate) number: i64,
}

/// A row of one moment that may not be.
#[derive(FromRow)]
pub(crate) struct Moment {
    pub(crate) moment: Option<i64>,
}

impl Moment {
    pub(crate) fn at(&self) -> Option<Timestamp> {
        self.moment.map(Timestamp::from_micros)
    }
}

impl Work {
    pub(crate) fn whole(begun: Result<Transaction<'static, Sqlite>, Error>) -> Result<Self, Error> {
        begun.map(Self::Whole)
    }

    pub(crate) fn loose(got: Result<PoolConnection<Sqlite>, Error>) -> Result<Self, Error> {
        got.map(Self::Loose)
    }

    fn connection(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Whole(transaction) => transaction,
            Self::Loose(connection) => connection,
        }
    }

    /// Runs a statement; how many rows it touched.
    pub(crate) async fn run(&mut self, what: &'static str, query: Do) -> Result<u64, StoreError> {
        let done = query.execute(self.connection()).await;
        done.map(|done| done.rows_affected()).map_err(|error| failed(what, error))
    }

    /// Runs a statement that must touch a row; stale when it touched none.
    pub(crate) async fn run_on_one(&mut self, what: &'static str, query: Do) -> Result<(), StoreError> {
        if self.run(what, query).await? == 0 { Err(StoreError::Stale) } else { Ok(()) }
    }

    pub(crate) async fn one<T>(&mut self, what: &'static str, query: As<T>) -> Result<Option<T>, StoreError>
    where
        T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin + 'static,
    {
        query.fetch_optional(self.connection()).await.map_err(|error| failed(what, error))
    }

    pub(crate) async fn all<T>(&mut self, what: &'static str, query: As<T>) -> Result<Vec<T>, StoreError>
    where
        T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin + 'static,
    {
        query.fetch_all(self.connection()).await.map_err(|error| failed(what, error))
    }
}

/// A statement that was put together from fixed fragments, with its values bound.
pub(crate) fn assembled<T>(query: Query) -> As<T>
where
    T: for<'r> FromRow<'r, SqliteRow>,
{
    let Query { sql, args } = query;
    let mut bound = sqlx::query_as(AssertSqlSafe(sql));
    for arg in args {
        bound = match arg {
            Arg::Text(text) => bound.bind(text),
            Arg::Number(number) => bound.bind(number),
        };
    }
    bound
}

#[async_trait]
impl UnitOfWork for Work {
    fn tenancy(&mut self) -> &mut dyn Tenancy {
        self
    }

    fn creatives(&mut self) -> &mut dyn Creatives {
        self
    }

    fn revisions(&mut self) -> &mut dyn Revisions {
        self
    }

    fn reviews(&mut self) -> &mut dyn Reviews {
        self
    }

    fn assignments(&mut self) -> &mut dyn Assignments {
        self
    }

    fn assets(&mut self) -> &mut dyn Assets {
        self
    }

    fn journal(&mut self) -> &mut dyn Journal {
        self
    }

    fn outbox(&mut self) -> &mut dyn Outbox {
        self
    }

    fn jobs(&mut self) -> &mut dyn Jobs {
        self
    }

    fn people(&mut self) -> &mut dyn People {
        self
    }

    fn idempotency(&mut self) -> &mut dyn Idempotency {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        match *self {
            Self::Whole(transaction) => transaction.commit().await.map_err(|error| failed("commit", error)),
            Self::Loose(_) => Ok(()),
        }
    }
}
