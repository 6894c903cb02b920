//! A unit of work over one connection: the repositories, written once for every database. What differs between
//! databases is a `Connection`, and the few statements of its `Dialect`.

mod assets;
mod creatives;
mod journal;
mod people;
mod records;
mod revisions;

use async_trait::async_trait;
use creativestore_domain::id::AccountId;
use creativestore_domain::time::Timestamp;
use creativestore_ports::assets::Assets;
use creativestore_ports::creatives::{Assignments, Creatives, Reviews, Revisions};
use creativestore_ports::idempotency::Idempotency;
use creativestore_ports::jobs::Jobs;
use creativestore_ports::journal::{Journal, Outbox};
use creativestore_ports::people::People;
use creativestore_ports::store::{StoreError, UnitOfWork};
use creativestore_ports::tenancy::Tenancy;
use sqlx::FromRow;

use crate::list::{Lead, Part};
use crate::statement::Statement;

/// The statements that each database words in its own way.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// Creatives by a JSON list of ids: account, list.
    pub creatives_several: &'static str,
    /// Terms of a creative from a JSON list: account, creative, list.
    pub terms_insert: &'static str,
    /// Labels of a creative from a JSON list: account, creative, list.
    pub labels_insert: &'static str,
    /// Formats of a creative from a JSON list: account, creative, list.
    pub formats_insert: &'static str,
    /// Claims a job: now, lease, until.
    pub job_claim: &'static str,
    /// Lets one relay at a time give places, until its unit of work ends; nothing where there is one writer.
    pub outbox_lock: Option<&'static str>,
    /// Lets one unit of work at a time look for what has this name and may not be there yet; nothing where there is
    /// one writer.
    pub key_lock: Option<&'static str>,
    /// What follows a read that must stay as it was read; nothing where there is one writer.
    pub for_update: &'static str,
}

/// A row that can be read as this.
pub trait Read<R: sqlx::Row>: for<'r> FromRow<'r, R> + Send + Unpin + 'static {}

impl<R: sqlx::Row, T: for<'r> FromRow<'r, R> + Send + Unpin + 'static> Read<R> for T {}

/// One connection, in a transaction but for a mere look.
#[async_trait]
pub trait Connection: Send {
    /// The database's rows.
    type Row: sqlx::Row;

    /// How this database words what is not portable.
    fn dialect(&self) -> &'static Dialect;

    /// Whether it is in a transaction that changes.
    fn writes(&self) -> bool;

    /// Runs a statement; how many rows it touched. `what` names the record that it is about.
    async fn run(&mut self, what: &'static str, statement: Statement) -> Result<u64, StoreError>;

    /// The row that a statement gives, if any.
    async fn one<T: Read<Self::Row>>(
        &mut self,
        what: &'static str,
        statement: Statement,
    ) -> Result<Option<T>, StoreError>;

    /// The rows that a statement gives.
    async fn all<T: Read<Self::Row>>(
        &mut self,
        what: &'static str,
        statement: Statement,
    ) -> Result<Vec<T>, StoreError>;

    /// Which of the parts of a filter a list begins with: one in the order in which creatives were made, or of all of them,
    /// without a part.
    async fn lead(&mut self, _account: AccountId, _parts: &[Part<'_>]) -> Result<Lead, StoreError> {
        Ok(Lead::None)
    }

    /// Makes it durable.
    async fn commit(self) -> Result<(), StoreError>;
}

/// A unit of work.
pub struct Work<C>(pub C);

impl<C: Connection> Work<C> {
    async fn run(&mut self, what: &'static str, statement: Statement) -> Result<u64, StoreError> {
        self.0.run(what, statement).await
    }

    /// Runs a statement that must touch a row; stale when it touched none.
    async fn run_on_one(&mut self, what: &'static str, statement: Statement) -> Result<(), StoreError> {
        if self.run(what, statement).await? == 0 { Err(StoreError::Stale) } else { Ok(()) }
    }

    async fn one<T: Read<C::Row>>(
        &mut self,
        what: &'static str,
        statement: Statement,
    ) -> Result<Option<T>, StoreError> {
        self.0.one(what, statement).await
    }

    async fn all<T: Read<C::Row>>(
        &mut self,
        what: &'static str,
        statement: Statement,
    ) -> Result<Vec<T>, StoreError> {
        self.0.all(what, statement).await
    }

    /// In a unit of work that changes: nobody else finds or makes what has this name until it ends.
    async fn lock(&mut self, what: &'static str, name: String) -> Result<(), StoreError> {
        match self.0.dialect().key_lock {
            Some(lock) if self.0.writes() => self.run(what, Statement::new(lock).bind(name)).await.map(drop),
            _ => Ok(()),
        }
    }

    /// A statement that reads one record, which stays as it was read when this unit of work changes.
    fn keeping(&self, sql: &'static str) -> Statement {
        let mut statement = Statement::new(sql);
        if self.0.writes() {
            statement.and(self.0.dialect().for_update, []);
        }
        statement
    }
}

/// A row of one document.
#[derive(FromRow)]
struct Document {
    document: String,
}

/// A row of one number.
#[derive(FromRow)]
struct Count {
    number: i64,
}

/// A row of one moment that may not be.
#[derive(FromRow)]
struct Moment {
    moment: Option<i64>,
}

impl Moment {
    fn at(&self) -> Option<Timestamp> {
        self.moment.map(Timestamp::from_micros)
    }
}

#[async_trait]
impl<C> UnitOfWork for Work<C>
where
    C: Connection,
    Self: Tenancy
        + Creatives
        + Revisions
        + Reviews
        + Assignments
        + Assets
        + Journal
        + Outbox
        + Jobs
        + People
        + Idempotency,
{
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
        self.0.commit().await
    }
}
