//! Messages for us from a stream, each handed to one process at a time, again after a failure, and put aside in the end.
//! Knows nothing of what they say beyond whether it can be read.

mod due;
mod entries;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use creativestore_domain::time::Timestamp;
use creativestore_ports::bus::BusError;
use creativestore_ports::inbox::{Fate, Fault as Wrong, Inbox, Letter};
use creativestore_wire::inbox::message;
use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::{RedisResult, Value, cmd, pipe};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::database::{Database, Fault, fault};
use crate::dead_letters::DeadLetter;
use crate::lua::Lua;
use crate::settings::{Bounds, RedisSettings};
use due::Pending;
use entries::Entry;

/// The consumer group that all processes of this service are in.
const GROUP: &str = "creativestore";

/// Who has the messages that went wrong, until they come again. No process is called so; whatever a process has it is at
/// work on, or it died.
const WAITING: &str = "waiting";

/// How many letters are handed out at once.
const BATCH: usize = 16;

/// How many pending messages are looked at for those that are due.
const LOOKED_AT: usize = 1_000;

/// How long a letter is waited for.
const MOMENT: Duration = Duration::from_secs(1);

/// Puts a message aside: it is on the list before it is taken off the stream, or nothing is done.
const BURY: &str = "
redis.call('RPUSH', KEYS[2], ARGV[3])
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
return 1
";

/// Messages for us.
pub struct RedisInbox {
    database: Arc<Database>,
    bounds: Bounds,
    bury: Lua,
    stream: String,
    dead_letters: String,
    tries: u32,
    instance: String,
    /// Waiting for new messages keeps a connection busy.
    waiting: Mutex<Option<MultiplexedConnection>>,
}

impl RedisInbox {
    pub(crate) fn new(database: Arc<Database>, settings: &RedisSettings, bounds: Bounds) -> Self {
        Self {
            database,
            bounds,
            bury: Lua::new(BURY),
            stream: stream(&settings.prefix),
            dead_letters: settings.dead_letters.clone(),
            tries: settings.tries,
            instance: settings.instance.clone(),
            waiting: Mutex::new(None),
        }
    }

    /// Letters that came before and are due again, or whose process died; and how long until the next one is, at most.
    async fn again(&self) -> Result<(Vec<Letter>, Duration), Fault> {
        let mut ask = cmd("XPENDING");
        ask.arg(&self.stream).arg(GROUP).arg("IDLE").arg(due::shortest(&self.bounds).as_millis());
        ask.arg("-").arg("+").arg(LOOKED_AT);
        let pending: Vec<(String, String, u64, u32)> = self.database.read(&ask).await?;
        let pending: Vec<Pending> = pending.into_iter().map(Pending::from).collect();
        let next = pending.iter().map(|one| one.due_in(&self.bounds)).min().unwrap_or(MOMENT);
        let due: Vec<&Pending> =
            pending.iter().filter(|one| one.due_in(&self.bounds).is_zero()).take(BATCH).collect();
        if due.is_empty() {
            return Ok((Vec::new(), next));
        }
        let mut claims = pipe();
        for one in &due {
            // Of several processes that see it one gets it: for the others it is not idle any more.
            let idle = one.delay(&self.bounds).as_millis();
            claims.cmd("XCLAIM").arg(&self.stream).arg(GROUP).arg(&self.instance).arg(idle).arg(&one.id);
        }
        let claimed: Vec<Value> = self.database.write_all(&claims).await?;
        let letters = due.iter().zip(claimed).flat_map(|(one, claimed)| {
            entries::read(claimed).into_iter().map(|entry| letter(entry, one.tries.saturating_add(1)))
        });
        Ok((letters.collect(), next))
    }

    /// Letters that never came before, waiting so long for one.
    async fn new_ones(&self, wait: Duration) -> Result<Vec<Letter>, Fault> {
        self.database.breaker().admit().map_err(Fault::Away)?;
        let mut kept = self.waiting.lock().await;
        let answer = timeout(wait + self.bounds.telling, self.wait_for(&mut kept, wait)).await;
        let answer = match answer {
            Ok(answer) => answer.map_err(|error| fault(&error)),
            Err(_) => Err(Fault::Away("no answer in time".into())),
        };
        match answer {
            Ok(value) => {
                self.database.breaker().succeeded(false);
                let entries = entries::of_streams(value);
                Ok(entries.into_iter().map(|entry| letter(entry, 1)).collect())
            }
            Err(Fault::Away(why)) => {
                self.database.breaker().failed(&why);
                *kept = None;
                Err(Fault::Away(why))
            }
            Err(refused) => Err(refused),
        }
    }

