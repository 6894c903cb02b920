//! A small world to test in: SQLite and files in a temporary folder, two accounts, and an inspector that reads what
//! it is to say from the bytes themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use creativestore_blobs::LocalBlobs;
use creativestore_domain::access::{Actor, Grants, Role};
use creativestore_domain::account::ChangePolicy;
use creativestore_domain::catalogue::Catalogue;
use creativestore_domain::creative::{Creative, Labels, Metadata};
use creativestore_domain::facts::{Facts, ImageFacts, ImageType, Recipe, Refusal, RefusalCode};
use creativestore_domain::format::{Format, FormatId, Rule, Severity, Test};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, CreativeId, UserId};
use creativestore_domain::manifest::{Asset, AssetKind, Kind, Manifest, Source};
use creativestore_domain::review::Decision;
use creativestore_domain::revision::RevisionNo;
use creativestore_domain::states::Reason;
use creativestore_domain::text::{Name, WebUrl};
use creativestore_domain::time::{Timestamp, Window};
use creativestore_jwt::{ArgonPasswords, JwtTokens};
use creativestore_memory::MemoryBus;
use creativestore_ports::ambient::{Clock, Ids, Random};
use creativestore_ports::blobs::{BlobError, ByteStream};
use creativestore_ports::inspector::{Derived, DerivedSink, Inspector, InspectorError};
use creativestore_ports::journal::{Origin, Relay};
use creativestore_ports::page::PageRequest;
use creativestore_sqlite::SqliteStore;
use creativestore_usecases::sessions::Principals;
use creativestore_usecases::{
    Caller, Inside, Looks, Settings, Wake, accounts, blobs, creatives, inspection, reviews,
};
use futures_util::TryStreamExt;
use uuid::Uuid;

/// A clock that stands still until it is moved.
pub struct Standing(AtomicI64);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Ids and secrets by counting.
#[derive(Default)]
pub struct Counted(AtomicU64);

impl Ids for Counted {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::SeqCst) + 1))
    }
}

impl Random for Counted {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = Sha256::of(&self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes()).as_bytes()[0];
        }
    }
}

/// `image 300x250` is a picture of that size, with a thumbnail; everything else is refused.
#[derive(Default)]
pub struct Scripted {
    /// Whether the media process can be started.
    pub away: AtomicBool,
    /// Whether the media process breaks on everything.
    pub breaks: AtomicBool,
    /// How often it looked.
    pub looked: AtomicUsize,
    held: std::sync::Mutex<Option<Arc<Held>>>,
}

/// An inspection that stops in the middle.
#[derive(Default)]
pub struct Held {
    reached: tokio::sync::Notify,
    go_on: tokio::sync::Notify,
}

impl Held {
    /// Waits until the inspection has begun.
    pub async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets it end.
    pub fn go_on(&self) {
        self.go_on.notify_one();
    }
}

impl Scripted {
    /// Has the next inspection stop in the middle.
    pub fn hold(&self) -> Arc<Held> {
        let held = Arc::new(Held::default());
        *self.held.lock().expect("not poisoned") = Some(held.clone());
        held
    }
}

#[async_trait]
impl Inspector for Scripted {
    async fn inspect(
        &self,
        _: Option<AssetKind>,
        bytes: ByteStream,
        sink: &mut dyn DerivedSink,
    ) -> Result<Facts, InspectorError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(InspectorError::Unavailable("away".into()));
        }
        self.looked.fetch_add(1, Ordering::SeqCst);
        let held = self.held.lock().expect("not poisoned").take();
        if let Some(held) = held {
            held.reached.notify_one();
            held.go_on.notified().await;
        }
        let bytes: Vec<Bytes> = bytes.try_collect().await.map_err(BlobError::Unavailable)?;
        let text = String::from_utf8_lossy(&bytes.concat()).into_owned();
        let refused = |code| {
            let (at, found, allowed) = (String::new(), "this".into(), "that".into());
            Facts::Refused(vec![Refusal { code, at, found, allowed }])
        };
        if self.breaks.load(Ordering::SeqCst) {
            return Ok(refused(RefusalCode::InspectionFailed));
        }
        let size = text.strip_prefix("image ").and_then(|size| size.split_once('x'));
        let Some((width, height)) = size else { return Ok(refused(RefusalCode::UnknownType)) };
        let (width, height) = (width.parse().expect("a width"), height.parse().expect("a height"));
        let thumbnail = Bytes::from(format!("thumbnail of {text}"));
        let (media_type, size) = ("image/png".to_owned(), Some((64, 64)));
        sink.keep(Derived { recipe: Recipe::Thumbnail(64), media_type, size, bytes: thumbnail }).await?;
        Ok(Facts::Image(ImageFacts {
            image_type: ImageType::Png,
            width,
            height,
            bytes: text.len() as u64,
            alpha: false,
            orientation: 1,
            colour_profile: None,
            animation: None,
            perceptual_hash: 0,
        }))
    }
}

