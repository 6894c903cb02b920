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
        let text = ["server.name", "storage.folder", "database.host", "database.database", "database.user"];
        let more = ["database.password", "database.admin_user", "database.admin_password"];
        if text.contains(&key.name) || more.contains(&key.name) {
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

#[test]
fn the_service_file_of_the_repository_is_sound() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = ("CONFIG_FILE", "configs/services/creativestore.yaml");
    let is = read(&root, [file, ("SERVER_MODE", "release"), ("JWT_SECRET", SECRET)]).expect("sound");
    assert_eq!(origin(&is, "storage.folder"), "data from configs/services/creativestore.yaml");
    assert_eq!(read(&root, [file]).expect("sound").jwt_secret, None);
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
