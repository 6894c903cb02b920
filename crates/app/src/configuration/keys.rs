//! Every setting there is, in one table: its key, its variable, its default, what it means. `docs/configuration.md`
//! is made from it. Knows nothing of files, and nothing of what is done with a value.

use std::fmt::Write;

/// A setting.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// Its dotted name in the files: `server.port`.
    pub name: &'static str,
    /// The environment variable that overrides the files.
    pub variable: &'static str,
    /// What it is when nobody says anything; empty when it is then worked out as `meaning` says.
    pub default: &'static str,
    /// Whether its value is never shown.
    pub secret: bool,
    /// What it means, with its unit.
    pub meaning: &'static str,
}

macro_rules! keys {
    ($($constant:ident = $name:literal, $variable:literal, $default:expr, $secret:literal, $meaning:literal;)*) => {
        $(pub const $constant: &Key = &Key {
            name: $name, variable: $variable, default: $default, secret: $secret, meaning: $meaning,
        };)*

        /// Every setting, in the order of the documentation.
        pub const ALL: &[&Key] = &[$($constant,)*];
    };
}

/// Only Linux has what confines the media process.
const CONFINEMENT: &str = if cfg!(target_os = "linux") { "required" } else { "optional" };

keys! {
    SERVER_NAME = "server.name", "SERVER_NAME", "creativestore", false,
        "What this service calls itself in its logs and in Consul.";
    SERVER_PORT = "server.port", "SERVER_PORT", "8080", false,
        "The TCP port to listen on; 0 picks a free one.";
    SERVER_MODE = "server.mode", "SERVER_MODE", "debug", false,
        "`release` listens on all addresses, logs JSON, and refuses to start with a weak secret or an unconfined media process. `debug` and `test` listen on loopback only.";
    SERVER_PUBLIC_URL = "server.public_url", "SERVER_PUBLIC_URL", "", false,
        "What links begin with: `https://creatives.example.com`. Without it, the host that the request came to.";
    SERVER_DRAIN_DELAY = "server.drain_delay", "SERVER_DRAIN_DELAY", "", false,
        "How long to go on serving after SIGTERM, unready, so that load balancers notice. Without it, 10 s in release and nothing elsewhere.";
    SERVER_SHUTDOWN_LIMIT = "server.shutdown_limit", "SERVER_SHUTDOWN_LIMIT", "15s", false,
        "How long open connections and workers get to finish after the drain delay.";
    SERVER_THREADS = "server.threads", "SERVER_THREADS", "2", false,
        "Threads that serve requests, 1 to 64.";
    STORAGE_FOLDER = "storage.folder", "STORAGE_FOLDER", "data", false,
        "The folder for what is kept on this machine: SQLite, bytes, a secret that was made. One process at a time serves it. Not used with Postgres.";
    STORAGE_URL = "storage.url", "STORAGE_URL", "", false,
        "Where bytes are kept: `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix` (in a binary that was built with the feature `clouds`; credentials as those stores' own tools read them) or `file:///folder`. Without it, in Postgres when its host is given, otherwise in the folder.";
    STORAGE_UPLOAD_LIMIT = "storage.upload_limit", "STORAGE_UPLOAD_LIMIT", "64MiB", false,
        "The most bytes of one upload.";
    DATABASE_HOST = "database.host", "DB_HOST", "", false,
        "The host of Postgres, or of a pooler before it. Without it, records are kept in SQLite in the data folder.";
    DATABASE_PORT = "database.port", "DB_PORT", "5432", false,
        "Its TCP port.";
    DATABASE_DATABASE = "database.database", "DB_NAME", "creativestore", false,
        "The database.";
    DATABASE_USER = "database.user", "DB_USER", "creativestore", false,
        "The service's role: it needs no right to change the schema when there is an administrator.";
    DATABASE_PASSWORD = "database.password", "DB_PASSWORD", "", true,
        "Its password.";
    DATABASE_ADMIN_USER = "database.admin_user", "DB_ADMIN_USER", "", false,
        "The role that brings the schema up to date; the service's own without it.";
    DATABASE_ADMIN_PASSWORD = "database.admin_password", "DB_ADMIN_PASSWORD", "", true,
        "Its password.";
    DATABASE_POOLING = "database.pooling", "DB_POOLING", "detect", false,
        "How statements reach the server: `detect` looks for a pooler; `direct` says that there is none; `transaction` takes every care that a transaction pooler without prepared statements needs.";
    DATABASE_CONNECTIONS = "database.connections", "DB_CONNECTIONS", "8", false,
        "The most connections of this process, 1 to 1000.";
    DATABASE_TLS = "database.tls", "DB_TLS", "prefer", false,
        "`require` refuses a connection that is not encrypted; `prefer` takes one.";
    REDIS_HOST = "redis.host", "REDIS_HOST", "", false,
        "The host of Redis. Without it, limits are counted and events are told by each process for itself.";
    REDIS_PORT = "redis.port", "REDIS_PORT", "6379", false,
        "Its TCP port.";
    REDIS_USER = "redis.user", "REDIS_USER", "", false,
        "The user, where Redis knows users (ACL).";
    REDIS_PASSWORD = "redis.password", "REDIS_PASSWORD", "", true,
        "Its password.";
    REDIS_DB = "redis.db", "REDIS_DB", "0", false,
        "The number of the database for the cache and for limits.";
    REDIS_TLS = "redis.tls", "REDIS_TLS", "off", false,
        "`require` encrypts the connection and checks the server's certificate; `off` does neither.";
    REDIS_CA = "redis.ca", "REDIS_CA", "", false,
        "A file with the certificates (PEM) that the server's must come from; those that are commonly trusted without it.";
    PUBSUB_PREFIX = "pubsub.prefix", "PUBSUB_PREFIX", "creativestore", false,
        "What the names of channels and streams begin with: `<prefix>:creative.created`, `<prefix>:events`, `<prefix>:inbox`.";
    PUBSUB_REDIS_DB = "pubsub.redis.db", "REDIS_PUBSUB_DB", "0", false,
        "The number of the database for events.";
    PUBSUB_KEPT = "pubsub.kept", "PUBSUB_KEPT", "100000", false,
        "About how many events the stream holds; older ones are still in the database.";
    PUBSUB_DEAD_LETTER_KEY = "pubsub.dead_letter.key", "PUBSUB_DEAD_LETTER_KEY", "", false,
        "The list for messages that could not be handled. Without it, `<prefix>:deadletter`.";
    PUBSUB_DEAD_LETTER_TRIES = "pubsub.dead_letter.tries", "PUBSUB_DEAD_LETTER_TRIES", "8", false,
        "How often a message is tried before it goes there, 1 to 100.";
    CONSUL_ENABLED = "consul.enabled", "CONSUL_ENABLED", "false", false,
        "Whether this instance registers itself with Consul.";
    CONSUL_ADDR = "consul.addr", "CONSUL_ADDR", "127.0.0.1:8500", false,
        "Host and port of the Consul agent.";
    CONSUL_ADDRESS = "consul.address", "POD_IP", "", false,
        "The address that others reach this instance at. Without it, the one that this machine uses towards Consul.";
    TRACING_SERVICE_NAME = "tracing.service_name", "TRACING_SERVICE_NAME", "creativestore", false,
        "What this service is called in traces.";
    TRACING_ENDPOINT = "tracing.endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT", "", false,
        "The address of an OpenTelemetry collector that takes OTLP over HTTP: `http://collector:4318`. No traces are made without it.";
    TRACING_SAMPLE_RATIO = "tracing.sample_ratio", "TRACING_SAMPLE_RATIO", "0.1", false,
        "The share of requests that are traced, 0 to 1, unless the caller decided already (`traceparent`).";
    JWT_SECRET = "jwt.secret", "JWT_SECRET", "", true,
        "Signs access tokens: at least 32 bytes. Without it, one is made and kept in the data folder, except in release.";
    JWT_EXPIRES_IN = "jwt.expires_in", "JWT_EXPIRES_IN", "15m", false,
        "How long an access token lives.";
    JWT_REFRESH_EXPIRES_IN = "jwt.refresh_expires_in", "JWT_REFRESH_EXPIRES_IN", "168h", false,
        "How long a refresh token lives.";
    LINKS_SECRET = "links.secret", "LINKS_SECRET", "", true,
        "Signs links to assets, tags and previews, and cursors: at least 32 bytes. Changing it breaks every tag that was handed out. Without it, it is derived from `jwt.secret`.";
    LINKS_PREVIEW_EXPIRES_IN = "links.preview_expires_in", "LINKS_PREVIEW_EXPIRES_IN", "1h", false,
        "How long a preview link works.";
    LIMITS_REQUESTS_PER_SECOND = "limits.requests_per_second", "LIMITS_REQUESTS_PER_SECOND", "100", false,
        "How many requests a second each user, key or unknown address may make on average.";
    LIMITS_BURST = "limits.burst", "LIMITS_BURST", "200", false,
        "How many of them at once.";
    LIMITS_BODY = "limits.body", "LIMITS_BODY", "2MiB", false,
        "The most bytes of a JSON body.";
    LIMITS_REQUEST_TIME = "limits.request_time", "LIMITS_REQUEST_TIME", "60s", false,
        "How long a request may take until its answer begins; how long an upload may stand still.";
    LIMITS_CONNECTIONS = "limits.connections", "LIMITS_CONNECTIONS", "1000", false,
        "How many connections are open at once; more wait to be accepted.";
    LIMITS_STALE = "limits.stale", "LIMITS_STALE", "1s", false,
        "With Postgres: for how long an instance may answer from what it saw of a creative, when another one may have changed it; at most `1s`. It looks four times in this span at what changed, and goes on remembering the rest. `0` remembers nothing and looks every time, in Redis before the database.";
    MEDIA_CONFINEMENT = "media.confinement", "MEDIA_CONFINEMENT", CONFINEMENT, false,
        "`required`: nothing is looked into where the media process cannot be confined (the default on Linux, and the only choice in release). `optional`: it then runs with limits alone.";
    LOG_LEVEL = "log.level", "LOG_LEVEL", "info", false,
        "What is logged: `error`, `warn`, `info`, `debug`, `trace`, or levels by target such as `info,creativestore=debug`.";
    LOG_FORMAT = "log.format", "LOG_FORMAT", "", false,
        "`text` for people or `json` for machines. Without it, `json` in release and `text` elsewhere.";
    SWAGGER_AUTO_GEN = "swagger.auto_gen", "SWAGGER_AUTO_GEN", "false", false,
        "Whether there are pages at `/docs`, in a binary that was built with the feature `swagger-ui`.";
}

/// The setting of this name.
pub fn find(name: &str) -> Option<&'static Key> {
    ALL.iter().copied().find(|key| key.name == name)
}

/// Whether a top-level section is ours.
pub fn is_section(name: &str) -> bool {
    ALL.iter().any(|key| key.name.split('.').next() == Some(name))
}

/// The known name that is nearest to one that is not.
pub fn nearest(unknown: &str) -> Option<&'static str> {
    let score = |name: &str| strsim::jaro_winkler(name, unknown);
    let best = ALL.iter().map(|key| key.name).max_by(|a, b| score(a).total_cmp(&score(b)));
    best.filter(|name| score(name) > 0.8)
}

/// `docs/configuration.md`.
pub fn page() -> String {
    let mut page = String::from(include_str!("page.md"));
    page.push_str("| key | variable | default | meaning |\n|---|---|---|---|\n");
    for key in ALL {
        let Key { name, variable, default, secret, meaning } = key;
        let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
        let masked = if *secret { " (Never shown.)" } else { "" };
        let _ = writeln!(page, "| `{name}` | `{variable}` | {default} | {meaning}{masked} |");
    }
    page
}
