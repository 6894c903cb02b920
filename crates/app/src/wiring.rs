//! Which technology stands behind which port: the only place that names outbound crates.

use std::fs::{DirBuilder, File};
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use creativestore_blobs::LocalBlobs;
use creativestore_domain::hash::Sha256;
use creativestore_jwt::{ArgonPasswords, JwtTokens};
use creativestore_media::{MediaInspector, MediaSettings};
use creativestore_memory::{MemoryBus, MemoryRateLimit};
use creativestore_ports::ambient::Random;
use creativestore_ports::limits::RateLimit;
use creativestore_ports::store::{Store, StoreError};
use creativestore_postgres::{Login, Pooling as Statements, PostgresSettings, PostgresStore};
use creativestore_sqlite::SqliteStore;
use creativestore_usecases::sessions::Principals;
use creativestore_usecases::{Inside, Recent, Settings, Wake};

use crate::ambient::{SystemClock, SystemRandom, TimeOrdered};
use crate::configuration::{Configuration, Database, Mode, Pooling, Secret};
use crate::secrets;

/// How many events a listener may fall behind before it reads from the store again.
const BUS_ROOM: usize = 256;

/// What makes this program the media process.
pub const MEDIA_CHILD: &str = "media-child";

/// Everything that was opened, and what closes it again.
pub struct Opened {
    /// For the use cases.
    pub inside: Arc<Inside>,
    /// Seals links and cursors.
    pub link_key: [u8; 32],
    store: Records,
    _lock: Option<File>,
}

/// Where records are.
#[derive(Clone)]
enum Records {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl Records {
    fn store(&self) -> Arc<dyn Store> {
        match self.clone() {
            Self::Sqlite(store) => Arc::new(store),
            Self::Postgres(store) => Arc::new(store),
        }
    }

    /// For how long a change by another process may go unnoticed; `None` where there is no other.
    const fn shared(&self) -> Option<Duration> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(_) => Some(Duration::from_secs(1)),
        }
    }

    async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }
}

impl Opened {
    /// Folds everything back into its files.
    pub async fn close(self) {
        self.store.close().await;
    }
}

/// Opens everything to serve: this process alone uses the folder.
pub async fn open(configuration: &Configuration) -> anyhow::Result<Opened> {
    let folder = &configuration.folder;
    make(folder)?;
    let lock = lock(folder)?;
    let records = records(configuration).await?;
    if let Records::Sqlite(store) = &records {
        store.release_jobs().await.context("taking back the jobs of a process that was killed")?;
    }
    assemble(configuration, records, Some(lock)).await
}

/// Opens the records beside a process that may be serving them: for the command line.
pub async fn open_beside(configuration: &Configuration) -> anyhow::Result<Opened> {
    let folder = &configuration.folder;
    make(folder)?;
    let records = records(configuration).await?;
    assemble(configuration, records, None).await
}

/// Brings the schema up to date and does nothing else.
pub async fn migrate(configuration: &Configuration) -> anyhow::Result<()> {
    make(&configuration.folder)?;
    records(configuration).await?.close().await;
    Ok(())
}

/// How much one principal may ask for.
pub fn rate_limit(configuration: &Configuration) -> Arc<dyn RateLimit> {
    Arc::new(MemoryRateLimit::new(configuration.requests_per_second, configuration.burst))
}

/// The media process. Must be called before anything starts a thread.
pub fn media_child() -> ExitCode {
    creativestore_media::child::main()
}

