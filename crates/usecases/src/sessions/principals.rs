//! Who was let in a moment ago: spares the store a look for every request. What is remembered here is a second old
//! at most, so a revoked key or grant works no longer than that on another replica, and not at all on this one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use creativestore_domain::access::{Actor, Grants};
use creativestore_domain::hash::Sha256;
use creativestore_domain::time::Timestamp;

/// How long somebody is remembered.
const FRESH: Duration = Duration::from_secs(1);
/// How many are remembered; when there are more, all are forgotten.
const ROOM: usize = 4096;

/// Principals by the hash of what they proved themselves with.
#[derive(Debug, Default)]
pub struct Principals(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Raised whenever all are forgotten.
    generation: u64,
    principals: HashMap<Sha256, (Timestamp, Actor, Arc<Grants>)>,
}

/// When somebody was not remembered: what is read from the store from now on may be remembered, unless something
/// changes meanwhile.
#[derive(Clone, Copy)]
pub(super) struct Unknown(u64);

impl Principals {
    pub(super) fn recall(&self, credential: Sha256, now: Timestamp) -> Result<(Actor, Arc<Grants>), Unknown> {
        let known = self.known();
        match known.principals.get(&credential) {
            Some((until, actor, grants)) if now < *until => Ok((*actor, Arc::clone(grants))),
            _ => Err(Unknown(known.generation)),
        }
    }

    /// Remembers somebody for a second, and never beyond `expires`.
    pub(super) fn remember(
        &self,
        Unknown(generation): Unknown,
        credential: Sha256,
        now: Timestamp,
        expires: Option<Timestamp>,
        (actor, grants): (Actor, Arc<Grants>),
    ) {
        let until = expires.map_or(now.plus(FRESH), |expires| expires.min(now.plus(FRESH)));
        let mut known = self.known();
        if known.generation != generation {
            return;
        }
        if known.principals.len() >= ROOM {
            known.principals.clear();
        }
        known.principals.insert(credential, (until, actor, grants));
    }

    /// Forgets everybody: something about keys, users or grants changed.
    pub(crate) fn forget_all(&self) {
        let mut known = self.known();
        known.generation += 1;
        known.principals.clear();
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