pub struct World {
    pub inside: Arc<Inside>,
    pub inspector: Arc<Scripted>,
    pub clock: Arc<Standing>,
    /// An account, and who is everything in it.
    pub acme: AccountId,
    /// Another account.
    pub other: AccountId,
    pub folder: tempfile::TempDir,
}

pub const BOX: &str = "box_300x250";

fn format(version: u32) -> Format {
    let rule = Rule {
        id: "dimensions".into(),
        severity: Severity::Fail,
        test: Test::Dimensions(vec![(300, 250)]),
        source: "a test".into(),
        fix: "Make it 300x250.".into(),
    };
    Format {
        id: FormatId::parse(BOX).expect("a format id"),
        version,
        name: name("Box"),
        owner: "a test".into(),
        kind: Kind::Image,
        size: Some((300, 250)),
        rules: vec![rule],
    }
}

impl World {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(&folder.path().join("db")).await.expect("a store");
        store.migrate().await.expect("a schema");
        let clock = Arc::new(Standing(AtomicI64::new(1_000_000_000_000)));
        let random = Arc::new(Counted::default());
        let inspector = Arc::new(Scripted::default());
        let inside = Inside {
            store: Arc::new(store),
            blobs: Arc::new(LocalBlobs::open(&folder.path().join("blobs")).await.expect("blobs")),
            inspector: inspector.clone(),
            catalogue: Arc::new(Catalogue::new([format(1)]).expect("a catalogue")),
            cache: None,
            bus: Arc::new(MemoryBus::new(4)),
            relay: Relay("test".into()),
            tokens: Arc::new(JwtTokens::new(&[7; 32]).expect("a secret")),
            passwords: Arc::new(ArgonPasswords::new(random.clone())),
            clock: clock.clone(),
            ids: Arc::new(Counted::default()),
            random,
            settings: Settings::default(),
            wake: Wake::default(),
            principals: Principals::default(),
            recent: Arc::default(),
            looks: Looks::default(),
        };
        let [mut acme, mut other] = [None; 2];
        for (slot, title) in [(&mut acme, "Acme"), (&mut other, "Other")] {
            let request = accounts::Create {
                name: name(title),
                brand_domain: None,
                operator: None,
                change_policy: ChangePolicy::Staged,
            };
            let made = accounts::create(&inside, &Caller::system(), request, None).await.expect("an account");
            *slot = Some(made.value.id);
        }
        let (acme, other) = (acme.expect("made"), other.expect("made"));
        Self { inside: Arc::new(inside), inspector, clock, acme, other, folder }
    }

    /// Somebody who may do everything in Acme.
    pub fn acme(&self) -> Caller {
        with_role(self.acme, Role::Admin)
    }

    /// Somebody who may do everything in the other account.
    pub fn other(&self) -> Caller {
        with_role(self.other, Role::Admin)
    }

    pub fn pass(&self, time: Duration) {
        self.clock.0.fetch_add(i64::try_from(time.as_micros()).expect("short"), Ordering::SeqCst);
    }

    /// The same world after the format's rules changed.
    pub fn with_newer_format(&mut self) {
        let inside = Arc::get_mut(&mut self.inside).expect("nobody else looks");
        inside.catalogue = Arc::new(Catalogue::new([format(2)]).expect("a catalogue"));
    }

    pub async fn upload(&self, caller: &Caller, text: &str) -> Sha256 {
        let stored = blobs::put(&self.inside, caller, stream(text), None).await.expect("bytes are taken");
        stored.sha256
    }

    /// A creative with an uploaded picture, still being looked inside.
    pub async fn creative(&self, caller: &Caller, picture: &str) -> Creative {
        let manifest = picture_of(self.upload(caller, picture).await);
        let request = create("A creative", manifest);
        let done = creatives::create(&self.inside, caller, request, None).await.expect("a creative");
        done.value.0
    }

    /// A creative that was looked inside and approved.
    pub async fn approved(&self, caller: &Caller, picture: &str) -> Creative {
        let creative = self.creative(caller, picture).await;
        self.work_all().await;
        self.decide(caller, creative.id, 1, Decision::Approve).await
    }

    pub async fn decide(&self, caller: &Caller, id: CreativeId, no: u32, decision: Decision) -> Creative {
        let done = reviews::decide(&self.inside, caller, decision_on(id, no, decision), None).await;
        done.expect("a decision").value.1
    }

    pub async fn work_all(&self) {
        while inspection::work(&self.inside).await.expect("work") {}
    }

    /// The rows of every table, as text: what is written, to the last field.
    pub async fn everything(&self) -> BTreeMap<String, Vec<String>> {
        let pool = self.raw().await;
        let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table'")
            .fetch_all(&pool)
            .await
            .expect("tables");
        let mut all = BTreeMap::new();
        for table in tables {
            let columns = format!(
                "SELECT group_concat('quote(\"' || name || '\")', ' || '','' || ') FROM pragma_table_info('{table}')"
            );
            let columns: String =
                sqlx::query_scalar(sqlx::AssertSqlSafe(columns)).fetch_one(&pool).await.expect("columns");
            let rows = format!("SELECT {columns} FROM \"{table}\" ORDER BY 1");
            let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(rows)).fetch_all(&pool).await.expect("rows");
            all.insert(table, rows);
        }
        pool.close().await;
        all
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> usize {
        self.everything().await[table].len()
    }

    /// One connection of its own to the same database: several would each have to learn of the others' triggers.
    pub async fn raw(&self) -> sqlx::SqlitePool {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.folder.path().join("db"));
        sqlx::sqlite::SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await
            .expect("the database")
    }
}

