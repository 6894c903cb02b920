//! The layers, what wins, and mistakes told all at once.

use std::path::Path;
use std::time::Duration;

use super::*;

const SECRET: &str = "0123456789abcdefghijklmnopqrstuv";
const ALL_ALIKE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

fn read<const N: usize>(folder: &Path, variables: [(&str, &str); N]) -> Result<Configuration, Problems> {
    Configuration::read(&Environment::from(variables), folder)
}

fn mistakes(result: Result<Configuration, Problems>) -> String {
    result.expect_err("mistakes").to_string()
}

fn origin(configuration: &Configuration, key: &str) -> String {
    let found = configuration.effective.iter().find(|it| it.key == key);
    found.map(|it| format!("{} from {}", it.value, it.origin)).unwrap_or_default()
}

#[test]
fn with_nothing_configured_everything_has_its_default() {
    let empty = folder(&[]);
    let is = read(empty.path(), []).expect("sound");
    assert_eq!((is.port, is.mode, is.drain_delay), (8080, Mode::Development, Duration::ZERO));
    assert_eq!((is.folder.as_path(), is.log_format), (Path::new("data"), LogFormat::Text));
    assert_eq!(is.access_ttl, Duration::from_mins(15));
    assert_eq!(is.refresh_ttl, Duration::from_hours(168));
    assert_eq!(is.effective.len(), keys::ALL.len());
}

#[test]
fn variables_win_over_the_service_file_and_that_over_the_base_file() {
    let files = folder(&[
        (
            "configs/base/production.yaml",
            "server:\n  port: 1\n  name: base\n  threads: 3\ncache:\n  ttl: ${NOBODY}\n",
        ),
        ("mine.yaml", "server:\n  port: 2\n  name: ${NAME:service}\n"),
    ]);
    let is = read(
        files.path(),
        [
            ("ENVIRONMENT", "production"),
            ("ENV", "staging"),
            ("CONFIG_FILE", "mine.yaml"),
            ("SERVER_PORT", "3"),
        ],
    )
    .expect("sound");
    assert_eq!(origin(&is, "server.port"), "3 from variable SERVER_PORT");
    assert_eq!(origin(&is, "server.name"), "service from mine.yaml");
    assert_eq!(origin(&is, "server.threads"), "3 from configs/base/production.yaml");
    assert_eq!(origin(&is, "limits.burst"), "200 from default");
    assert_eq!(is.ignored, ["cache (configs/base/production.yaml)"]);
}

#[test]
fn the_base_file_is_that_of_the_environment() {
    let files = folder(&[
        ("configs/base/staging.yaml", "server: { port: 11 }"),
        ("configs/base/development.yaml", "server: { port: 12 }"),
    ]);
    assert_eq!(read(files.path(), [("ENV", "staging")]).expect("sound").port, 11);
    assert_eq!(read(files.path(), []).expect("sound").port, 12);
    assert_eq!(read(files.path(), [("ENVIRONMENT", "other")]).expect("sound").port, 8080);
    assert!(
        mistakes(read(files.path(), [("ENV", "../../etc/passwd")])).contains("no name of an environment")
    );
}

#[test]
fn several_mistakes_are_told_at_once_each_with_its_place() {
    let files = folder(&[(
        "mine.yaml",
        "server:\n  prot: 80\n  port: many\n  name: ${NOT_THERE}\njwt:\n  secret: short\nlimits: [1]\n",
    )]);
    let told = mistakes(read(
        files.path(),
        [("CONFIG_FILE", "mine.yaml"), ("JWT_EXPIRES_IN", "soon"), ("SWAGGER_AUTO_GEN", "yes")],
    ));
    for says in [
        "7 mistakes",
        "mine.yaml: `server.prot`: is not a setting; did you mean `server.port`?",
        "mine.yaml: `server.port`: `many` is no whole number from 0 to 65535",
        "mine.yaml: `server.name`: the variable NOT_THERE is not set",
        "mine.yaml: `jwt.secret`: has 5 bytes; at least 32 are needed",
        "mine.yaml: `limits`: is a list",
        "variable JWT_EXPIRES_IN: `jwt.expires_in`: `soon` is no duration",
        "variable SWAGGER_AUTO_GEN: `swagger.auto_gen`",
    ] {
        assert!(told.contains(says), "{says}\nis not in\n{told}");
    }
}

