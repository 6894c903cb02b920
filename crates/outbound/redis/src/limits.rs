//! Requests per principal, counted by all processes together. Knows no request: while Redis is away, each process counts
//! for itself.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use creativestore_ports::limits::RateLimit;
use sha2::{Digest, Sha256};

use crate::database::Database;
use crate::lua::Lua;

/// The generic cell rate algorithm. One moment is kept: when all that was asked for so far has been worked off. What
/// cannot be read counts as nothing, and no moment lies farther off than a whole burst, whatever a clock did. Gives how
/// many microseconds to wait; none for who is let in.
const ADMIT: &str = "
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local each, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local free = tonumber(redis.call('GET', KEYS[1]) or now) or now
free = math.min(math.max(free, now), now + each * burst)
local wait = free + each - each * burst - now
if wait > 0 then return math.ceil(wait) end
local lasts = math.ceil((free + each - now) / 1000)
redis.call('SET', KEYS[1], string.format('%.0f', free + each), 'PX', lasts)
return 0
";

/// Lets each principal make so many requests a second over all processes, and a burst at once.
pub struct RedisRateLimit {
    database: Arc<Database>,
    admit: Lua,
    prefix: String,
    /// Microseconds.
    each: u32,
    burst: NonZeroU32,
    fallback: Arc<dyn RateLimit>,
}

impl RedisRateLimit {
    pub(crate) fn new(
        database: Arc<Database>,
        prefix: &str,
        (per_second, burst): (NonZeroU32, NonZeroU32),
        fallback: Arc<dyn RateLimit>,
    ) -> Self {
        let each = (1_000_000 / per_second).max(1);
        let prefix = format!("{prefix}:limit:");
        Self { database, admit: Lua::new(ADMIT), prefix, each, burst, fallback }
    }

    /// Where a principal is counted: a name may be long, or nobody else's business.
    fn key(&self, principal: &str) -> String {
        let mut digits = hex::encode(Sha256::digest(principal));
        digits.truncate(32);
        format!("{}{digits}", self.prefix)
    }
}

#[async_trait]
impl RateLimit for RedisRateLimit {
    async fn admit(&self, principal: &str) -> Result<(), Duration> {
        let mut call = self.admit.call(&[&self.key(principal)]);
        call.arg(self.each).arg(self.burst.get());
        match self.database.write::<u64>(&call).await {
            Ok(0) => Ok(()),
            Ok(micros) => Err(Duration::from_micros(micros)),
            Err(_) => self.fallback.admit(principal).await,
        }
    }
}
