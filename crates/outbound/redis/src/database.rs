//! One database of a Redis: a connection that all calls share, a bound in time for every call, and a breaker. Knows no key.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool::managed::{self, Metrics, Pool, PoolError, RecycleResult};
use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::{
    self, AsyncConnectionConfig, Client, Cmd, ConnectionInfo, ErrorKind, FromRedisValue, Pipeline,
};
use deadpool_redis::{Manager, Runtime};
use futures_util::FutureExt as _;
use tokio::time::{Instant, timeout_at};

use crate::breaker::Breaker;
use crate::settings::{RedisError, RedisSettings};

/// Calls share a connection: each is written as soon as it comes, and answers come in the same order.
const CONNECTIONS: usize = 1;

/// A connection that nobody used for so long is asked whether it is still there.
const QUIET: Duration = Duration::from_secs(1);

/// A database.
pub(crate) struct Database {
    pool: Pool<Shared>,
    live: Arc<Live>,
    client: Client,
    breaker: Breaker,
    bound: Duration,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It was not asked, or did not answer in time.
    Away(String),
    /// It answered with an error: its first word, and all of it.
    Refused(String, String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Away(why) | Self::Refused(_, why) => f.write_str(why),
        }
    }
}

/// The connection, while it is in use and nothing goes wrong on it: most calls take it from here. Every call through the
/// pool costs as much as what Redis does for it.
#[derive(Default)]
struct Live(Mutex<Option<(MultiplexedConnection, Instant)>>);

impl Live {
    /// The connection, if it was used a moment ago.
    fn get(&self) -> Option<MultiplexedConnection> {
        let mut live = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let (connection, used) = live.as_mut().filter(|(_, used)| now.duration_since(*used) < QUIET)?;
        *used = now;
        Some(connection.clone())
    }

    fn set(&self, connection: Option<MultiplexedConnection>) {
        let live = connection.map(|connection| (connection, Instant::now()));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = live;
    }
}

/// Makes connections, and asks those that were quiet or are suspect whether they are still there.
struct Shared {
    manager: Manager,
    live: Arc<Live>,
}

impl managed::Manager for Shared {
    type Type = MultiplexedConnection;
    type Error = redis::RedisError;

    async fn create(&self) -> Result<MultiplexedConnection, redis::RedisError> {
        self.manager.create().await
    }

    async fn recycle(
        &self,
        connection: &mut MultiplexedConnection,
        metrics: &Metrics,
    ) -> RecycleResult<redis::RedisError> {
        // Who came first has asked.
        if self.live.get().is_some() {
            return Ok(());
        }
        self.manager.recycle(connection, metrics).await
    }
}