#[test]
fn a_file_that_is_named_must_be_there_and_be_yaml() {
    let files = folder(&[("odd.yaml", "server: [")]);
    assert!(
        mistakes(read(files.path(), [("CONFIG_FILE", "none.yaml")])).contains("none.yaml: cannot be read")
    );
    assert!(mistakes(read(files.path(), [("CONFIG_FILE", "odd.yaml")])).contains("odd.yaml: is not YAML"));
}

#[test]
fn a_wrong_value_of_any_setting_is_told_with_its_key() {
    let empty = folder(&[]);
    for key in keys::ALL {
        let any = ["name", "folder", "host", "database", "user", "password", "ca", "service_name"];
        let last = key.name.rsplit('.').next().expect("a name");
        if any.contains(&last.trim_start_matches("admin_")) {
            continue;
        }
        let told = mistakes(read(empty.path(), [(key.variable, "~ / =[")]));
        assert!(told.contains(key.name) && told.contains(key.variable), "{}: {told}", key.name);
        assert!(!key.secret || !told.contains("~ /"), "{}: {told}", key.name);
    }
}

#[test]
fn release_wants_a_secret_that_is_one_and_a_confined_media_process() {
    let empty = folder(&[]);
    let release = |secret| read(empty.path(), [("SERVER_MODE", "release"), ("JWT_SECRET", secret)]);
    assert!(mistakes(release("")).contains("variable JWT_SECRET: `jwt.secret`: is missing"));
    assert!(mistakes(release("short")).contains("has 5 bytes"));
    assert!(mistakes(release("changeme-changeme-changeme-changeme")).contains("placeholder"));
    assert!(mistakes(release(ALL_ALIKE)).contains("placeholder"));
    let is = release(SECRET).expect("sound");
    assert_eq!((is.log_format, is.drain_delay), (LogFormat::Json, Duration::from_secs(10)));
    let unconfined = read(
        empty.path(),
        [("SERVER_MODE", "release"), ("JWT_SECRET", SECRET), ("MEDIA_CONFINEMENT", "optional")],
    );
    assert!(mistakes(unconfined).contains("not possible in release"));
}

#[test]
fn records_are_in_postgres_when_its_host_is_given() {
    let empty = folder(&[]);
    assert!(read(empty.path(), [("DB_NAME", "creatives")]).expect("sound").database.is_none());
    let is = read(
        empty.path(),
        [
            ("DB_HOST", "db"),
            ("DB_PASSWORD", "of the service"),
            ("DB_ADMIN_USER", "owner"),
            ("DB_POOLING", "direct"),
        ],
    )
    .expect("sound");
    assert!(!format!("{is:?}").contains("of the service"));
    let database = is.database.expect("Postgres");
    assert_eq!((database.host.as_str(), database.port, database.pooling), ("db", 5432, Pooling::Direct));
    assert_eq!(database.admin.map(|(user, _)| user).as_deref(), Some("owner"));
}

const SERVICE_FILE: &str = "configs/services/creativestore.yaml";

/// What the deployment sets, in the container and from its Secret.
const DEPLOYMENT: [(&str, &str); 24] = [
    ("CONFIG_FILE", SERVICE_FILE),
    ("ENV", "production"),
    ("ENVIRONMENT", "production"),
    ("SERVER_MODE", "release"),
    ("SWAGGER_AUTO_GEN", "false"),
    ("SERVER_NAME", "creativestore"),
    ("SERVER_PORT", "8080"),
    ("CONSUL_ENABLED", "true"),
    ("CONSUL_ADDR", "consul.consul.svc.cluster.local:8500"),
    ("DB_HOST", "pgbouncer.postgres.svc.cluster.local"),
    ("DB_PORT", "6432"),
    ("DB_NAME", "of_the_secret"),
    ("DB_USER", "creatives"),
    ("DB_PASSWORD", "of the service"),
    ("DB_ADMIN_USER", "owner"),
    ("DB_ADMIN_PASSWORD", "of the owner"),
    ("REDIS_HOST", "redis"),
    ("REDIS_PORT", "6380"),
    ("REDIS_PASSWORD", "of redis"),
    ("REDIS_DB", "17"),
    ("REDIS_PUBSUB_DB", "11"),
    ("JWT_SECRET", SECRET),
    ("JWT_EXPIRES_IN", "24h"),
    ("JWT_REFRESH_EXPIRES_IN", "604800"),
];

