//! Who was let in a moment ago: spares the store a look for every request. What is remembered here is a second old
//! at most, so a revoked key or grant works no longer than that on another replica, and not at all on this one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
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
pub struct Principals(Mutex<HashMap<Sha256, (Timestamp, Actor, Grants)>>);

impl Principals {
    pub(super) fn recall(&self, credential: Sha256, now: Timestamp) -> Option<(Actor, Grants)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, actor, grants) = known.get(&credential)?;
        (now < *until).then(|| (*actor, grants.clone()))
    }

    /// Remembers somebody for a second, and never beyond `expires`.
    pub(super) fn remember(
        &self,
        credential: Sha256,
        now: Timestamp,
        expires: Option<Timestamp>,
        (actor, grants): (Actor, Grants),
    ) {
        let until = expires.map_or(now.plus(FRESH), |expires| expires.min(now.plus(FRESH)));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ROOM {
            known.clear();
        }
        known.insert(credential, (until, actor, grants));
    }

    /// Forgets everybody: something about keys, users or grants changed.
    pub(crate) fn forget_all(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
