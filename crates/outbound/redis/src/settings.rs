//! Where a Redis is, who we are there, and how long it is waited for. Knows no configuration file.

use std::path::PathBuf;
use std::time::Duration;

use deadpool_redis::redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo, TlsCertificates,
};

/// The settings cannot be those of a Redis.
#[derive(Debug, thiserror::Error)]
#[error("the settings of Redis: {0}")]
pub struct RedisError(pub(crate) String);

/// Where a Redis is and what is kept there.
#[derive(Clone)]
pub struct RedisSettings {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who we are, where it knows more than one user.
    pub user: Option<String>,
    /// Our password.
    pub password: Option<String>,
    /// Whether it is spoken to in TLS.
    pub tls: bool,
    /// A file of certificates, in PEM, that are trusted instead of the machine's.
    pub ca: Option<PathBuf>,
    /// The database of the cache and the rate limits.
    pub db: u8,
    /// The database of the stream, the inbox and the dead letters.
    pub pubsub_db: u8,
    /// What the names of all keys and channels begin with.
    pub prefix: String,
    /// How many events the stream holds at least; never fewer than 1,000.
    pub kept: u32,
    /// The key of the list of dead letters.
    pub dead_letters: String,
    /// How many times a message is tried.
    pub tries: u32,
    /// What this process is called among the consumers of the inbox; no other may be called the same.
    pub instance: String,
}

impl std::fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .field("db", &self.db)
            .field("pubsub_db", &self.pubsub_db)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl RedisSettings {
    /// How it is reached, in its first database.
    pub(crate) fn address(&self) -> Result<ConnectionInfo, RedisError> {
        let wrong = |error: deadpool_redis::redis::RedisError| RedisError(error.to_string());
        let (host, port) = (self.host.clone(), self.port);
        if !self.tls {
            return ConnectionAddr::Tcp(host, port).into_connection_info().map_err(wrong);
        }
        // One provider of cryptography is in the program; whoever comes first names it.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let root_cert = match &self.ca {
            None => None,
            Some(file) => Some(
                std::fs::read(file).map_err(|error| RedisError(format!("{}: {error}", file.display())))?,
            ),
        };
        let address = ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None };
        let client = Client::build_with_tls(address, TlsCertificates { client_tls: None, root_cert });
        client.map(|client| client.get_connection_info().clone()).map_err(wrong)
    }

    /// Who we are, in this database.
    pub(crate) fn login(&self, db: u8) -> RedisConnectionInfo {
        let mut login = RedisConnectionInfo::default().set_db(db.into()).set_skip_set_lib_name();
        if let Some(user) = &self.user {
            login = login.set_username(user);
        }
        if let Some(password) = &self.password {
            login = login.set_password(password);
        }
        login
    }
}

/// How long things are waited for. The defaults are what a service should have.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// For the cache or a rate limit, in all, with connecting.
    pub looking: Duration,
    /// For telling an event or an answer about a message, in all.
    pub telling: Duration,
    /// How long after its first failure a message comes again; after the next one twice as long, and so on.
    pub again: Duration,
    /// The longest that a message stays away after a failure.
    pub away: Duration,
    /// How long whoever took a message may be silent until it is thought dead, and somebody else takes it.
    pub held: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            looking: Duration::from_millis(50),
            telling: Duration::from_secs(1),
            again: Duration::from_secs(1),
            away: Duration::from_mins(1),
            held: Duration::from_mins(1),
        }
    }
}
