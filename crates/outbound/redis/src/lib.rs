//! Redis: the bus between processes, the stream for consumers that must miss nothing, messages for us, shared rate limits
//! and a cache. Knows no store and no use case: whatever Redis loses is in the store, so nothing here waits for it
//! long, and it being away is no fault of what asks.

mod breaker;
mod bus;
mod cache;
mod database;
mod dead_letters;
mod inbox;
mod limits;
mod lua;
mod settings;

use std::num::NonZeroU32;
use std::sync::Arc;

use creativestore_ports::limits::RateLimit;

pub use bus::RedisBus;
pub use cache::RedisCache;
pub use dead_letters::{DeadLetter, DeadLetters};
pub use inbox::RedisInbox;
pub use limits::RedisRateLimit;
pub use settings::{Bounds, RedisError, RedisSettings};

use breaker::Breaker;
use database::Database;
use deadpool_redis::redis::cmd;

/// A Redis server: one database for what may be lost, one for what is told.
#[derive(Clone)]
pub struct Redis {
    settings: Arc<RedisSettings>,
    bounds: Bounds,
    looking: Arc<Database>,
    telling: Arc<Database>,
    stream: Arc<Breaker>,
    following: Arc<Breaker>,
}

impl Redis {
    /// Gets ready to reach a server, without asking anything of it: it may come later.
    pub fn new(settings: RedisSettings) -> Result<Self, RedisError> {
        Self::bounded(settings, Bounds::default())
    }

    /// The same, with other bounds of what is waited for.
    pub fn bounded(settings: RedisSettings, bounds: Bounds) -> Result<Self, RedisError> {
        let address = settings.address()?;
        let telling = Database::new("telling", &settings, &address, settings.pubsub_db, bounds.telling)?;
        let looking = Database::new("looking", &settings, &address, settings.db, bounds.looking)?;
        Ok(Self {
            bounds,
            looking: Arc::new(looking),
            telling: Arc::new(telling),
            stream: Arc::new(Breaker::new("the stream of events")),
            following: Arc::new(Breaker::new("following")),
            settings: Arc::new(settings),
        })
    }

    /// The bus, whose listeners may fall behind by `room` events before they miss some.
    pub fn bus(&self, room: usize) -> RedisBus {
        RedisBus::new(
            Arc::clone(&self.telling),
            (Arc::clone(&self.stream), Arc::clone(&self.following)),
            &self.settings.prefix,
            self.settings.kept,
            room,
        )
    }

    /// A limit of `per_second` requests a second and `burst` at once, for all processes together; `fallback` counts while
    /// Redis is away.
    pub fn rate_limit(
        &self,
        per_second: NonZeroU32,
        burst: NonZeroU32,
        fallback: Arc<dyn RateLimit>,
    ) -> RedisRateLimit {
        RedisRateLimit::new(Arc::clone(&self.looking), &self.settings.prefix, (per_second, burst), fallback)
    }

    /// The cache.
    pub fn cache(&self) -> RedisCache {
        RedisCache::new(Arc::clone(&self.looking), &self.settings.prefix)
    }

    /// The messages for us.
    pub fn inbox(&self) -> RedisInbox {
        RedisInbox::new(Arc::clone(&self.telling), &self.settings, self.bounds)
    }

    /// The messages that were put aside.
    pub fn dead_letters(&self) -> DeadLetters {
        let inbox = inbox::stream(&self.settings.prefix);
        DeadLetters::new(Arc::clone(&self.telling), &self.settings.dead_letters, inbox)
    }

    /// Asks whether it is there, so that it is noticed that it came back when nobody wants anything of it.
    pub async fn look(&self) {
        for database in [&self.looking, &self.telling] {
            // What comes of it, the breaker knows.
            let _ = database.read::<String>(&cmd("PING")).await;
        }
    }

    /// What is wrong with it now, as far as anybody noticed; nothing when all is well.
    pub fn problem(&self) -> Option<String> {
        [self.looking.breaker(), self.telling.breaker(), &self.stream, &self.following]
            .into_iter()
            .find_map(Breaker::problem)
    }
}
