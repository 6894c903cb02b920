//! One Postgres and two poolers for all tests of this binary; a database of its own for each test.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use creativestore_contract::Given;
use creativestore_ports::store::Store;
use creativestore_postgres::{Login, Mode, Pooling, PostgresSettings, PostgresStore};
use creativestore_tests::servers::pgbouncer::{Pgbouncer, Release};
use creativestore_tests::servers::postgres::{ADMIN, PASSWORD, Postgres, SERVICE};

/// How a test reaches its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Direct,
    Packaged,
    Newer,
    /// As `Packaged`, with one server connection for everybody.
    PackagedOne,
    /// As `Newer`, with one server connection for everybody.
    NewerOne,
}

pub struct Servers {
    pub postgres: Postgres,
    poolers: [(Way, Pgbouncer); 4],
}

/// What databases are copied from: migrated once.
const TEMPLATE: &str = "migrated";

pub static SERVERS: LazyLock<Servers> = LazyLock::new(|| {
    let postgres = Postgres::start(false).expect("Postgres starts");
    postgres.database(TEMPLATE).expect("a database");
    let settings = settings(postgres.port, TEMPLATE);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(PostgresStore::migrate(&settings)).expect("migrates");
    })
    .join()
    .expect("migrates");
    let pooler = |way, release, pool| {
        (way, Pgbouncer::start(release, &postgres, pool).unwrap_or_else(|error| panic!("{way:?}: {error:#}")))
    };
    let poolers = [
        pooler(Way::Packaged, Release::Packaged, 4),
        pooler(Way::Newer, Release::Newer, 4),
        pooler(Way::PackagedOne, Release::Packaged, 1),
        pooler(Way::NewerOne, Release::Newer, 1),
    ];
    Servers { postgres, poolers }
});

impl Servers {
    pub fn port(&self, way: Way) -> u16 {
        let pooler = self.poolers.iter().find(|(its, _)| *its == way);
        pooler.map_or(self.postgres.port, |(_, pooler)| pooler.port)
    }
}

pub fn settings(port: u16, database: &str) -> PostgresSettings {
    let login = |user: &str| Login { user: user.to_owned(), password: PASSWORD.to_owned() };
    PostgresSettings {
        host: "127.0.0.1".into(),
        port,
        database: database.to_owned(),
        service: login(SERVICE),
        admin: Some(login(ADMIN)),
        pooling: Pooling::Detect,
        connections: 4,
        require_tls: false,
    }
}

/// The same for a database that is reached that way, its port found off the async threads.
pub async fn reaching(way: Way, database: &str) -> PostgresSettings {
    let port = tokio::task::spawn_blocking(move || SERVERS.port(way)).await.expect("a port");
    settings(port, database)
}

/// The name of a new database that is up to date.
pub fn database() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::SeqCst));
    let create = format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}");
    SERVERS.postgres.ask("postgres", &create).expect("a database");
    name
}

/// A fresh store, and the name of its database.
pub async fn store(way: Way) -> (PostgresStore, String) {
    let name = tokio::task::spawn_blocking(database).await.expect("a database");
    let mut settings = reaching(way, &name).await;
    if way == Way::Direct {
        settings.pooling = Pooling::Direct;
    }
    let store = PostgresStore::open(&settings).await.expect("opens");
    let careful = store.mode() == Mode::Careful;
    let keeps = matches!(way, Way::Direct | Way::Newer | Way::NewerOne);
    assert_eq!(careful, !keeps, "the mode is found out");
    (store, name)
}

pub async fn given(way: Way) -> Given<dyn Store> {
    let (store, _) = store(way).await;
    Given::new(Box::new(store), ())
}

/// What the administrator is told, off the async threads.
pub async fn ask(database: &str, sql: &str) -> Result<String, String> {
    let (database, sql) = (database.to_owned(), sql.to_owned());
    let asked = tokio::task::spawn_blocking(move || SERVERS.postgres.ask(&database, &sql));
    asked.await.expect("asked").map_err(|error| format!("{error:#}"))
}