#[derive(Clone, Copy)]
enum Request<'a> {
    Read(&'a Cmd),
    Write(&'a Cmd),
    WriteAll(&'a Pipeline),
}

impl Database {
    pub(crate) fn new(
        name: &'static str,
        settings: &RedisSettings,
        address: &ConnectionInfo,
        db: u8,
        bound: Duration,
    ) -> Result<Self, RedisError> {
        let address = address.clone().set_redis_settings(settings.login(db));
        let client = Client::open(address.clone()).map_err(|error| RedisError(error.to_string()))?;
        // Every call has one bound over all of it.
        let config = config();
        let manager =
            Manager::new_with_config(address, config).map_err(|error| RedisError(error.to_string()))?;
        let live = Arc::<Live>::default();
        let shared = Shared { manager, live: Arc::clone(&live) };
        let pool = Pool::builder(shared).max_size(CONNECTIONS).runtime(Runtime::Tokio1).build();
        let pool = pool.map_err(|error| RedisError(error.to_string()))?;
        Ok(Self { pool, live, client, breaker: Breaker::new(name), bound })
    }

    pub(crate) fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// How long a call takes at most.
    pub(crate) fn bound(&self) -> Duration {
        self.bound
    }

    /// How it is reached by what needs a connection of its own.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// A connection of one's own, for what waits on it; it has no bounds.
    pub(crate) async fn connect(&self) -> redis::RedisResult<MultiplexedConnection> {
        self.client.get_multiplexed_async_connection_with_config(&config()).await
    }

    /// Asks something that changes nothing.
    pub(crate) async fn read<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Fault> {
        self.ask(Request::Read(command)).await
    }

    /// Asks for a change.
    pub(crate) async fn write<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Fault> {
        self.ask(Request::Write(command)).await
    }

    /// Asks for several changes in one round trip.
    pub(crate) async fn write_all<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, Fault> {
        self.ask(Request::WriteAll(commands)).await
    }

    async fn ask<T: FromRedisValue>(&self, request: Request<'_>) -> Result<T, Fault> {
        self.breaker.admit().map_err(Fault::Away)?;
        let answer = self.bounded(request).await;
        match &answer {
            Ok(_) => self.breaker.succeeded(!matches!(request, Request::Read(_))),
            Err(Fault::Away(why)) => self.breaker.failed(why),
            // What is wrong with one key is no fault of the server.
            Err(Fault::Refused(code, _))
                if matches!(code.as_str(), "NOGROUP" | "BUSYGROUP" | "WRONGTYPE") =>
            {
                self.breaker.succeeded(false);
            }
            Err(Fault::Refused(_, why)) => self.breaker.refused(why),
        }
        answer
    }

    async fn bounded<T: FromRedisValue>(&self, request: Request<'_>) -> Result<T, Fault> {
        let deadline = Instant::now() + self.bound;
        match self.once(deadline, request).await {
            // A connection that ended since it was used last; what changes nothing can be asked again.
            Err(Fault::Away(_)) if matches!(request, Request::Read(_)) && Instant::now() < deadline => {
                self.once(deadline, request).await
            }
            answer => answer,
        }
    }

    async fn once<T: FromRedisValue>(&self, deadline: Instant, request: Request<'_>) -> Result<T, Fault> {
        let silent = || Fault::Away(format!("no answer within {} ms", self.bound.as_millis()));
        let mut connection = match self.live.get() {
            Some(live) => live,
            None => within(deadline, self.pooled()).await.ok_or_else(silent)??,
        };
        let answer = match within(deadline, answer(&mut connection, request)).await {
            Some(answer) => answer.map_err(|error| fault(&error)),
            None => Err(silent()),
        };
        if let Err(Fault::Away(_)) = answer {
            self.live.set(None);
        }
        answer
    }

    /// The connection when it was quiet or suspect, or a new one.
    async fn pooled(&self) -> Result<MultiplexedConnection, Fault> {
        let held = self.pool.get().await.map_err(|error| match error {
            // Who is not let in gets nothing at all.
            PoolError::Backend(error) => Fault::Away(error.to_string()),
            other => Fault::Away(other.to_string()),
        })?;
        let connection = MultiplexedConnection::clone(&held);
        self.live.set(Some(connection.clone()));
        Ok(connection)
    }
}

/// What comes until then. A process that got no processor for a while (a quota) finds that its patience is at an end before
/// it has looked whether the answer came: whoever carries answers gets a turn first.
async fn within<T>(deadline: Instant, answer: impl Future<Output = T>) -> Option<T> {
    let mut answer = std::pin::pin!(answer);
    if let Ok(answer) = timeout_at(deadline, answer.as_mut()).await {
        return Some(answer);
    }
    for _ in 0..2 {
        tokio::task::yield_now().await;
        if let Some(answer) = answer.as_mut().now_or_never() {
            return Some(answer);
        }
    }
    None
}

fn config() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None)
}

async fn answer<T: FromRedisValue>(
    connection: &mut MultiplexedConnection,
    request: Request<'_>,
) -> redis::RedisResult<T> {
    match request {
        Request::Read(command) | Request::Write(command) => command.query_async(connection).await,
        Request::WriteAll(commands) => commands.query_async(connection).await,
    }
}

/// What went wrong. An error of Redis says nothing of what was asked, so it may be shown.
pub(crate) fn fault(error: &redis::RedisError) -> Fault {
    let server = match error.kind() {
        ErrorKind::Server(_) | ErrorKind::Extension => error.clone().into_server_errors(),
        _ => None,
    };
    match server.as_ref().and_then(|errors| errors.first()) {
        Some((_, error)) => {
            let (code, why) = (error.code(), error.details().unwrap_or_default());
            let said = format!("{code} {why}");
            // The host may lead to another server by now, or to this one when it is ready.
            let elsewhere = matches!(code, "READONLY" | "LOADING" | "MASTERDOWN" | "CLUSTERDOWN");
            if elsewhere { Fault::Away(said) } else { Fault::Refused(code.to_owned(), said) }
        }
        None => Fault::Away(error.to_string()),
    }
}