fn repository() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn everything_that_the_deployment_sets_reaches_the_program() {
    let is = read(&repository(), DEPLOYMENT).expect("sound");
    assert!(is.ignored.is_empty());
    assert_eq!((is.mode, is.port, is.swagger), (Mode::Release, 8080, false));
    assert_eq!(is.access_ttl, Duration::from_hours(24));
    assert_eq!(is.refresh_ttl, Duration::from_hours(168));
    let database = is.database.as_ref().expect("Postgres");
    assert_eq!((database.port, database.name.as_str()), (6432, "of_the_secret"));
    assert_eq!((database.user.as_str(), database.password.reveal()), ("creatives", "of the service"));
    let (admin, password) = database.admin.as_ref().expect("an administrator");
    assert_eq!((admin.as_str(), password.reveal()), ("owner", "of the owner"));
    let redis = is.redis.as_ref().expect("Redis");
    assert_eq!((redis.host.as_str(), redis.port, redis.db, redis.pubsub_db), ("redis", 6380, 17, 11));
    assert_eq!(redis.password.as_ref().expect("given").reveal(), "of redis");
    let addr = "consul.consul.svc.cluster.local:8500".to_owned();
    assert_eq!(is.consul, Some(Consul { addr, address: None }));
    let shown = format!("{is:?}");
    for (name, secret) in DEPLOYMENT.into_iter().filter(|(name, _)| name.contains("PASSWORD")) {
        assert!(!shown.contains(secret), "{name}");
    }
    for (name, value) in
        DEPLOYMENT.into_iter().filter(|(name, _)| !name.contains("ENV") && *name != "CONFIG_FILE")
    {
        let key = keys::ALL.iter().find(|key| key.variable == name).expect("a setting of its own");
        let value = if key.secret { "***" } else { value };
        assert_eq!(origin(&is, key.name), format!("{value} from variable {name}"));
    }
}

#[test]
fn the_service_file_says_over_the_base_what_the_deployment_fixes() {
    let (name, host, user) = (("CONFIG_FILE", SERVICE_FILE), ("DB_HOST", "db"), ("DB_USER", "creatives"));
    let release = [name, host, user, ("ENV", "production"), ("JWT_SECRET", SECRET), ("REDIS_HOST", "redis")];
    let is = read(&repository(), release).expect("sound");
    for (key, value) in [
        ("database.database", "yldm_creativestore"),
        ("redis.db", "7"),
        ("tracing.service_name", "yldm-creativestore"),
        ("pubsub.prefix", "yldm:creativestore"),
        ("pubsub.redis.db", "1"),
        ("pubsub.dead_letter.key", "yldm:creativestore:deadletter"),
    ] {
        assert_eq!(origin(&is, key), format!("{value} from {SERVICE_FILE}"));
    }
    assert_eq!(origin(&is, "server.mode"), "release from configs/base/production.yaml");
    assert_eq!(is.redis.expect("Redis").dead_letters, "yldm:creativestore:deadletter");
    let told = mistakes(read(&repository(), [name, ("ENV", "production")]));
    for says in
        ["the variable DB_HOST is not set", "the variable DB_USER is not set", "`jwt.secret`: is missing"]
    {
        assert!(told.contains(says), "{told}");
    }
    assert_eq!(read(&repository(), [name]).expect("sound: nothing has to be set").jwt_secret, None);
}

#[test]
fn secrets_are_shown_nowhere() {
    let empty = folder(&[]);
    let is = read(empty.path(), [("JWT_SECRET", SECRET), ("LINKS_SECRET", SECRET)]).expect("sound");
    assert!(!format!("{is:?}").contains(SECRET));
    assert_eq!(origin(&is, "jwt.secret"), "*** from variable JWT_SECRET");
    assert_eq!(is.jwt_secret.expect("given").reveal(), SECRET);
}

#[test]
fn the_page_of_settings_is_the_one_that_is_kept() {
    let kept = include_str!("../../../../docs/configuration.md");
    assert!(kept == page(), "renew it: creativestore docs configuration > docs/configuration.md");
}
