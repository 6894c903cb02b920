//! A cache that is counted: how often it had what was looked for.

use std::sync::Arc;

use async_trait::async_trait;
use creativestore_domain::creative::Creative;
use creativestore_domain::id::{AccountId, CreativeId};
use creativestore_ports::cache::Cache;

use crate::metrics::CACHE_LOOKS;

/// A cache, counted.
pub struct Counted<C> {
    cache: C,
    hits: metrics::Counter,
    misses: metrics::Counter,
}

impl<C> Counted<C> {
    pub fn new(cache: C) -> Self {
        let counter = |result| metrics::counter!(CACHE_LOOKS, "result" => result);
        Self { cache, hits: counter("hit"), misses: counter("miss") }
    }
}

#[async_trait]
impl<C: Cache> Cache for Counted<C> {
    async fn creative(&self, account: AccountId, id: CreativeId) -> Option<Creative> {
        let found = self.cache.creative(account, id).await;
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.increment(1);
        found
    }

    async fn keep(&self, creatives: &[Arc<Creative>]) {
        self.cache.keep(creatives).await;
    }
}
