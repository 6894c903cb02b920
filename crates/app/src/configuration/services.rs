//! The servers around this one: where they are, and what is shown to them. Every setting is read even when its server is
//! not used, so that a mistake does not wait for a host.

use std::net::IpAddr;
use std::path::PathBuf;

use super::{Environment, Reader, Secret, Wrong, keys, port, values};

/// Where Postgres is, and how it is reached.
#[derive(Clone, Debug)]
pub struct Database {
    pub host: String,
    pub port: u16,
    pub name: String,
    pub user: String,
    pub password: Secret,
    /// Who may change the schema, with a password.
    pub admin: Option<(String, Secret)>,
    pub pooling: Pooling,
    pub connections: u32,
    pub require_tls: bool,
}

/// How statements reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    Detect,
    Direct,
    Transaction,
}

/// Where Redis is, and what is kept where in it.
#[derive(Clone, Debug)]
pub struct Redis {
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<Secret>,
    pub tls: bool,
    /// The certificates that the server's must come from.
    pub ca: Option<PathBuf>,
    /// The database for the cache and limits.
    pub db: u8,
    /// The database for events.
    pub pubsub_db: u8,
    /// What names begin with.
    pub prefix: String,
    /// About how many events the stream holds.
    pub kept: u32,
    /// The list of dead letters.
    pub dead_letters: String,
    /// How often a message is tried.
    pub tries: u32,
}

/// Where Consul is, and how others reach this instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consul {
    pub addr: String,
    pub address: Option<IpAddr>,
}

/// Where traces go.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracing {
    pub endpoint: String,
    pub service_name: String,
    pub sample_ratio: f64,
}

