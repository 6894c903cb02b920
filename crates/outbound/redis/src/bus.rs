//! Events to every process: kept in a stream for consumers that must miss nothing, and told to whoever listens now.
//! Knows no store: what was lost on the way is read from there by whoever is told that it missed some.

mod follow;
mod heard;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use creativestore_ports::bus::{Bus, BusError, Signal};
use creativestore_ports::journal::Published;
use futures_util::{Stream, StreamExt};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

use crate::breaker::Breaker;
use crate::database::{Database, Fault};
use crate::lua::Lua;

/// Adds events to the stream at their places and tells each, both or neither; how many it came to. Redis refuses a place
/// that is not after the last one, so that an event which is told again, or late by a relay that was thought dead, is there
/// once and in order: then it must be what is there already. It stops at the first one that is not, so that none is told
/// before one that comes earlier.
const TELL: &str = "
local kept = ARGV[1]
for first = 2, #ARGV, 4 do
  local place, json, id, channel = ARGV[first], ARGV[first + 1], ARGV[first + 2], ARGV[first + 3]
  local added = redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', kept, place, 'event', json)
  if type(added) ~= 'table' or not added.err then
    redis.call('PUBLISH', channel, json)
  elseif not string.find(added.err, 'equal or smaller', 1, true) then
    return added
  else
    local there = redis.call('XRANGE', KEYS[1], place, place)[1]
    local read, event = false, nil
    if there then read, event = pcall(cjson.decode, there[2][2]) end
    if not (read and type(event) == 'table' and event.id == id) then return (first - 2) / 4 end
  end
end
return (#ARGV - 1) / 4
";

/// What the stream holds at least, whatever is asked for: many times what a relay tells at once, so that what is told again
/// is still there to compare with.
const FEWEST: u32 = 1_000;

/// A bus that several processes share.
pub struct RedisBus {
    database: Arc<Database>,
    /// Whether the stream takes events, which is another question than whether Redis is there.
    taking: Arc<Breaker>,
    following: Arc<Breaker>,
    tell: Lua,
    stream: String,
    prefix: String,
    kept: u32,
    sender: broadcast::Sender<Signal>,
    /// The highest place that was told here, or is being told: what comes back from Redis up to there is our own.
    highest: AtomicU64,
}

impl RedisBus {
    pub(crate) fn new(
        database: Arc<Database>,
        (taking, following): (Arc<Breaker>, Arc<Breaker>),
        prefix: &str,
        kept: u32,
        room: usize,
    ) -> Self {
        Self {
            database,
            taking,
            following,
            tell: Lua::new(TELL),
            stream: format!("{prefix}:events"),
            prefix: prefix.to_owned(),
            kept: kept.max(FEWEST),
            sender: broadcast::Sender::new(room.max(1)),
            highest: AtomicU64::new(0),
        }
    }

    async fn tell(&self, events: &[Published]) -> Result<(), BusError> {
        let mut call = self.tell.call(&[&self.stream]);
        call.arg(self.kept);
        for published in events {
            call.arg(format!("{}-0", published.position))
                .arg(creativestore_wire::cloud_event(published).to_string())
                .arg(published.event.id.to_string())
                .arg(format!("{}:{}", self.prefix, published.event.what.type_name()));
        }
        let told: usize = match self.database.write(&call).await {
            Ok(told) => told,
            Err(Fault::Refused(code, _)) if code == "WRONGTYPE" => {
                return Err(self.not_ours(format!(
                    "the key {} in Redis is no stream. Delete it, and events are told again",
                    self.stream
                )));
            }
            Err(fault) => return Err(BusError(fault.to_string())),
        };
        if let Some(event) = events.get(told) {
            return Err(self.not_ours(format!(
                "the stream {stream} in Redis has places from another history: event {id} at place {place} is not in \
                 it, and it has later ones, as after a database was restored from a backup. No event is lost. Delete \
                 the stream (DEL {stream} in the database of events), and telling goes on",
                stream = self.stream,
                id = event.event.id,
                place = event.position,
            )));
        }
        self.taking.succeeded(true);
        Ok(())
    }

    /// What is at the stream's key was not written by us, and somebody has to decide.
    fn not_ours(&self, why: String) -> BusError {
        self.taking.refused(&why);
        BusError(why)
    }

    fn signal(&self, signal: Signal) {
        // Nobody listening is no fault: events are kept by the store.
        let _ = self.sender.send(signal);
    }
}

#[async_trait]
impl Bus for RedisBus {
    async fn publish(&self, events: &[Published]) -> Result<(), BusError> {
        let Some(last) = events.last() else { return Ok(()) };
        // Redis tells us too, perhaps before it answers.
        self.highest.fetch_max(last.position, Ordering::SeqCst);
        match self.tell(events).await {
            Ok(()) => {
                for event in events {
                    self.signal(Signal::Event(Box::new(event.clone())));
                }
                Ok(())
            }
            Err(error) => {
                // Some may have been told, and not be told here any more.
                self.signal(Signal::Missed);
                Err(error)
            }
        }
    }

    fn listen(&self) -> Pin<Box<dyn Stream<Item = Signal> + Send>> {
        let heard = BroadcastStream::new(self.sender.subscribe());
        Box::pin(heard.map(|heard| heard.unwrap_or(Signal::Missed)))
    }
}
