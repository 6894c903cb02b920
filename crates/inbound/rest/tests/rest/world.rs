//! A small world to test in: SQLite and files in a temporary folder, two accounts with a key each, and an inspector
//! that reads what it is to say from the bytes themselves.

use std::fmt::Write;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use creativestore_blobs::LocalBlobs;
use creativestore_domain::access::Role;
use creativestore_domain::account::ChangePolicy;
use creativestore_domain::catalogue::Catalogue;
use creativestore_domain::facts::{
    BundleFile, Facts, Html5Facts, ImageFacts, ImageType, MarkupFacts, Recipe,
};
use creativestore_domain::facts::{Refusal, RefusalCode};
use creativestore_domain::format::{Format, FormatId, Rule, Severity, Test};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_domain::manifest::{AssetKind, Kind};
use creativestore_domain::text::Name;
use creativestore_domain::time::Timestamp;
use creativestore_jwt::{ArgonPasswords, JwtTokens};
use creativestore_memory::{MemoryBus, MemoryRateLimit};
use creativestore_ports::ambient::{Clock, Ids, Random};
use creativestore_ports::blobs::{BlobError, ByteStream};
use creativestore_ports::inspector::{Derived, DerivedSink, Inspector, InspectorError};
use creativestore_ports::journal::Relay;
use creativestore_ports::store::Store;
use creativestore_rest::{Edge, RestSettings, Service};
use creativestore_sqlite::SqliteStore;
use creativestore_usecases::sessions::Principals;
use creativestore_usecases::{Caller, Inside, Looks, Settings, Wake, accounts, api_keys, inspection, relay};
use futures_util::TryStreamExt;
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
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

/// `image 300x250` is a picture of that size, with a thumbnail; `bundle 300x250` an archive of two files; everything
/// else is refused.
pub struct Scripted;

#[async_trait]
impl Inspector for Scripted {
    async fn inspect(
        &self,
        _: Option<AssetKind>,
        bytes: ByteStream,
        sink: &mut dyn DerivedSink,
    ) -> Result<Facts, InspectorError> {
        let bytes: Vec<Bytes> = bytes.try_collect().await.map_err(BlobError::Unavailable)?;
        let bytes = bytes.concat();
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(100)]).into_owned();
        let size = |prefix| -> Option<(u32, u32)> {
            let (width, height) = text.strip_prefix(prefix)?.split_once('x')?;
            Some((width.parse().ok()?, height.parse().ok()?))
        };
        if let Some((width, height)) = size("image ") {
            let thumbnail = Bytes::from(format!("thumbnail of {text}"));
            let (media_type, size) = ("image/png".to_owned(), Some((64, 64)));
            sink.keep(Derived { recipe: Recipe::Thumbnail(64), media_type, size, bytes: thumbnail }).await?;
            return Ok(Facts::Image(ImageFacts {
                image_type: ImageType::Png,
                width,
                height,
                bytes: bytes.len() as u64,
                alpha: false,
                orientation: 1,
                colour_profile: None,
                animation: None,
                perceptual_hash: 0,
            }));
        }
        if let Some(ad_size) = size("bundle ") {
            return bundle(ad_size, bytes.len() as u64, sink).await;
        }
        let (at, found, allowed) = (String::new(), "this".into(), "that".into());
        Ok(Facts::Refused(vec![Refusal { code: RefusalCode::UnknownType, at, found, allowed }]))
    }
}