async fn assemble(
    configuration: &Configuration,
    store: Records,
    lock: Option<File>,
) -> anyhow::Result<Opened> {
    let folder = &configuration.folder;
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let secret = match &configuration.jwt_secret {
        Some(secret) => secret.clone(),
        None => secrets::kept(&folder.join("jwt-secret"), random.as_ref())?,
    };
    let blobs = if lock.is_some() { LocalBlobs::open(folder).await } else { LocalBlobs::beside(folder) };
    let catalogue = creativestore_catalogue::shipped().context("the shipped catalogue of formats")?;
    let inside = Inside {
        store: store.store(),
        blobs: Arc::new(blobs.with_context(|| format!("opening {}", folder.display()))?),
        inspector: Arc::new(MediaInspector::new(media(configuration)?)),
        catalogue: Arc::new(catalogue),
        bus: Arc::new(MemoryBus::new(BUS_ROOM)),
        tokens: Arc::new(JwtTokens::new(secret.reveal().as_bytes())?),
        passwords: Arc::new(ArgonPasswords::new(Arc::clone(&random))),
        clock: Arc::new(SystemClock),
        ids: Arc::new(TimeOrdered::new()),
        random,
        settings: Settings {
            access_ttl: configuration.access_ttl,
            refresh_ttl: configuration.refresh_ttl,
            upload_limit: configuration.upload_limit,
            ..Settings::default()
        },
        wake: Wake::default(),
        principals: Principals::default(),
        recent: Arc::new(Recent::new(store.shared())),
    };
    let link_key = link_key(configuration.links_secret.as_ref(), &secret);
    Ok(Opened { inside: Arc::new(inside), link_key, store, _lock: lock })
}

/// One secret does not give the other away, so links keep working for whoever never set a secret of their own.
fn link_key(links: Option<&Secret>, jwt: &Secret) -> [u8; 32] {
    let secret = links.unwrap_or(jwt).reveal();
    *Sha256::of(format!("creativestore links\0{secret}").as_bytes()).as_bytes()
}

fn media(configuration: &Configuration) -> anyhow::Result<MediaSettings> {
    let program = std::env::current_exe().context("finding this program, to start the media process with")?;
    let mut settings = MediaSettings::new(program, vec![MEDIA_CHILD.into()]);
    settings.require_confinement = configuration.require_confinement || configuration.mode == Mode::Release;
    Ok(settings)
}

fn make(folder: &Path) -> anyhow::Result<()> {
    // Password hashes and other people's creatives are in it.
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("making the folder {}", folder.display()))
}

fn lock(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.with_context(|| format!("opening {}", path.display()))?;
    match rustix::fs::flock(file.as_fd(), rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => bail!(
            "another process serves the folder {}: stop it, or choose another folder (STORAGE_FOLDER)",
            folder.display()
        ),
        Err(error) => Err(error).with_context(|| format!("locking {}", path.display())),
    }
}

async fn records(configuration: &Configuration) -> anyhow::Result<Records> {
    if let Some(database) = &configuration.database {
        return postgres(&settings(database)).await.map(Records::Postgres);
    }
    let path: PathBuf = configuration.folder.join("creativestore.db");
    let store = SqliteStore::open(&path).await.with_context(|| format!("opening {}", path.display()))?;
    store.migrate().await.with_context(|| format!("migrating {}", path.display()))?;
    Ok(Records::Sqlite(store))
}

fn settings(database: &Database) -> PostgresSettings {
    let Database { host, port, name, user, password, admin, pooling, connections, require_tls } = database;
    let login = |user: &String, password: &Secret| Login {
        user: user.clone(),
        password: password.reveal().to_owned(),
    };
    PostgresSettings {
        host: host.clone(),
        port: *port,
        database: name.clone(),
        service: login(user, password),
        admin: admin.as_ref().map(|(user, password)| login(user, password)),
        pooling: match pooling {
            Pooling::Detect => Statements::Detect,
            Pooling::Direct => Statements::Direct,
            Pooling::Transaction => Statements::Transaction,
        },
        connections: *connections,
        require_tls: *require_tls,
    }
}

/// The store, as soon as the database can be reached: it may start later than this program, or refuse a password until
/// somebody mends it. What is in the way is said once, and again when it is something else.
async fn postgres(settings: &PostgresSettings) -> anyhow::Result<PostgresStore> {
    const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));
    let mut pause = PAUSES.0;
    let mut said = String::new();
    loop {
        let opened = async {
            PostgresStore::migrate(settings).await?;
            let store = PostgresStore::open(settings).await?;
            store.ping().await?;
            Ok::<_, StoreError>(store)
        };
        match opened.await {
            Ok(store) => return Ok(store),
            Err(error @ StoreError::Unavailable(_)) => {
                let problem = error.to_string();
                if problem != said {
                    tracing::error!(%problem, "the database cannot be used yet; trying again until it can");
                    said = problem;
                }
            }
            Err(error) => return Err(error).context("opening the database"),
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(PAUSES.1);
    }
}
