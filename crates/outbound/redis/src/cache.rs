//! Creatives for a moment, between processes. Knows no store; whatever goes wrong, it has nothing.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use creativestore_domain::creative::Creative;
use creativestore_domain::id::{AccountId, CreativeId};
use creativestore_ports::cache::Cache;
use creativestore_wire::creative::{creative_from_json, creative_to_json};
use deadpool_redis::redis::{cmd, pipe};

use crate::breaker::chance;
use crate::database::Database;
use crate::lua::Lua;

/// How long a creative is kept at least.
const KEPT: Duration = Duration::from_millis(600);

/// Longer than that by up to so much, so that what was kept together does not go together.
const SPREAD: Duration = Duration::from_millis(200);

/// Keeps a creative unless a state that is as late is there; one that is the same keeps its end, too.
const KEEP: &str = "
local there = redis.call('GET', KEYS[1])
local sequence = there and tonumber(string.match(there, '^(%d+) '))
if sequence and sequence >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
return 1
";

/// A cache that several processes share.
pub struct RedisCache {
    database: Arc<Database>,
    keep: Lua,
    prefix: String,
}

impl RedisCache {
    pub(crate) fn new(database: Arc<Database>, prefix: &str) -> Self {
        Self { database, keep: Lua::new(KEEP), prefix: format!("{prefix}:creative:") }
    }

    fn key(&self, id: CreativeId) -> String {
        format!("{}{id}", self.prefix)
    }
}

/// What is kept under a key: the sequence, for whoever comes to keep another state, and the creative.
fn read(kept: &[u8]) -> Option<Creative> {
    let space = kept.iter().position(|byte| *byte == b' ')?;
    let (sequence, json) = kept.split_at(space);
    let creative = creative_from_json(&json[1..])?;
    (sequence == creative.sequence.to_string().as_bytes()).then_some(creative)
}

#[async_trait]
impl Cache for RedisCache {
    async fn creative(&self, account: AccountId, id: CreativeId) -> Option<Creative> {
        let kept: Option<Vec<u8>> = self.database.read(cmd("GET").arg(self.key(id))).await.ok()?;
        read(&kept?).filter(|creative| creative.id == id && creative.account == account)
    }

    async fn keep(&self, creatives: &[Arc<Creative>]) {
        if creatives.is_empty() {
            return;
        }
        let mut pipeline = pipe();
        for creative in creatives {
            let (sequence, json) = (creative.sequence.to_string(), creative_to_json(creative));
            let lasts = (KEPT + chance(SPREAD)).as_millis().to_string();
            self.keep.add(&mut pipeline, &[&self.key(creative.id)], &[&sequence, &json, &lasts]);
        }
        // It is a cache: the store has it all the same.
        let _ = self.database.write_all::<Vec<u32>>(&pipeline).await;
    }
}