async fn bundle(
    ad_size: (u32, u32),
    bytes: u64,
    sink: &mut dyn DerivedSink,
) -> Result<Facts, InspectorError> {
    let page = "<!doctype html><html><head></head><body><script src=\"ad.js\"></script></body></html>";
    let mut files = Vec::new();
    for (path, media_type, content) in
        [("index.html", "text/html", page), ("ad.js", "text/javascript", "var ad = 1;")]
    {
        let bytes = Bytes::from_static(content.as_bytes());
        let sha256 = Sha256::of(&bytes);
        files.push(BundleFile {
            path: path.into(),
            bytes: bytes.len() as u64,
            sha256,
            media_type: media_type.into(),
        });
        let recipe = Recipe::File(path.into());
        sink.keep(Derived { recipe, media_type: media_type.into(), size: None, bytes }).await?;
    }
    Ok(Facts::Html5(Html5Facts {
        bytes,
        unpacked_bytes: files.iter().map(|file| file.bytes).sum(),
        entry: "index.html".into(),
        entry_candidates: 1,
        files,
        depth: 1,
        nested_archives: Vec::new(),
        markup: MarkupFacts {
            bytes: page.len() as u64,
            doctype: true,
            html_and_body: true,
            ad_size: Some(ad_size),
            ad_orientation: None,
            click_tags: Vec::new(),
            urls: Vec::new(),
            elements: ["html", "head", "body", "script"].map(str::to_owned).into(),
            calls: [].into(),
            macros: [].into(),
        },
        initial_bytes: bytes,
        initial_requests: 2,
    }))
}

pub const BOX: &str = "box_300x250";

fn catalogue() -> Catalogue {
    let format = |id: &str, kind| Format {
        id: FormatId::parse(id).expect("a format id"),
        version: 1,
        name: name("Box"),
        owner: "a test".into(),
        kind,
        size: Some((300, 250)),
        rules: vec![Rule {
            id: "dimensions".into(),
            severity: Severity::Fail,
            test: Test::Dimensions(vec![(300, 250)]),
            source: "a test".into(),
            fix: "Make it 300x250.".into(),
        }],
    };
    Catalogue::new([format(BOX, Kind::Image), format("box_html5", Kind::Html5)]).expect("a catalogue")
}

pub fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

pub const SECRET: [u8; 32] = [7; 32];
/// When the world begins: 2026-11-24T10:00:00Z.
pub const BEGINNING: i64 = 1_795_514_400_000_000;
/// The most bytes of an upload here.
pub const UPLOAD_LIMIT: u64 = 4 * 1024 * 1024;

pub struct World {
    pub inside: Arc<Inside>,
    pub service: Service,
    pub clock: Arc<Standing>,
    pub shutdown: CancellationToken,
    /// An account, and the key of its administrator.
    pub acme: AccountId,
    pub key: String,
    /// Another account, and the key of its administrator.
    pub other: AccountId,
    pub other_key: String,
    pub folder: tempfile::TempDir,
}

impl World {
    pub async fn new() -> Self {
        Self::with_limit(1_000_000).await
    }

    /// A world in which each principal may ask for so much at once.
    pub async fn with_limit(burst: u32) -> Self {
        Self::with_limits(burst, Duration::from_mins(5)).await
    }

    /// A world in which nothing may take longer.
    pub async fn with_time(limit: Duration) -> Self {
        Self::with_limits(1_000_000, limit).await
    }

