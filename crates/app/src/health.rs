//! Whether the service lives and is ready, from what a background task saw: probes never wait for a dependency.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// An observation that is older than this says nothing any more: whoever observes hangs.
const STALE: Duration = Duration::from_secs(15);

/// What was seen last.
#[derive(Debug, Default)]
pub struct Health {
    draining: AtomicBool,
    store: Mutex<Option<Seen>>,
}

#[derive(Clone, Debug)]
struct Seen {
    at: Instant,
    problem: Option<String>,
}

impl Health {
    /// From now on the service is not ready, for good.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// The store was looked at: all is well, or this is the problem. Says whether that changed.
    pub fn saw_store(&self, problem: Option<String>) -> bool {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = store.as_ref().map(|seen| seen.problem.is_none()) != Some(problem.is_none());
        *store = Some(Seen { at: Instant::now(), problem });
        changed
    }

    /// Whether requests should come here.
    pub fn ready(&self) -> bool {
        self.status() == "ready"
    }

    fn status(&self) -> &'static str {
        if self.draining.load(Ordering::SeqCst) {
            return "draining";
        }
        match self.seen() {
            None => "starting",
            Some(seen) if seen.problem.is_none() && seen.at.elapsed() < STALE => "ready",
            Some(_) => "unavailable",
        }
    }

    fn seen(&self) -> Option<Seen> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What `/health/ready` answers: whether it is ready, and why.
    pub fn report(&self) -> (bool, Value) {
        let status = self.status();
        let seen = self.seen();
        let database = json!({
            "state": match &seen {
                None => "starting",
                Some(seen) if seen.at.elapsed() >= STALE => "unknown",
                Some(seen) if seen.problem.is_some() => "down",
                Some(_) => "up",
            },
            "problem": seen.as_ref().and_then(|seen| seen.problem.clone()),
            "observed_seconds_ago": seen.as_ref().map(|seen| seen.at.elapsed().as_secs()),
        });
        let body = json!({
            "status": status,
            "version": env!("CARGO_PKG_VERSION"),
            "dependencies": { "database": database },
        });
        (status == "ready", body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready_when_the_store_was_seen_well_and_until_it_drains() {
        let health = Health::default();
        assert_eq!(health.report().1["status"], "starting");
        assert!(health.saw_store(None));
        assert!(health.ready() && !health.saw_store(None));
        assert!(health.saw_store(Some("locked".into())));
        let (ready, body) = health.report();
        assert!(!ready);
        assert_eq!(body["dependencies"]["database"]["problem"], "locked");
        health.saw_store(None);
        health.drain();
        assert_eq!(health.report().1["status"], "draining");
    }
}