pub fn stream(text: &str) -> ByteStream {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    Box::pin(futures_util::stream::once(async { Ok(bytes) }))
}

pub fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

pub fn no(number: u32) -> RevisionNo {
    RevisionNo::new(number).expect("a number")
}

pub fn metadata(title: &str) -> Metadata {
    Metadata { name: name(title), concept: None, labels: Labels::default(), rights: Window::ALWAYS }
}

pub fn create(title: &str, manifest: Manifest) -> creatives::Create {
    creatives::Create { external_id: None, metadata: metadata(title), change_policy: None, manifest }
}

pub fn decision_on(creative: CreativeId, revision: u32, decision: Decision) -> reviews::Decide {
    let reason = (decision == Decision::Reject).then_some(Reason::ReviewFailure);
    reviews::Decide { creative, revision: no(revision), decision, reason, note: None }
}

/// A manifest of one picture, made for the box.
pub fn picture_of(sha256: Sha256) -> Manifest {
    manifest_of(sha256, [BOX], "https://acme.example/")
}

pub fn manifest_of<const N: usize>(sha256: Sha256, formats: [&str; N], click: &str) -> Manifest {
    let formats = formats.map(|id| FormatId::parse(id).expect("a format id")).into();
    let image = Asset { kind: AssetKind::Image, source: Source::Blob(sha256) };
    let click = WebUrl::parse(click).expect("a URL");
    Manifest::new(Kind::Image, formats, [("image".to_owned(), image)].into(), Some(click), BTreeSet::new())
        .expect("a manifest")
}

pub fn first_page() -> PageRequest {
    PageRequest { limit: 50, after: None }
}

/// Somebody with one role in one account.
pub fn with_role(account: AccountId, role: Role) -> Caller {
    Caller {
        actor: Actor::User(UserId::new(Uuid::from_u128(7_000))),
        grants: Grants { installation: false, accounts: [(account, role)].into() }.into(),
        named: None,
        origin: Origin::default(),
    }
}
