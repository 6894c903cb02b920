//! Everything that a use case may ask of the outside, in one place.

use std::sync::Arc;
use std::time::Duration;

use creativestore_domain::access::Actor;
use creativestore_domain::catalogue::Catalogue;
use creativestore_domain::event::Stamp;
use creativestore_domain::id::{AuditId, EventId};
use creativestore_ports::access::{Passwords, Tokens};
use creativestore_ports::ambient::{Clock, Ids, Random};
use creativestore_ports::blobs::Blobs;
use creativestore_ports::bus::Bus;
use creativestore_ports::cache::Cache;
use creativestore_ports::inspector::Inspector;
use creativestore_ports::journal::Relay;
use creativestore_ports::store::{Intent, Store, StoreError, UnitOfWork};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::looking::Looks;
use crate::recent::Recent;
use crate::sessions::Principals;
use crate::write::Write;

/// The outside, as the use cases see it.
pub struct Inside {
    /// Durable records.
    pub store: Arc<dyn Store>,
    /// Bytes.
    pub blobs: Arc<dyn Blobs>,
    /// Looks inside bytes.
    pub inspector: Arc<dyn Inspector>,
    /// The formats that creatives are checked against.
    pub catalogue: Arc<Catalogue>,
    /// What is nearer than the store, where several processes share one.
    pub cache: Option<Arc<dyn Cache>>,
    /// Tells events.
    pub bus: Arc<dyn Bus>,
    /// This process, among those that tell events.
    pub relay: Relay,
    /// Access tokens.
    pub tokens: Arc<dyn Tokens>,
    /// Password hashes.
    pub passwords: Arc<dyn Passwords>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
    /// Randomness for secrets.
    pub random: Arc<dyn Random>,
    /// What the operator chose.
    pub settings: Settings,
    /// Tells workers that there is something to do.
    pub wake: Wake,
    /// Who was let in a moment ago.
    pub principals: Principals,
    /// Creatives that were looked at a moment ago.
    pub recent: Arc<Recent>,
    /// Creatives that are being looked at.
    pub looks: Looks,
}

/// What the operator chose.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long an access token lives.
    pub access_ttl: Duration,
    /// How long a refresh token lives.
    pub refresh_ttl: Duration,
    /// The most bytes of one upload.
    pub upload_limit: u64,
    /// How long a worker that is never heard of again keeps a job from others.
    pub job_lease: Duration,
    /// How long outcomes are kept under their idempotency key.
    pub idempotency_kept: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access_ttl: Duration::from_mins(15),
            refresh_ttl: Duration::from_hours(7 * 24),
            upload_limit: 64 * 1024 * 1024,
            job_lease: Duration::from_secs(15),
            idempotency_kept: Duration::from_hours(24),
        }
    }
}

/// Tells workers of this process that there is something to do; they look by themselves now and then anyway.
#[derive(Debug, Default)]
pub struct Wake {
    /// Events wait to be published.
    pub outbox: Notify,
    /// Jobs wait to be done.
    pub jobs: Notify,
}

impl Inside {
    pub(crate) async fn peek(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.store.begin(Intent::Peek).await
    }

    pub(crate) async fn read(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.store.begin(Intent::Read).await
    }

    pub(crate) async fn write(&self) -> Result<Write, StoreError> {
        let work = self.store.begin(Intent::Write).await?;
        Ok(Write::new(work, Arc::clone(&self.recent), self.cache.clone()))
    }

    /// A new id of the kind that `make` makes: `inside.id(CreativeId::new)`.
    pub(crate) fn id<T>(&self, make: impl Fn(Uuid) -> T) -> T {
        make(self.ids.next())
    }

    pub(crate) fn stamp(&self, by: Actor) -> Stamp {
        Stamp { event: self.id(EventId::new), at: self.clock.now(), by }
    }

    pub(crate) fn audit_id(&self) -> AuditId {
        self.id(AuditId::new)
    }
}