    async fn with_limits(burst: u32, time: Duration) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(&folder.path().join("db")).await.expect("a store");
        store.migrate().await.expect("a schema");
        let clock = Arc::new(Standing(AtomicI64::new(BEGINNING)));
        let random = Arc::new(Counted::default());
        let inside = Arc::new(Inside {
            store: Arc::new(store),
            blobs: Arc::new(LocalBlobs::open(&folder.path().join("blobs")).await.expect("blobs")),
            inspector: Arc::new(Scripted),
            catalogue: Arc::new(catalogue()),
            cache: None,
            bus: Arc::new(MemoryBus::new(4)),
            relay: Relay("test".into()),
            tokens: Arc::new(JwtTokens::new(&SECRET).expect("a secret")),
            passwords: Arc::new(ArgonPasswords::new(random.clone())),
            clock: clock.clone(),
            ids: Arc::new(Counted::default()),
            random,
            settings: Settings { upload_limit: UPLOAD_LIMIT, ..Settings::default() },
            wake: Wake::default(),
            principals: Principals::default(),
            recent: Arc::default(),
            looks: Looks::default(),
        });
        let (acme, key) = account(&inside, "Acme").await;
        let (other, other_key) = account(&inside, "Other").await;
        let shutdown = CancellationToken::new();
        let service = served(inside.clone(), shutdown.clone(), NonZeroU32::new(burst).expect("not 0"), time);
        Self { inside, service, clock, shutdown, acme, key, other, other_key, folder }
    }

    /// A world whose store is this one from now on.
    pub async fn with_store(store: Arc<dyn Store>) -> Self {
        let Self { inside, service, clock, shutdown, acme, key, other, other_key, folder } =
            Self::new().await;
        drop(service);
        let inside = Arc::into_inner(inside).expect("nobody else has it");
        let (principals, recent) = (Principals::default(), Arc::default());
        let inside = Arc::new(Inside { store, principals, recent, ..inside });
        let service = served(inside.clone(), shutdown.clone(), NonZeroU32::MAX, Duration::from_millis(50));
        Self { inside, service, clock, shutdown, acme, key, other, other_key, folder }
    }

    pub fn pass(&self, time: Duration) {
        self.clock.0.fetch_add(i64::try_from(time.as_micros()).expect("short"), Ordering::SeqCst);
    }

    /// A request of the administrator of Acme.
    pub fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(self.service.clone(), method, path).bearer(&self.key)
    }

    /// A request of the administrator of the other account.
    pub fn ask_other(&self, method: &str, path: &str) -> Ask {
        Ask::new(self.service.clone(), method, path).bearer(&self.other_key)
    }

    /// A request of nobody in particular.
    pub fn ask_unknown(&self, method: &str, path: &str) -> Ask {
        Ask::new(self.service.clone(), method, path)
    }

    /// The secret of a new key of Acme.
    pub async fn key_of(&self, role: Role) -> String {
        key(&self.inside, self.acme, role).await
    }

    pub async fn upload(&self, bytes: impl Into<Bytes>) -> String {
        let told = self.ask("POST", "/v1/blobs").bytes(bytes).told().await;
        assert!(told.status.is_success(), "{}", told.text());
        told.json()["sha256"].as_str().expect("a hash").to_owned()
    }

    /// A creative with an uploaded picture, still being looked inside.
    pub async fn creative(&self, picture: &str) -> String {
        let body =
            json!({ "name": "A creative", "manifest": picture_of(&self.upload(picture.to_owned()).await) });
        let told = self.ask("POST", "/v1/creatives").json(body).told().await;
        assert_eq!(told.status, StatusCode::CREATED, "{}", told.text());
        told.json()["id"].as_str().expect("an id").to_owned()
    }

    /// A creative that was looked inside and approved.
    pub async fn approved(&self, picture: &str) -> String {
        let id = self.creative(picture).await;
        self.work().await;
        self.approve(&id, 1).await;
        id
    }

    pub async fn approve(&self, id: &str, revision: u32) {
        let path = format!("/v1/creatives/{id}/revisions/{revision}/reviews");
        let told = self.ask("POST", &path).json(json!({ "decision": "approve" })).told().await;
        assert_eq!(told.status, StatusCode::CREATED, "{}", told.text());
    }

    /// Does everything that workers have to do.
    pub async fn work(&self) {
        while inspection::work(&self.inside).await.expect("work") {}
        while matches!(relay::publish(&self.inside).await.expect("a relay"), relay::Told::Some(_)) {}
    }

    /// How many files there are below the folder of blobs, those on their way in counted.
    pub fn files(&self) -> usize {
        fn count(folder: &std::path::Path) -> usize {
            let entries = std::fs::read_dir(folder).expect("a folder");
            let entries = entries.map(|entry| entry.expect("an entry").path());
            entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
        }
        count(&self.folder.path().join("blobs"))
    }
}

fn served(
    inside: Arc<Inside>,
    shutdown: CancellationToken,
    burst: NonZeroU32,
    time_limit: Duration,
) -> Service {
    let settings = RestSettings {
        link_key: [9; 32],
        public_url: Some("https://ads.example".into()),
        preview_ttl: Duration::from_hours(1),
        body_limit: 1024 * 1024,
        time_limit,
        swagger: false,
        shutdown,
    };
    let limit = Arc::new(MemoryRateLimit::new(NonZeroU32::MIN, burst));
    Service::new(Edge::new(inside, settings, limit))
}

