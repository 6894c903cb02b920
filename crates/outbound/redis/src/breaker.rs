//! Who stops asking a server that does not answer, tries again about once a second, and says so once. Knows no server.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So many failures in a row are enough.
const ENOUGH: u32 = 3;

/// Between two tries of a server that is away, at least.
const PAUSE: Duration = Duration::from_millis(800);

/// More than that by up to so much, so that not everybody tries at once.
const SPREAD: Duration = Duration::from_millis(400);

/// How long a refusal is spoken of when nobody writes any more.
const REMEMBERED: Duration = Duration::from_secs(30);

/// Counts what failed.
pub(crate) struct Breaker {
    name: &'static str,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    /// Since it is open: when the next one may try, and why.
    open: Option<(Instant, String)>,
    /// It answers, and does not do what it is asked: since when that was last so, and why.
    refusing: Option<(Instant, String)>,
}

impl Breaker {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, state: Mutex::default() }
    }

    /// Whether to ask now; otherwise why not. Of those who come while it is open one about every second may try.
    pub(crate) fn admit(&self) -> Result<(), String> {
        let mut state = self.state();
        match &mut state.open {
            Some((next, why)) if Instant::now() < *next => Err(why.clone()),
            Some((next, _)) => {
                *next = Instant::now() + pause();
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// It answered; `wrote` when it also took something.
    pub(crate) fn succeeded(&self, wrote: bool) {
        let mut state = self.state();
        state.failures = 0;
        if state.open.take().is_some() {
            tracing::info!(redis = self.name, "Redis is back");
        }
        if wrote && state.refusing.take().is_some() {
            tracing::info!(redis = self.name, "Redis takes what it is given again");
        }
    }

    /// It did not answer.
    pub(crate) fn failed(&self, why: &str) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if let Some((_, last)) = &mut state.open {
            why.clone_into(last);
        } else if state.failures >= ENOUGH {
            tracing::warn!(redis = self.name, why, "Redis is away");
            state.open = Some((Instant::now() + pause(), why.to_owned()));
        }
    }

    /// It is away, whatever it did before.
    pub(crate) fn away(&self, why: &str) {
        self.state().failures = ENOUGH;
        self.failed(why);
    }

    /// It answered that it does not do what it was asked.
    pub(crate) fn refused(&self, why: &str) {
        let mut state = self.state();
        state.failures = 0;
        state.open = None;
        if state.refusing.is_none() {
            tracing::warn!(redis = self.name, why, "Redis refuses what it is given");
        }
        state.refusing = Some((Instant::now(), why.to_owned()));
    }

    /// What is wrong.
    pub(crate) fn problem(&self) -> Option<String> {
        let state = self.state();
        let refusing = state.refusing.as_ref().filter(|(last, _)| last.elapsed() < REMEMBERED);
        let (_, why) = state.open.as_ref().or(refusing)?;
        Some(format!("{}: {why}", self.name))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A time to wait before trying again.
pub(crate) fn pause() -> Duration {
    PAUSE + chance(SPREAD)
}

/// Any length of time up to this one.
pub(crate) fn chance(most: Duration) -> Duration {
    // Where chance is not to be had, the longest will do.
    getrandom::u32().map_or(most, |number| most.mul_f64(f64::from(number) / f64::from(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Breaker {
        tokio::time::pause();
        let breaker = Breaker::new("test");
        for _ in 0..ENOUGH {
            assert_eq!(breaker.admit(), Ok(()));
            breaker.failed("gone");
        }
        breaker
    }

    #[tokio::test]
    async fn after_three_failures_in_a_row_nobody_asks() {
        let breaker = opened();
        assert_eq!(breaker.admit(), Err("gone".into()));
        assert_eq!(breaker.problem(), Some("test: gone".into()));
    }

    #[tokio::test]
    async fn an_answer_between_failures_starts_the_count_again() {
        let breaker = Breaker::new("test");
        for _ in 0..5 {
            breaker.failed("gone");
            breaker.failed("gone");
            breaker.succeeded(false);
        }
        assert_eq!(breaker.admit(), Ok(()));
        assert_eq!(breaker.problem(), None);
    }

    #[tokio::test]
    async fn one_at_a_time_tries_about_every_second_until_one_is_answered() {
        let breaker = opened();
        for _ in 0..3 {
            tokio::time::advance(PAUSE + SPREAD).await;
            assert_eq!(breaker.admit(), Ok(()), "the one that tries");
            assert_eq!(breaker.admit(), Err("gone".into()), "everybody else");
            breaker.failed("gone");
        }
        breaker.succeeded(false);
        assert_eq!(breaker.admit(), Ok(()));
        assert_eq!(breaker.problem(), None);
    }

    #[tokio::test]
    async fn who_tried_and_went_away_does_not_keep_others_from_trying() {
        let breaker = opened();
        tokio::time::advance(PAUSE + SPREAD).await;
        assert_eq!(breaker.admit(), Ok(()), "it is never heard of again");
        tokio::time::advance(PAUSE + SPREAD).await;
        assert_eq!(breaker.admit(), Ok(()));
    }

    #[tokio::test]
    async fn a_refusal_is_spoken_of_until_something_is_taken_and_keeps_nobody_from_reading() {
        let breaker = Breaker::new("test");
        for _ in 0..ENOUGH {
            breaker.refused("full");
        }
        breaker.succeeded(false);
        assert_eq!((breaker.admit(), breaker.problem()), (Ok(()), Some("test: full".into())));
        breaker.succeeded(true);
        assert_eq!(breaker.problem(), None);
    }
}