    async fn wait_for(&self, kept: &mut Option<MultiplexedConnection>, wait: Duration) -> RedisResult<Value> {
        // Whoever stops waiting takes the connection along: its answer would be a message that nobody has.
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => self.database.connect().await?,
        };
        let mut ask = cmd("XREADGROUP");
        ask.arg("GROUP").arg(GROUP).arg(&self.instance).arg("COUNT").arg(BATCH);
        // 0 would be for ever.
        ask.arg("BLOCK").arg(wait.as_millis().max(1)).arg("STREAMS").arg(&self.stream).arg(">");
        let answer = ask.query_async(&mut connection).await;
        *kept = Some(connection);
        answer
    }

    async fn letters(&self) -> Result<Vec<Letter>, Fault> {
        let (letters, next) = self.again().await?;
        if letters.is_empty() { self.new_ones(next.min(MOMENT)).await } else { Ok(letters) }
    }

    /// Makes the group, from the first message on; with the stream, if there is none.
    async fn found(&self) -> Result<(), Fault> {
        let mut make = cmd("XGROUP");
        make.arg("CREATE").arg(&self.stream).arg(GROUP).arg(0).arg("MKSTREAM");
        match self.database.write::<()>(&make).await {
            // Somebody else was faster.
            Err(Fault::Refused(code, _)) if code == "BUSYGROUP" => Ok(()),
            other => other,
        }
    }

    async fn put_aside(&self, letter: &Letter, reason: &str) -> Result<(), Fault> {
        let mut ask = pipe();
        ask.cmd("XRANGE").arg(&self.stream).arg(&letter.id).arg(&letter.id);
        ask.cmd("TIME");
        let (entry, (seconds, micros)): (Value, (i64, i64)) = self.database.write_all(&ask).await?;
        let event = entries::read(entry).pop().and_then(|entry| entry.event);
        let dead = DeadLetter {
            id: letter.id.clone(),
            event: event.map(|event| String::from_utf8_lossy(&event).into_owned()),
            reason: reason.to_owned(),
            tries: letter.tries,
            first_at: came_at(&letter.id),
            last_at: Some(Timestamp::from_micros(seconds * 1_000_000 + micros)),
        };
        let mut bury = self.bury.call(&[&self.stream, &self.dead_letters]);
        bury.arg(GROUP).arg(&letter.id).arg(dead.write());
        self.database.write(&bury).await
    }
}

/// The key of the stream of messages.
pub(crate) fn stream(prefix: &str) -> String {
    format!("{prefix}:inbox")
}

/// Streams name their entries by when they came, unless they are told otherwise.
fn came_at(id: &str) -> Option<Timestamp> {
    let millis: i64 = id.split_once('-')?.0.parse().ok()?;
    millis.checked_mul(1_000).map(Timestamp::from_micros)
}

fn letter(entry: Entry, tries: u32) -> Letter {
    let message = match &entry.event {
        Some(event) => message(event),
        None => Err("it has no field `event`".into()),
    };
    Letter { id: entry.id, tries, message }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what becomes of one")]
fn error(fault: Fault) -> BusError {
    BusError(fault.to_string())
}

#[async_trait]
impl Inbox for RedisInbox {
    async fn receive(&self) -> Result<Vec<Letter>, BusError> {
        let letters = match self.letters().await {
            // The first time, and after everything was deleted.
            Err(Fault::Refused(code, _)) if code == "NOGROUP" => {
                self.found().await.map_err(error)?;
                self.letters().await
            }
            letters => letters,
        };
        letters.map_err(error)
    }

    async fn finish(&self, letter: &Letter) -> Result<(), BusError> {
        let mut finish = pipe();
        finish.atomic().cmd("XACK").arg(&self.stream).arg(GROUP).arg(&letter.id).ignore();
        finish.cmd("XDEL").arg(&self.stream).arg(&letter.id).ignore();
        self.database.write_all(&finish).await.map_err(error)
    }

    async fn fail(&self, letter: &Letter, fault: &Wrong) -> Result<Fate, BusError> {
        match fault {
            Wrong::Passing(_) if letter.tries < self.tries => {
                let mut leave = cmd("XCLAIM");
                // JUSTID: it is not handed to anybody, and no try.
                leave.arg(&self.stream).arg(GROUP).arg(WAITING).arg(0).arg(&letter.id).arg("JUSTID");
                match self.database.write::<Value>(&leave).await {
                    // Everything was deleted, and this with it.
                    Err(Fault::Refused(code, _)) if code == "NOGROUP" => Ok(Fate::Again),
                    left => left.map(|_| Fate::Again).map_err(error),
                }
            }
            Wrong::Passing(why) | Wrong::Lasting(why) => {
                self.put_aside(letter, why).await.map_err(error)?;
                Ok(Fate::Dead)
            }
        }
    }
}
