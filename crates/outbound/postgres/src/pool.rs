//! The connections of one process. One goes back the moment all that it was asked is answered: a pool that first looks
//! whether it is well asks the server one thing more for everything that it is asked. Where somebody went away in the midst
//! of a statement or a transaction, or there was an error, it is seen to before anybody else gets it, or closed.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult, WeakPool,
};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use crate::PostgresSettings;
use crate::mode::Reach;

/// How long a unit of work waits for a connection; and how long one that was left in a bad state has to get well.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long an unused connection stays, and how often that is looked at.
const IDLE: Duration = Duration::from_mins(5);
const LOOKED_AT: Duration = Duration::from_mins(1);
/// How long any connection stays: a pooler that was replaced is left within this time.
const LIFETIME: Duration = Duration::from_mins(30);
/// How long to wait until a server that starts is asked again: the first time, and at most.
const AGAIN: [Duration; 2] = [Duration::from_millis(10), Duration::from_secs(1)];

/// The connections.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    pool: Pool<Opening>,
}

impl Connections {
    /// Connects once, so that it is known how statements go.
    pub(crate) async fn open(settings: &PostgresSettings) -> Result<Self, sqlx::Error> {
        let options = settings.options(&settings.service);
        let opening = Opening { options, reach: Arc::new(Reach::new(settings.pooling)) };
        let pool = Pool::builder(opening)
            .max_size(usize::try_from(settings.connections).unwrap_or(usize::MAX))
            // What is not needed is not used, and so is closed.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(|error| sqlx::Error::Configuration(error.into()))?;
        tokio::spawn(close_unused(pool.weak()));
        let connections = Self { pool };
        connections.lend().await?;
        Ok(connections)
    }

    /// How statements go over them.
    pub(crate) fn reach(&self) -> &Arc<Reach> {
        &self.pool.manager().reach
    }

    /// A connection that nobody else has.
    pub(crate) async fn lend(&self) -> Result<Lent, sqlx::Error> {
        match timeout(PATIENCE, self.pool.get()).await {
            Ok(Ok(object)) => Ok(Lent { object: Some(object), unsure: false, open: false }),
            Ok(Err(PoolError::Backend(error))) => Err(error),
            Ok(Err(PoolError::Closed)) => Err(sqlx::Error::PoolClosed),
            Ok(Err(_)) | Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    /// How many connections are open, how many of them are idle, and how many there may be.
    pub(crate) fn count(&self) -> (u32, u32, u32) {
        let status = self.pool.status();
        let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
        (number(status.size), number(status.available), number(status.max_size))
    }

    /// Closes all connections: those that are lent when they come back.
    pub(crate) async fn close(&self) {
        let idle = self.pool.retain(|_, _| false).removed;
        self.pool.close();
        for connection in idle {
            let _ = connection.close().await;
        }
    }
}

/// Opens connections, and finds out how statements go over them.
#[derive(Debug)]
struct Opening {
    options: PgConnectOptions,
    reach: Arc<Reach>,
}

impl Manager for Opening {
    type Type = PgConnection;
    type Error = sqlx::Error;

    /// Waits for a server that starts: whoever asks waits no longer than `PATIENCE`.
    async fn create(&self) -> Result<PgConnection, sqlx::Error> {
        let [mut pause, longest] = AGAIN;
        loop {
            match self.options.connect().await {
                Ok(mut connection) => match self.reach.meet(&mut connection).await {
                    Ok(()) => return Ok(connection),
                    Err(error) => tracing::warn!(%error, "a new connection was lost"),
                },
                Err(error) if starts(&error) => {}
                Err(error) => return Err(error),
            }
            sleep(pause).await;
            pause = longest.min(pause * 2);
        }
    }

    async fn recycle(&self, _: &mut PgConnection, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if lasts(metrics) && self.reach.fits(metrics.age()) {
            Ok(())
        } else {
            Err(RecycleError::message("it is too old"))
        }
    }
}

/// Whether this is what a server or pooler answers that starts or is full.
fn starts(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
        // too_many_connections, cannot_connect_now
        sqlx::Error::Database(error) => matches!(error.code().as_deref(), Some("53300" | "57P03")),
        _ => false,
    }
}

fn lasts(metrics: &Metrics) -> bool {
    metrics.last_used() < IDLE && metrics.age() < LIFETIME
}

/// Closes connections that nobody needs, as long as there is a pool.
async fn close_unused(pool: WeakPool<Opening>) {
    loop {
        sleep(LOOKED_AT).await;
        let Some(pool) = pool.upgrade() else { return };
        let unused = pool.retain(|_, metrics| lasts(&metrics)).removed;
        for connection in unused {
            let _ = connection.close().await;
        }
    }
}

/// A connection, until it is dropped.
pub(crate) struct Lent {
    /// Only `None` while it is dropped.
    object: Option<Object<Opening>>,
    /// Whether something was asked that is not answered, or not well.
    unsure: bool,
    /// Whether it is in a transaction.
    open: bool,
}

impl Lent {
    /// The connection, to ask something: until that is `answered`, nobody knows what state it is in.
    pub(crate) fn ask(&mut self) -> &mut PgConnection {
        self.unsure = true;
        self.object.as_mut().expect("it is not dropped")
    }

    /// Takes note of the answer.
    pub(crate) fn answered<T>(&mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        self.unsure = answer.is_err();
        answer
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&mut self, begin: &'static str) -> Result<(), sqlx::Error> {
        self.open = true;
        let answer = sqlx::raw_sql(begin).execute(self.ask()).await;
        self.answered(answer).map(drop)
    }

    /// Commits it.
    pub(crate) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        let answer = sqlx::raw_sql("COMMIT").execute(self.ask()).await;
        self.answered(answer)?;
        self.open = false;
        Ok(())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.unsure && !self.open {
            return;
        }
        let Some(object) = self.object.take() else { return };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(see_to(object, self.open))),
            Err(_) => drop(Object::take(object)),
        }
    }
}

/// Undoes what was left open, and gives the connection back when it is well.
async fn see_to(mut object: Object<Opening>, open: bool) {
    let asked = async {
        if open {
            sqlx::raw_sql("ROLLBACK").execute(&mut *object).await.map(drop)
        } else {
            object.ping().await
        }
    };
    if !matches!(timeout(PATIENCE, asked).await, Ok(Ok(()))) {
        drop(Object::take(object));
    }
}
