//! What the operator chose: read from files and variables, checked as a whole, every mistake told at once. The only
//! place that reads the environment.

mod keys;
mod layers;
mod secret;
mod services;
#[cfg(test)]
mod tests;
mod values;
mod variables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use keys::page;
pub use secret::Secret;
pub use services::{Consul, Database, Pooling, Redis, Tracing};

use keys::Key;
use layers::Layers;

/// The exit code of a configuration that cannot be used (`EX_CONFIG` of sysexits.h).
pub const EXIT: u8 = 78;

/// Environment variables, as they were when the process began. Those that are empty count as not set.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// In which file, or which variable.
    pub place: String,
    /// Which key.
    pub key: Option<String>,
    /// What is wrong, and what is allowed.
    pub detail: String,
}

impl Problem {
    fn new(place: impl Into<String>, key: Option<&str>, detail: impl Into<String>) -> Self {
        Self { place: place.into(), key: key.map(str::to_owned), detail: detail.into() }
    }
}

/// All mistakes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.0.len();
        write!(f, "the configuration has {count} mistake{}:", if count == 1 { "" } else { "s" })?;
        for Problem { place, key, detail } in &self.0 {
            match key {
                Some(key) => write!(f, "\n  {place}: `{key}`: {detail}")?,
                None => write!(f, "\n  {place}: {detail}")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// How careful the service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On somebody's own machine.
    Development,
    /// For others.
    Release,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// What the operator chose; only a sound one exists.
#[derive(Clone, Debug)]
pub struct Configuration {
    pub name: String,
    pub port: u16,
    pub mode: Mode,
    pub public_url: Option<String>,
    pub drain_delay: Duration,
    pub shutdown_limit: Duration,
    pub threads: usize,
    pub folder: PathBuf,
    pub upload_limit: u64,
    /// Where bytes are, when it is said.
    pub storage_url: Option<String>,
    /// What is shown to the store there.
    pub storage_options: Vec<(String, Secret)>,
    /// Postgres; SQLite in the folder when `None`.
    pub database: Option<Database>,
    /// For how long a change by another process may go unnoticed here.
    pub stale: Duration,
    /// What several replicas share besides; each for itself when `None`.
    pub redis: Option<Redis>,
    /// Where this instance registers itself, if it does.
    pub consul: Option<Consul>,
    /// Where traces go, if any are made.
    pub tracing: Option<Tracing>,
    pub jwt_secret: Option<Secret>,
    pub access_ttl: Duration,
    pub refresh_ttl: Duration,
    pub links_secret: Option<Secret>,
    pub preview_ttl: Duration,
    pub requests_per_second: std::num::NonZeroU32,
    pub burst: std::num::NonZeroU32,
    pub body_limit: usize,
    pub request_time: Duration,
    pub connections: usize,
    pub require_confinement: bool,
    pub log_level: String,
    pub log_format: LogFormat,
    pub swagger: bool,
    /// Every setting with its value and where it came from, for people.
    pub effective: Vec<Effective>,
    /// Sections of the base file that are not ours.
    pub ignored: Vec<String>,
}

/// A setting as it came out.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Effective {
    pub key: &'static str,
    pub value: String,
    pub origin: String,
}

impl Configuration {
    /// Reads the configuration, or everything that is wrong with it. `folder` is what relative paths start from.
    pub fn read(environment: &Environment, folder: &Path) -> Result<Self, Problems> {
        let mut layers = Layers::read(environment, folder);
        let mut reader = Reader { problems: std::mem::take(&mut layers.problems), layers: &layers };
        let configuration = reader.configuration();
        match configuration {
            Ok(configuration) if reader.problems.is_empty() => {
                Ok(Self { storage_options: services::storage_options(environment), ..configuration })
            }
            _ => Err(Problems(reader.problems)),
        }
    }
}

/// A setting is wrong; how, stands in the reader's problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wrong;

struct Reader<'a> {
    layers: &'a Layers,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// Reads every setting before it fails, so that all that is wrong is told.
    fn configuration(&mut self) -> Result<Configuration, Wrong> {
        let mode = self.required(keys::SERVER_MODE, mode);
        let release = mode == Ok(Mode::Release);
        let name = self.required(keys::SERVER_NAME, |text| Ok(text.to_owned()));
        let port = self.required(keys::SERVER_PORT, |text| port(text, 0));
        let public_url = self.optional(keys::SERVER_PUBLIC_URL, public_url);
        let drain_delay = self.optional(keys::SERVER_DRAIN_DELAY, values::duration);
        let shutdown_limit = self.required(keys::SERVER_SHUTDOWN_LIMIT, values::duration);
        let threads = self.required(keys::SERVER_THREADS, |text| values::number(text, 1, 64).map(whole));
        let folder = self.required(keys::STORAGE_FOLDER, |text| Ok(PathBuf::from(text)));
        let upload_limit = self.required(keys::STORAGE_UPLOAD_LIMIT, values::size);
        let storage_url = self.optional(keys::STORAGE_URL, storage_url);
        let database = self.database();
        let stale = self.required(keys::LIMITS_STALE, stale);
        let redis = self.redis();
        let consul = self.consul();
        let tracing = self.tracing();
        let jwt_secret = self.optional(keys::JWT_SECRET, secret);
        let access_ttl = self.required(keys::JWT_EXPIRES_IN, some_time);
        let refresh_ttl = self.required(keys::JWT_REFRESH_EXPIRES_IN, some_time);
        let links_secret = self.optional(keys::LINKS_SECRET, secret);
        let preview_ttl = self.required(keys::LINKS_PREVIEW_EXPIRES_IN, some_time);
        let requests_per_second = self.required(keys::LIMITS_REQUESTS_PER_SECOND, positive);
        let burst = self.required(keys::LIMITS_BURST, positive);
        let body_limit = self.required(keys::LIMITS_BODY, |text| values::size(text).map(whole));
        let request_time = self.required(keys::LIMITS_REQUEST_TIME, some_time);
        let connections =
            self.required(keys::LIMITS_CONNECTIONS, |text| values::number(text, 1, 100_000).map(whole));
        let require_confinement = self.required(keys::MEDIA_CONFINEMENT, |text| match text {
            "required" => Ok(true),
            "optional" if release => Err("`optional` is not possible in release".to_owned()),
            "optional" => Ok(false),
            _ => Err(format!("`{text}` is neither `required` nor `optional`")),
        });
        let log_level = self.required(keys::LOG_LEVEL, log_level);
        let log_format = self.optional(keys::LOG_FORMAT, log_format);
        let swagger = self.required(keys::SWAGGER_AUTO_GEN, values::switch);
        if release && jwt_secret == Ok(None) {
            let detail = "is missing: in release, give a random secret of at least 32 bytes";
            self.problems.push(Problem::new(
                format!("variable {}", keys::JWT_SECRET.variable),
                Some(keys::JWT_SECRET.name),
                detail,
            ));
        }
        Ok(Configuration {
            name: name?,
            port: port?,
            mode: mode?,
            public_url: public_url?,
            drain_delay: drain_delay?.unwrap_or(Duration::from_secs(if release { 10 } else { 0 })),
            shutdown_limit: shutdown_limit?,
            threads: threads?,
            folder: folder?,
            upload_limit: upload_limit?,
            storage_url: storage_url?,
            storage_options: Vec::new(),
            database: database?,
            stale: stale?,
            redis: redis?,
            consul: consul?,
            tracing: tracing?,
            jwt_secret: jwt_secret?,
            access_ttl: access_ttl?,
            refresh_ttl: refresh_ttl?,
            links_secret: links_secret?,
            preview_ttl: preview_ttl?,
            requests_per_second: requests_per_second?,
            burst: burst?,
            body_limit: body_limit?,
            request_time: request_time?,
            connections: connections?,
            require_confinement: require_confinement?,
            log_level: log_level?,
            log_format: log_format?.unwrap_or(if release { LogFormat::Json } else { LogFormat::Text }),
            swagger: swagger?,
            effective: keys::ALL.iter().map(|key| self.effective(key)).collect(),
            ignored: self.layers.ignored.clone(),
        })
    }

    fn effective(&self, key: &'static Key) -> Effective {
        let given = self.layers.of(key);
        let value = if key.secret && !given.text.is_empty() { "***".to_owned() } else { given.text };
        Effective { key: key.name, value, origin: given.origin }
    }

    fn required<T>(
        &mut self,
        key: &'static Key,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, Wrong> {
        let given = self.layers.of(key);
        let parsed = if given.text.trim().is_empty() {
            Err("must not be empty".to_owned())
        } else {
            parse(&given.text)
        };
        parsed.map_err(|detail| {
            self.problems.push(Problem::new(given.origin, Some(key.name), detail));
            Wrong
        })
    }

    /// `None` when nothing is said.
    fn optional<T>(
        &mut self,
        key: &'static Key,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Wrong> {
        if self.layers.of(key).text.trim().is_empty() {
            return Ok(None);
        }
        self.required(key, parse).map(Some)
    }
}

