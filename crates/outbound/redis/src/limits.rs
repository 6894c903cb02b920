//! Requests per principal, counted by all processes together. Knows no request: while Redis is away, each process counts
//! for itself.
//!
//! A process takes a few requests at once for whoever asks often, so that not every request costs a call: at most a
//! twentieth of a burst, and of a second's worth. What it does not use within a moment is lost to the principal.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use creativestore_ports::limits::RateLimit;
use sha2::{Digest, Sha256};

use crate::database::Database;
use crate::lua::Lua;

/// The generic cell rate algorithm. One moment is kept: when all that was asked for so far has been worked off. What
/// cannot be read counts as nothing, and no moment lies farther off than a whole burst, whatever a clock did. Takes as
/// many requests as are wanted and free, and gives their number; if none is, how many microseconds to wait, negative.
const ADMIT: &str = "
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local each, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local free = tonumber(redis.call('GET', KEYS[1]) or now) or now
free = math.min(math.max(free, now), now + each * burst)
local taken = math.min(math.floor((now + each * burst - free) / each), wanted)
if taken < 1 then return -math.ceil(free + each - each * burst - now) end
free = free + each * taken
redis.call('SET', KEYS[1], string.format('%.0f', free), 'PX', math.ceil((free - now) / 1000))
return taken
";

/// A process takes no more than this part of a second's worth, and of a burst.
const PART: u32 = 20;

/// How long what was taken may be used.
const MOMENT: Duration = Duration::from_millis(100);

/// Above this many principals, those that have nothing left are forgotten before the next one is counted.
const REMEMBERED: usize = 1_000;

/// What this process took for a principal.
struct Taken {
    left: u32,
    until: Instant,
}

/// Lets each principal make so many requests a second over all processes, and a burst at once.
pub struct RedisRateLimit {
    database: Arc<Database>,
    admit: Lua,
    prefix: String,
    /// Microseconds.
    each: u32,
    burst: NonZeroU32,
    /// How many are taken at once.
    wanted: u32,
    taken: Mutex<HashMap<String, Taken>>,
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
        let wanted = (per_second.min(burst).get() / PART).max(1);
        let prefix = format!("{prefix}:limit:");
        let (admit, taken) = (Lua::new(ADMIT), Mutex::default());
        Self { database, admit, prefix, each, burst, wanted, taken, fallback }
    }

    /// Uses one of those that were taken, if one is left.
    fn use_one(&self, principal: &str) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Taken { left, until }) = taken.get_mut(principal) else { return false };
        let there = *left > 0 && Instant::now() < *until;
        if there {
            *left -= 1;
        }
        there
    }

    /// One of these is used now.
    fn took(&self, principal: &str, count: u32) {
        if count < 2 {
            return;
        }
        let now = Instant::now();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() >= REMEMBERED {
            taken.retain(|_, it| it.left > 0 && now < it.until);
        }
        taken.insert(principal.to_owned(), Taken { left: count - 1, until: now + MOMENT });
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
        if self.use_one(principal) {
            return Ok(());
        }
        let mut call = self.admit.call(&[&self.key(principal)]);
        call.arg(self.each).arg(self.burst.get()).arg(self.wanted);
        match self.database.write::<i64>(&call).await {
            Ok(taken @ 1..) => {
                self.took(principal, u32::try_from(taken).unwrap_or(self.wanted));
                Ok(())
            }
            Ok(wait) => Err(Duration::from_micros(wait.unsigned_abs())),
            Err(_) => self.fallback.admit(principal).await,
        }
    }
}
