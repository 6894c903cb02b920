//! Requests that may come twice: the outcome of the first is kept in its transaction, and given again.

use creativestore_domain::access::Actor;
use creativestore_domain::hash::Sha256;
use creativestore_ports::idempotency::{Kept, Outcome};
use creativestore_ports::store::UnitOfWork;

use crate::failure::Failure;
use crate::inside::Inside;

/// What came of a request, and whether it had been made before.
#[derive(Clone, Debug)]
pub struct Done<T> {
    /// What came of it.
    pub value: T,
    /// Whether this is the outcome of an earlier request with the same key.
    pub replayed: bool,
}

impl<T> Done<T> {
    pub(crate) fn now(value: T) -> Self {
        Self { value, replayed: false }
    }

    pub(crate) fn before(value: T) -> Self {
        Self { value, replayed: true }
    }
}

/// What a client names a request by, so that it can be made again without being done again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The text is not an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key has 1 to 255 visible ASCII characters")]
pub struct NotAnIdempotencyKey;

impl IdempotencyKey {
    /// Reads a key.
    pub fn parse(text: &str) -> Result<Self, NotAnIdempotencyKey> {
        let fits = (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAnIdempotencyKey) }
    }
}

/// A request under its key, if it has one.
pub(crate) struct Once<'a> {
    by: Actor,
    key: Option<&'a IdempotencyKey>,
    fingerprint: Sha256,
}

impl<'a> Once<'a> {
    /// `asked` is everything that makes this request what it is, the use case's name first.
    pub(crate) fn new(by: Actor, key: Option<&'a IdempotencyKey>, asked: &impl std::fmt::Debug) -> Self {
        // Without a key nobody looks at it, and content can be large.
        let asked = if key.is_some() { format!("{asked:?}") } else { String::new() };
        Self { by, key, fingerprint: Sha256::of(asked.as_bytes()) }
    }

    /// The outcome that is kept, if the request was made before.
    pub(crate) async fn before(&self, work: &mut dyn UnitOfWork) -> Result<Option<Outcome>, Failure> {
        let Some(IdempotencyKey(key)) = self.key else { return Ok(None) };
        match work.idempotency().find(self.by, key).await? {
            Some(kept) if kept.fingerprint == self.fingerprint => Ok(Some(kept.outcome)),
            Some(_) => Err(Failure::KeyReused),
            None => Ok(None),
        }
    }

    /// Keeps the outcome with the change.
    pub(crate) async fn keep(
        &self,
        work: &mut dyn UnitOfWork,
        inside: &Inside,
        outcome: impl FnOnce() -> Outcome,
    ) -> Result<(), Failure> {
        let Some(IdempotencyKey(key)) = self.key else { return Ok(()) };
        let kept = Kept { fingerprint: self.fingerprint, outcome: outcome(), at: inside.clock.now() };
        Ok(work.idempotency().keep(self.by, key, &kept).await?)
    }
}

/// A kept outcome of another kind than the request has: the record is damaged, since the fingerprint names the
/// use case.
pub(crate) fn mismatch() -> Failure {
    Failure::Store(creativestore_ports::store::StoreError::Corrupt("outcome of another kind".into()))
}
