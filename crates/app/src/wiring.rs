//! Which technology stands behind which port: the only place that names outbound crates.

use std::fs::{DirBuilder, File};
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use creativestore_blobs::LocalBlobs;
use creativestore_domain::hash::Sha256;
use creativestore_jwt::{ArgonPasswords, JwtTokens};
use creativestore_media::{MediaInspector, MediaSettings};
use creativestore_memory::{MemoryBus, MemoryRateLimit};
use creativestore_ports::ambient::Random;
use creativestore_ports::limits::RateLimit;
use creativestore_sqlite::SqliteStore;
use creativestore_usecases::sessions::Principals;
use creativestore_usecases::{Inside, Settings, Wake};

use crate::ambient::{SystemClock, SystemRandom, TimeOrdered};
use crate::configuration::{Configuration, Mode, Secret};
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
    store: SqliteStore,
    _lock: Option<File>,
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
    let store = store(folder).await?;
    store.release_jobs().await.context("taking back the jobs of a process that was killed")?;
    assemble(configuration, store, Some(lock)).await
}

/// Opens the records beside a process that may be serving them: for the command line.
pub async fn open_beside(configuration: &Configuration) -> anyhow::Result<Opened> {
    let folder = &configuration.folder;
    make(folder)?;
    let store = store(folder).await?;
    assemble(configuration, store, None).await
}

/// Brings the schema up to date and does nothing else.
pub async fn migrate(configuration: &Configuration) -> anyhow::Result<()> {
    make(&configuration.folder)?;
    store(&configuration.folder).await?.close().await;
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
    store: SqliteStore,
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
        store: Arc::new(store.clone()),
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
        recent: Arc::default(),
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

async fn store(folder: &Path) -> anyhow::Result<SqliteStore> {
    let path: PathBuf = folder.join("creativestore.db");
    let store = SqliteStore::open(&path).await.with_context(|| format!("opening {}", path.display()))?;
    store.migrate().await.with_context(|| format!("migrating {}", path.display()))?;
    Ok(store)
}
