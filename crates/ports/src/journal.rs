//! Who did what, and telling it: the append-only audit log and the outbox.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use creativestore_domain::access::Actor;
use creativestore_domain::event::Event;
use creativestore_domain::id::{AccountId, AuditId, CreativeId};
use creativestore_domain::time::Timestamp;

use crate::page::{Page, PageRequest};
use crate::store::StoreError;

/// From where something was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address of the caller, where there is one.
    pub address: Option<IpAddr>,
    /// The id of the request.
    pub request_id: Option<Arc<str>>,
    /// The trace that it is part of, as the `traceparent` of W3C Trace Context.
    pub trace: Option<String>,
}

/// A line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// The account it is about; `None` for the installation.
    pub account: Option<AccountId>,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// From where.
    pub origin: Origin,
    /// What: an event's type name, or `api_key.created`, `user.signed_in`, …
    pub action: String,
    /// To what: an id.
    pub subject: String,
    /// More, for people.
    pub detail: String,
}

/// An event with the place that the relay gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The place: what `Last-Event-ID` names. Grows; later never means smaller.
    pub position: u64,
    /// The event.
    pub event: Event,
    /// The trace of the request that it came from, as the `traceparent` of W3C Trace Context.
    pub trace: Option<String>,
}

/// A creative that changed, as its event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Which.
    pub creative: CreativeId,
    /// The event's sequence, so the creative's when it had changed.
    pub sequence: u64,
    /// The event's place; `None` while it has none.
    pub position: Option<u64>,
}

/// A relay: whoever tells published events. One at a time does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay(pub String);

/// Audit and events, written in the transaction of the change.
#[async_trait]
pub trait Journal: Send {
    /// Writes the audit line *and* the outbox row of an event.
    async fn record(&mut self, audit: AuditId, origin: &Origin, event: &Event) -> Result<(), StoreError>;
    /// Writes an audit line of something that is no event of a creative.
    async fn note(&mut self, entry: &AuditEntry) -> Result<(), StoreError>;
    /// The account's audit log, newest first; the installation's when `None`.
    async fn audit(
        &mut self,
        account: Option<AccountId>,
        page: &PageRequest,
    ) -> Result<Page<AuditEntry>, StoreError>;
    /// The events of a creative, by sequence, from `after` on.
    async fn history(
        &mut self,
        account: AccountId,
        creative: CreativeId,
        after: u64,
        limit: u16,
    ) -> Result<Vec<Event>, StoreError>;
}

/// Events on their way out.
#[async_trait]
pub trait Outbox: Send {
    /// Gives the oldest events that have no place yet their places, in the order they were written (per
    /// creative: by sequence), and returns them. Published once this unit of work commits.
    async fn publish_next(&mut self, limit: u16) -> Result<Vec<Published>, StoreError>;
    /// The account's published events after a place, in order.
    async fn published_after(
        &mut self,
        account: AccountId,
        position: u64,
        limit: u16,
    ) -> Result<Vec<Published>, StoreError>;
    /// What changed, in all accounts, by the events that come after a place or have none yet, in any order. Whoever asks
    /// again after the last of these places misses no change: an event that is written later has none yet, or a later one.
    async fn changed_after(&mut self, position: u64, limit: u16) -> Result<Vec<Changed>, StoreError>;
    /// The newest place that was given; 0 when none was.
    async fn newest_position(&mut self) -> Result<u64, StoreError>;
    /// Gives the telling of events to a relay until then, unless another one has it now: the place up to which events
    /// were told, or nothing.
    async fn take(
        &mut self,
        relay: &Relay,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<u64>, StoreError>;
    /// The published events of all accounts after a place, in order.
    async fn untold(&mut self, position: u64, limit: u16) -> Result<Vec<Published>, StoreError>;
    /// Keeps that events were told up to a place, and gives the telling back; stale when another relay took it since.
    async fn told(&mut self, relay: &Relay, position: u64) -> Result<(), StoreError>;
    /// When the oldest event that was not told was written.
    async fn oldest_untold(&mut self) -> Result<Option<Timestamp>, StoreError>;
}