fn whole(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn mode(text: &str) -> Result<Mode, String> {
    match text {
        "release" => Ok(Mode::Release),
        "debug" | "test" => Ok(Mode::Development),
        _ => Err(format!("`{text}` is none of `release`, `debug`, `test`")),
    }
}

fn public_url(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is no address such as `https://creatives.example.com`");
    let uri: axum::http::Uri = text.parse().map_err(|_| wrong())?;
    let web = matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none();
    if web && uri.host().is_some() { Ok(text.trim_end_matches('/').to_owned()) } else { Err(wrong()) }
}

/// A TCP port, `least` or more.
fn port(text: &str, least: u16) -> Result<u16, String> {
    let number = values::number(text, least.into(), u16::MAX.into())?;
    u16::try_from(number).map_err(|error| error.to_string())
}

fn storage_url(text: &str) -> Result<String, String> {
    const SCHEMES: [&str; 4] = ["s3", "gs", "az", "file"];
    match text.split_once("://") {
        Some((scheme, rest)) if SCHEMES.contains(&scheme) && !rest.is_empty() => Ok(text.to_owned()),
        _ => Err(format!("`{text}` is no address that begins with `s3://`, `gs://`, `az://` or `file:///`")),
    }
}

/// Long enough for HMAC-SHA-256 (RFC 7518, section 3.2), and not one from a tutorial.
fn secret(text: &str) -> Result<Secret, String> {
    const PLACEHOLDERS: [&str; 4] = ["changeme", "change-me", "your-secret", "your_secret"];
    let mut distinct: Vec<u8> = text.bytes().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let lower = text.to_ascii_lowercase();
    if text.len() < 32 {
        Err(format!("has {} bytes; at least 32 are needed", text.len()))
    } else if distinct.len() < 8 || PLACEHOLDERS.iter().any(|word| lower.contains(word)) {
        Err("is a placeholder; give a random one".to_owned())
    } else {
        Ok(Secret::new(text))
    }
}

fn some_time(text: &str) -> Result<Duration, String> {
    let time = values::duration(text)?;
    if time.is_zero() { Err("must be longer than nothing".to_owned()) } else { Ok(time) }
}

/// What is remembered here and what is remembered in Redis are never older than two seconds together.
fn stale(text: &str) -> Result<Duration, String> {
    let time = values::duration(text)?;
    if time > Duration::from_secs(1) { Err("must be at most 1s".to_owned()) } else { Ok(time) }
}

fn positive(text: &str) -> Result<std::num::NonZeroU32, String> {
    let number = values::number(text, 1, u64::from(u32::MAX))?;
    let number = u32::try_from(number).ok().and_then(std::num::NonZeroU32::new);
    number.ok_or_else(|| "must be at least 1".to_owned())
}

fn log_level(text: &str) -> Result<String, String> {
    match text.parse::<tracing_subscriber::filter::Targets>() {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("`{text}` is no filter: {error}")),
    }
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("`{text}` is neither `text` nor `json`")),
    }
}