impl Reader<'_> {
    pub(super) fn database(&mut self) -> Result<Option<Database>, Wrong> {
        let host = self.optional(keys::DATABASE_HOST, text);
        let port = self.required(keys::DATABASE_PORT, |text| port(text, 1));
        let name = self.required(keys::DATABASE_DATABASE, text);
        let user = self.required(keys::DATABASE_USER, text);
        let password = self.optional(keys::DATABASE_PASSWORD, |text| Ok(Secret::new(text)));
        let admin_user = self.optional(keys::DATABASE_ADMIN_USER, text);
        let admin_password = self.optional(keys::DATABASE_ADMIN_PASSWORD, |text| Ok(Secret::new(text)));
        let pooling = self.required(keys::DATABASE_POOLING, |text| match text {
            "detect" => Ok(Pooling::Detect),
            "direct" => Ok(Pooling::Direct),
            "transaction" => Ok(Pooling::Transaction),
            _ => Err(format!("`{text}` is none of `detect`, `direct`, `transaction`")),
        });
        let connections = self.required(keys::DATABASE_CONNECTIONS, |text| number(text, 1, 1000));
        let require_tls = self.required(keys::DATABASE_TLS, |text| match text {
            "require" => Ok(true),
            "prefer" => Ok(false),
            _ => Err(format!("`{text}` is neither `require` nor `prefer`")),
        });
        let none = || Secret::new("");
        let admin = admin_user?.zip(Some(admin_password?.unwrap_or_else(none)));
        let (port, name, user, password) = (port?, name?, user?, password?.unwrap_or_else(none));
        let (pooling, connections, require_tls) = (pooling?, connections?, require_tls?);
        let at =
            |host| Database { host, port, name, user, password, admin, pooling, connections, require_tls };
        Ok(host?.map(at))
    }

    pub(super) fn redis(&mut self) -> Result<Option<Redis>, Wrong> {
        let database =
            |text: &str| number(text, 0, 255).map(|number| u8::try_from(number).unwrap_or_default());
        let host = self.optional(keys::REDIS_HOST, text);
        let port = self.required(keys::REDIS_PORT, |text| port(text, 1));
        let user = self.optional(keys::REDIS_USER, text);
        let password = self.optional(keys::REDIS_PASSWORD, |text| Ok(Secret::new(text)));
        let tls = self.required(keys::REDIS_TLS, |text| match text {
            "require" => Ok(true),
            "off" => Ok(false),
            _ => Err(format!("`{text}` is neither `require` nor `off`")),
        });
        let ca = self.optional(keys::REDIS_CA, |text| Ok(PathBuf::from(text)));
        let db = self.required(keys::REDIS_DB, database);
        let pubsub_db = self.required(keys::PUBSUB_REDIS_DB, database);
        let prefix = self.required(keys::PUBSUB_PREFIX, redis_name);
        let kept = self.required(keys::PUBSUB_KEPT, |text| number(text, 1, 100_000_000));
        let dead_letters = self.optional(keys::PUBSUB_DEAD_LETTER_KEY, redis_name);
        let tries = self.required(keys::PUBSUB_DEAD_LETTER_TRIES, |text| number(text, 1, 100));
        let prefix = prefix?;
        let dead_letters = dead_letters?.unwrap_or_else(|| format!("{prefix}:deadletter"));
        let (port, user, password, tls, ca) = (port?, user?, password?, tls?, ca?);
        let (db, pubsub_db, kept, tries) = (db?, pubsub_db?, kept?, tries?);
        let at = |host| Redis {
            host,
            port,
            user,
            password,
            tls,
            ca,
            db,
            pubsub_db,
            prefix,
            kept,
            dead_letters,
            tries,
        };
        Ok(host?.map(at))
    }

    pub(super) fn consul(&mut self) -> Result<Option<Consul>, Wrong> {
        let enabled = self.required(keys::CONSUL_ENABLED, values::switch);
        let addr = self.required(keys::CONSUL_ADDR, host_and_port);
        let address = self.optional(keys::CONSUL_ADDRESS, |text| {
            text.parse().map_err(|_| format!("`{text}` is no IP address"))
        });
        let (addr, address) = (addr?, address?);
        Ok(enabled?.then_some(Consul { addr, address }))
    }

    pub(super) fn tracing(&mut self) -> Result<Option<Tracing>, Wrong> {
        let endpoint = self.optional(keys::TRACING_ENDPOINT, super::public_url);
        let service_name = self.required(keys::TRACING_SERVICE_NAME, text);
        let sample_ratio = self.required(keys::TRACING_SAMPLE_RATIO, |text| {
            let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
            ratio.ok_or_else(|| format!("`{text}` is no share from 0 to 1"))
        });
        let (service_name, sample_ratio) = (service_name?, sample_ratio?);
        Ok(endpoint?.map(|endpoint| Tracing { endpoint, service_name, sample_ratio }))
    }
}

/// What the object stores' own tools read from the environment to find and open one.
const STORAGE_VARIABLES: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ALLOW_HTTP",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "AZURE_STORAGE_ACCOUNT_NAME",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_TENANT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
];

/// Those of them that are set.
pub(super) fn storage_options(environment: &Environment) -> Vec<(String, Secret)> {
    let set = |name: &&str| Some(((*name).to_owned(), Secret::new(environment.get(name)?)));
    STORAGE_VARIABLES.iter().filter_map(set).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "as every reader of a setting")]
fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// What no pattern of Redis and no shell takes for something else.
fn redis_name(text: &str) -> Result<String, String> {
    if text.bytes().all(|b| b.is_ascii_alphanumeric() || b":._-".contains(&b)) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` has other characters than letters, digits, `:`, `.`, `_` and `-`"))
    }
}

fn number(text: &str, least: u32, most: u32) -> Result<u32, String> {
    let number = values::number(text, least.into(), most.into())?;
    u32::try_from(number).map_err(|error| error.to_string())
}

fn host_and_port(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
    match bare.rsplit_once(':') {
        Some((host, number)) if !host.is_empty() && !host.contains('/') && port(number, 1).is_ok() => {
            Ok(bare.to_owned())
        }
        _ => Err(format!("`{text}` is no host and port such as `consul:8500`")),
    }
}
