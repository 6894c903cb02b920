//! One database of a Redis: a small pool that is filled when it is needed, a bound in time for every call, and a breaker.
//! Knows no key.

use std::time::Duration;

use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::{
    self, AsyncConnectionConfig, Client, Cmd, ConnectionInfo, ErrorKind, FromRedisValue, Pipeline,
};
use deadpool_redis::{Connection, Manager, Pool, PoolError, Runtime};
use tokio::time::{Instant, timeout_at};

use crate::breaker::Breaker;
use crate::settings::{RedisError, RedisSettings};

/// How many connections there are at most.
const CONNECTIONS: usize = 4;

/// A database.
pub(crate) struct Database {
    pool: Pool,
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
        let pool = Pool::builder(manager).max_size(CONNECTIONS).runtime(Runtime::Tokio1).build();
        let pool = pool.map_err(|error| RedisError(error.to_string()))?;
        Ok(Self { pool, client, breaker: Breaker::new(name), bound })
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
        let silent = || Fault::Away(format!("no answer within {} ms", self.bound.as_millis()));
        let mut connection = timeout_at(deadline, self.pool.get()).await.map_err(|_| silent())?.map_err(
            |error| match error {
                // Who is not let in gets nothing at all.
                PoolError::Backend(error) => Fault::Away(error.to_string()),
                other => Fault::Away(other.to_string()),
            },
        )?;
        let answer = match timeout_at(deadline, answer(&mut connection, request)).await {
            Ok(answer) => answer.map_err(|error| fault(&error)),
            Err(_) => Err(silent()),
        };
        if let Err(Fault::Away(_)) = answer {
            // Whatever is the matter with it, nobody else should wait on it.
            drop(Connection::take(connection));
        }
        answer
    }
}

fn config() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None)
}

async fn answer<T: FromRedisValue>(
    connection: &mut Connection,
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
