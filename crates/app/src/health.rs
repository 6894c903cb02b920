//! Whether the service lives and is ready, from what a background task saw: probes never wait for a dependency.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

/// An observation that is older than this says nothing any more: whoever observes hangs.
const STALE: Duration = Duration::from_secs(15);

/// The dependency without which nothing can be served.
pub const DATABASE: &str = "database";

/// What was seen last.
#[derive(Debug)]
pub struct Health {
    draining: AtomicBool,
    /// `None` for what is waited for and was not looked at yet.
    seen: Mutex<BTreeMap<&'static str, Option<Seen>>>,
}

#[derive(Clone, Debug)]
struct Seen {
    at: Instant,
    problem: Option<String>,
}

fn state(seen: Option<&Seen>) -> &'static str {
    match seen {
        None => "starting",
        Some(seen) if seen.at.elapsed() >= STALE => "unknown",
        Some(Seen { problem: Some(_), .. }) => "down",
        Some(Seen { problem: None, .. }) => "up",
    }
}

impl Default for Health {
    fn default() -> Self {
        Self { draining: AtomicBool::new(false), seen: Mutex::new([(DATABASE, None)].into()) }
    }
}

impl Health {
    /// There is such a dependency: it counts as missing until it was seen.
    pub fn expect(&self, dependency: &'static str) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).entry(dependency).or_default();
    }

    /// From now on the service is not ready, for good.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// Whether the service ends soon.
    pub fn draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// A dependency was looked at: all is well, or this is the problem. Says whether that changed.
    pub fn saw(&self, dependency: &'static str, problem: Option<String>) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let well = problem.is_none();
        let before = seen.insert(dependency, Some(Seen { at: Instant::now(), problem }));
        before.flatten().map(|before| before.problem.is_none()) != Some(well)
    }

    /// Whether requests should come here.
    pub fn ready(&self) -> bool {
        self.status().0
    }

    fn status(&self) -> (bool, &'static str) {
        if self.draining() {
            return (false, "draining");
        }
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match state(seen.get(DATABASE).and_then(Option::as_ref)) {
            "starting" => (false, "starting"),
            "up" if seen.values().all(|seen| state(seen.as_ref()) == "up") => (true, "ready"),
            // Slower, and still right.
            "up" => (true, "degraded"),
            _ => (false, "unavailable"),
        }
    }

    /// What `/health/ready` answers: whether it is ready, and why.
    pub fn report(&self) -> (bool, Value) {
        let (ready, status) = self.status();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut dependencies = Map::new();
        for (name, seen) in &seen {
            let seen = seen.as_ref();
            let report = json!({
                "state": state(seen),
                "problem": seen.and_then(|seen| seen.problem.as_ref()),
                "observed_seconds_ago": seen.map(|seen| seen.at.elapsed().as_secs()),
            });
            dependencies.insert((*name).to_owned(), report);
        }
        let body = json!({
            "status": status,
            "version": env!("CARGO_PKG_VERSION"),
            "dependencies": dependencies,
        });
        (ready, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready_when_the_store_was_seen_well_and_until_it_drains() {
        let health = Health::default();
        assert_eq!(health.report().1["status"], "starting");
        assert!(health.saw(DATABASE, None));
        assert!(health.ready() && !health.saw(DATABASE, None));
        assert!(health.saw(DATABASE, Some("locked".into())));
        let (ready, body) = health.report();
        assert!(!ready);
        assert_eq!(body["dependencies"]["database"]["problem"], "locked");
        health.saw(DATABASE, None);
        health.drain();
        assert_eq!(health.report().1["status"], "draining");
    }

    #[test]
    fn what_it_can_do_without_makes_it_degraded_and_still_ready() {
        let health = Health::default();
        health.saw("redis", Some("away".into()));
        assert!(!health.ready(), "the database was not seen yet");
        health.saw(DATABASE, None);
        let (ready, body) = health.report();
        assert!(ready);
        assert_eq!(
            (&body["status"], &body["dependencies"]["redis"]["state"]),
            (&json!("degraded"), &json!("down"))
        );
        health.saw("redis", None);
        assert_eq!(health.report().1["status"], "ready");
    }

    #[test]
    fn what_is_waited_for_is_named_before_it_was_seen() {
        let health = Health::default();
        health.expect("consul");
        health.saw(DATABASE, None);
        let (ready, body) = health.report();
        assert!(ready);
        assert_eq!(
            (&body["status"], &body["dependencies"]["consul"]["state"]),
            (&json!("degraded"), &json!("starting"))
        );
        health.saw("consul", None);
        health.expect("consul");
        assert_eq!(health.report().1["status"], "ready");
    }
}
