//! Requests per principal, counted by all processes together. Knows no request: while Redis is away, each process counts
//! for itself.
//!
//! A process takes a few requests at once for whoever asks often, so that not every request costs a call: twice as many each
//! time as long as they are used up within a moment, at most a twentieth of a burst, and of a second's worth. What is not
//! used within that moment is lost to the principal, so then it takes as many as were used.

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

/// Above this many principals, those whose moment is over are forgotten before the next one is counted.
const REMEMBERED: usize = 1_000;

/// What this process took for a principal.
struct Taken {
    /// How many it took the last time.
    size: u32,
    left: u32,
    /// How long these may be used.
    until: Instant,
    /// Somebody is taking more, and comes back before that.
    taking: Option<Instant>,
}

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// It uses one that was taken.
    Use,
    /// It takes so many and uses one of them.
    Take(u32),
    /// It takes one for itself, while another takes for those that come after it.
    TakeOne,
}

impl Taken {
    /// Nothing yet.
    const fn nothing(now: Instant) -> Self {
        Self { size: 1, left: 0, until: now, taking: None }
    }

    fn next(&mut self, now: Instant, most: u32) -> Next {
        let lasts = now < self.until;
        if lasts && self.left > 0 {
            self.left -= 1;
            return Next::Use;
        }
        if self.taking.is_some_and(|until| now < until) {
            return Next::TakeOne;
        }
        let used = self.size.saturating_sub(self.left).max(1);
        self.size = if lasts { used.saturating_mul(2).min(most) } else { used };
        self.left = 0;
        self.taking = Some(now + MOMENT);
        Next::Take(self.size)
    }

    /// So many came, of which one is used now.
    fn came(&mut self, now: Instant, count: u32) {
        self.size = count.max(1);
        self.left = count.saturating_sub(1);
        self.until = now + MOMENT;
        self.taking = None;
    }
}

/// Lets each principal make so many requests a second over all processes, and a burst at once.
pub struct RedisRateLimit {
    database: Arc<Database>,
    admit: Lua,
    prefix: String,
    /// Microseconds.
    each: u32,
    burst: NonZeroU32,
    /// The most that are taken at once.
    most: u32,
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
        let most = per_second.min(burst).get() / PART;
        let prefix = format!("{prefix}:limit:");
        let (admit, taken) = (Lua::new(ADMIT), Mutex::default());
        Self { database, admit, prefix, each, burst, most, taken, fallback }
    }

    fn next(&self, principal: &str) -> Next {
        if self.most < 2 {
            return Next::TakeOne;
        }
        let now = Instant::now();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(it) = taken.get_mut(principal) {
            return it.next(now, self.most);
        }
        if taken.len() >= REMEMBERED {
            taken.retain(|_, it| now < it.until);
        }
        taken.entry(principal.to_owned()).or_insert(Taken::nothing(now)).next(now, self.most)
    }

    /// Takes several, of which one is used now.
    async fn take(&self, principal: &str, count: u32) -> Result<(), Duration> {
        let came = self.ask(principal, count).await;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(it) = taken.get_mut(principal) {
            it.came(Instant::now(), *came.as_ref().unwrap_or(&0));
        }
        came.map(drop)
    }

    /// Takes so many of what all processes may let in, or as many as there are.
    async fn ask(&self, principal: &str, count: u32) -> Result<u32, Duration> {
        let mut call = self.admit.call(&[&self.key(principal)]);
        call.arg(self.each).arg(self.burst.get()).arg(count);
        match self.database.write::<i64>(&call).await {
            Ok(taken @ 1..) => Ok(u32::try_from(taken).unwrap_or(count)),
            Ok(wait) => Err(Duration::from_micros(wait.unsigned_abs())),
            // For this one request.
            Err(_) => self.fallback.admit(principal).await.map(|()| 1),
        }
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
        // On their own: what a call to Redis keeps while it waits is large, and room would be made for it each time.
        match self.next(principal) {
            Next::Use => Ok(()),
            Next::Take(count) => Box::pin(self.take(principal, count)).await,
            Next::TakeOne => Box::pin(self.ask(principal, 1)).await.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u32 = 5;

    #[test]
    fn as_long_as_all_are_used_it_takes_twice_as_many_each_time() {
        let now = Instant::now();
        let mut taken = Taken::nothing(now);
        for count in [1, 2, 4, MOST, MOST] {
            assert_eq!(taken.next(now, MOST), Next::Take(count));
            taken.came(now, count);
            for _ in 1..count {
                assert_eq!(taken.next(now, MOST), Next::Use);
            }
        }
    }

    #[test]
    fn what_was_not_used_within_a_moment_is_not_taken_again() {
        let now = Instant::now();
        let mut taken = Taken::nothing(now);
        taken.came(now, MOST);
        assert_eq!(taken.next(now, MOST), Next::Use);
        let later = now + MOMENT;
        assert_eq!(taken.next(later, MOST), Next::Take(2), "two of five were used");
        taken.came(later, 2);
        assert_eq!(taken.next(later + MOMENT, MOST), Next::Take(1));
    }

    #[test]
    fn one_takes_several_and_whoever_asks_meanwhile_takes_one() {
        let now = Instant::now();
        let mut taken = Taken::nothing(now);
        assert_eq!(taken.next(now, MOST), Next::Take(1));
        assert_eq!(taken.next(now, MOST), Next::TakeOne);
        taken.came(now, 1);
        assert_eq!(taken.next(now, MOST), Next::Take(2));
        assert_eq!(taken.next(now, MOST), Next::TakeOne);
        assert_eq!(taken.next(now + MOMENT, MOST), Next::Take(2), "whoever was at it never came back");
    }

    #[test]
    fn what_is_not_there_is_not_asked_for() {
        let now = Instant::now();
        let mut taken = Taken::nothing(now);
        taken.came(now, 0);
        assert_eq!(taken.next(now, MOST), Next::Take(2));
        taken.came(now, 1);
        assert_eq!(taken.next(now, MOST), Next::Take(2), "one of two was left");
    }
}
