//! Creatives nearer than the store, for several processes that share one.

use std::sync::Arc;

use async_trait::async_trait;
use creativestore_domain::creative::Creative;
use creativestore_domain::id::{AccountId, CreativeId};

/// Keeps creatives for a moment. It never fails: where it is away, it has nothing.
#[async_trait]
pub trait Cache: Send + Sync {
    /// A creative of the account that was kept a moment ago, less than a second.
    async fn creative(&self, account: AccountId, id: CreativeId) -> Option<Creative>;
    /// Keeps committed creatives for a moment; a later state of one that is there already, by sequence, stays.
    async fn keep(&self, creatives: &[Arc<Creative>]);
}