async fn account(inside: &Inside, title: &str) -> (AccountId, String) {
    let request = accounts::Create {
        name: name(title),
        brand_domain: None,
        operator: None,
        change_policy: ChangePolicy::Staged,
    };
    let made = accounts::create(inside, &Caller::system(), request, None).await.expect("an account");
    let account = made.value.id;
    (account, key(inside, account, Role::Admin).await)
}

async fn key(inside: &Inside, account: AccountId, role: Role) -> String {
    let caller = Caller { named: Some(account), ..Caller::system() };
    let request = api_keys::Create { name: name("a key"), role, expires_at: None };
    let made = api_keys::create(inside, &caller, request, None).await.expect("a key");
    made.value.secret.expect("made now")
}

/// The manifest of one picture, made for the box.
pub fn picture_of(sha256: &str) -> Value {
    json!({
        "kind": "image",
        "formats": [BOX],
        "assets": { "image": { "type": "image", "blob": sha256 } },
        "click_url": "https://acme.example/",
    })
}

/// A request.
pub struct Ask {
    service: Service,
    request: http::request::Builder,
    body: Body,
}

impl Ask {
    fn new(service: Service, method: &str, path: &str) -> Self {
        let request = Request::builder().method(method).uri(path).header("x-request-id", "a-test");
        Self { service, request, body: Body::empty() }
    }

    pub fn bearer(self, credential: &str) -> Self {
        self.header("authorization", &format!("Bearer {credential}"))
    }

    /// Replaces what was said of the header before.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let headers = self.request.headers_mut().expect("a request");
        let name: http::HeaderName = name.parse().expect("a name");
        headers.insert(name, value.parse().expect("a value"));
        self
    }

    pub fn json(self, body: impl std::fmt::Display) -> Self {
        let text = body.to_string();
        self.header("content-type", "application/json").bytes(text)
    }

    pub fn bytes(self, body: impl Into<Bytes>) -> Self {
        self.body(Body::from(body.into()))
    }

    pub fn body(self, body: Body) -> Self {
        Self { body, ..self }
    }

    /// The response while its body still comes.
    pub async fn begun(self) -> http::Response<Body> {
        let request = self.request.body(self.body).expect("a request");
        self.service.answer(None, request).await
    }

    /// The whole response.
    pub async fn told(self) -> Told {
        let (head, body) = self.begun().await.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a body");
        Told { status: head.status, headers: head.headers, body }
    }
}

/// A response.
pub struct Told {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Told {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The end of the problem's type.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        assert_eq!(self.json()["request_id"], self.header("x-request-id"));
        assert_eq!(self.json()["status"], self.status.as_u16());
        let kind = self.json()["type"].as_str().expect("a type").to_owned();
        kind.strip_prefix("urn:creativestore:problem:").expect("one of ours").to_owned()
    }

    /// Fails unless it is this problem.
    pub fn expect(&self, status: u16, problem: &str) {
        assert_eq!((self.status.as_u16(), self.problem().as_str()), (status, problem), "{}", self.text());
    }

    /// The pointers of the field errors.
    pub fn pointers(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["pointer"].as_str().expect("a pointer").to_owned()).collect()
    }

    /// Status, headers and body, for snapshots.
    pub fn shown(&self) -> String {
        let mut out = format!("{}\n", self.status);
        let mut headers: Vec<_> = self.headers.iter().collect();
        headers.sort_by_key(|(name, _)| name.as_str());
        for (name, value) in headers {
            if name != "x-request-id" {
                let _ = writeln!(out, "{name}: {}", value.to_str().expect("text"));
            }
        }
        let json = serde_json::from_slice::<Value>(&self.body);
        let body = json.and_then(|json| serde_json::to_string_pretty(&json));
        let _ = write!(out, "\n{}", body.unwrap_or_else(|_| self.text()));
        out
    }
}
