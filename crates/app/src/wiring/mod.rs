//! Which technology stands behind which port: the only place that names outbound crates.

mod cache;
mod outside;
mod records;

use std::fs::{DirBuilder, File};
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use creativestore_blobs::{LocalBlobs, ObjectBlobs};
use creativestore_domain::hash::Sha256;
use creativestore_jwt::{ArgonPasswords, JwtTokens};
use creativestore_media::{MediaInspector, MediaSettings};
use creativestore_ports::ambient::{Ids, Random};
use creativestore_ports::blobs::Blobs;
use creativestore_ports::journal::Relay;
use creativestore_usecases::sessions::Principals;
use creativestore_usecases::{Inside, Looks, Recent, Settings, Wake};

use crate::ambient::{SystemClock, SystemRandom, TimeOrdered};
use crate::configuration::{Configuration, Mode, Secret};
use crate::secrets;

pub use creativestore_redis::DeadLetter;
pub use outside::{Outside, dead_letters};
use records::Records;

/// What makes this program the media process.
pub const MEDIA_CHILD: &str = "media-child";

/// Everything that was opened, and what closes it again.
pub struct Opened {
    /// For the use cases.
    pub inside: Arc<Inside>,
    /// Seals links and cursors.
    pub link_key: [u8; 32],
    /// What may be away.
    pub outside: Outside,
    /// This process, among all that ever were.
    pub instance: String,
    records: Records,
    _lock: Option<File>,
}

/// How busy the connections to the database are, and how statements go over them.
pub struct Load {
    pub busy: u32,
    pub idle: u32,
    pub most: u32,
    pub mode: &'static str,
}

impl Opened {
    /// Knows where this instance listens.
    pub async fn listens(&mut self, configuration: &Configuration, port: u16) -> anyhow::Result<()> {
        self.outside.listens(configuration, port, &self.instance).await
    }

    /// For a metric.
    pub fn load(&self) -> Load {
        self.records.load()
    }

    /// Folds everything back into its files.
    pub async fn close(&self) {
        self.records.close().await;
    }
}

/// Opens everything to serve, as soon as the database can be reached. What is in a folder is this process's alone.
pub async fn open(configuration: &Configuration) -> anyhow::Result<Opened> {
    let lock = match configuration.database {
        // Replicas that share a database share nothing on a disk.
        Some(_) => None,
        None => {
            make(&configuration.folder)?;
            Some(lock(&configuration.folder)?)
        }
    };
    let records = records::patiently(configuration).await?;
    if let Records::Sqlite(store) = &records {
        store.release_jobs().await.context("taking back the jobs of a process that was killed")?;
    }
    assemble(configuration, records, lock).await
}

/// Opens the records beside a process that may be serving them: for the command line. A database that is away is an
/// error.
pub async fn open_beside(configuration: &Configuration) -> anyhow::Result<Opened> {
    let records = records::open(configuration).await?;
    assemble(configuration, records, None).await
}

/// Brings the schema up to date and does nothing else.
pub async fn migrate(configuration: &Configuration) -> anyhow::Result<()> {
    records::open(configuration).await?.close().await;
    Ok(())
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
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let secret = match &configuration.jwt_secret {
        Some(secret) => secret.clone(),
        None => {
            make(&configuration.folder)?;
            secrets::kept(&configuration.folder.join("jwt-secret"), random.as_ref())?
        }
    };
    let ids: Arc<dyn Ids> = Arc::new(TimeOrdered::new());
    let blobs = blobs(configuration, &store, &ids, lock.is_some()).await?;
    let catalogue = creativestore_catalogue::shipped().context("the shipped catalogue of formats")?;
    let instance = ids.next().to_string();
    let outside = Outside::new(configuration, &store, &instance)?;
    let inside = Inside {
        store: store.store(),
        blobs,
        inspector: Arc::new(MediaInspector::new(media(configuration)?)),
        catalogue: Arc::new(catalogue),
        cache: outside.cache(),
        bus: outside.bus(),
        relay: Relay(instance.clone()),
        tokens: Arc::new(JwtTokens::new(secret.reveal().as_bytes())?),
        passwords: Arc::new(ArgonPasswords::new(Arc::clone(&random))),
        clock: Arc::new(SystemClock),
        ids,
        random,
        settings: Settings {
            access_ttl: configuration.access_ttl,
            refresh_ttl: configuration.refresh_ttl,
            upload_limit: configuration.upload_limit,
            ..Settings::default()
        },
        wake: Wake::default(),
        principals: Principals::default(),
        recent: Arc::new(Recent::new(store.shared().then_some(configuration.stale))),
        looks: Looks::default(),
    };
    let link_key = link_key(configuration.links_secret.as_ref(), &secret);
    Ok(Opened { inside: Arc::new(inside), link_key, outside, instance, records: store, _lock: lock })
}

/// Where bytes are: where it is said, otherwise beside the records.
async fn blobs(
    configuration: &Configuration,
    records: &Records,
    ids: &Arc<dyn Ids>,
    alone: bool,
) -> anyhow::Result<Arc<dyn Blobs>> {
    if let Some(url) = &configuration.storage_url {
        // Other stores' credentials say nothing to this one.
        let family = match url.split_once("://") {
            Some(("s3", _)) => "AWS_",
            Some(("gs", _)) => "GOOGLE_",
            Some(("az", _)) => "AZURE_",
            _ => "none",
        };
        let options: Vec<(String, String)> = configuration
            .storage_options
            .iter()
            .filter(|(name, _)| name.starts_with(family))
            .map(|(name, value)| (name.clone(), value.reveal().to_owned()))
            .collect();
        let opened = ObjectBlobs::open(url, &options, Arc::clone(ids));
        return Ok(Arc::new(opened.context("opening storage.url")?));
    }
    let folder = &configuration.folder;
    Ok(match records {
        Records::Postgres(store) => Arc::new(store.blobs()),
        Records::Sqlite(_) => {
            let opened = if alone { LocalBlobs::open(folder).await } else { LocalBlobs::beside(folder) };
            Arc::new(opened.with_context(|| format!("opening {}", folder.display()))?)
        }
    })
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
