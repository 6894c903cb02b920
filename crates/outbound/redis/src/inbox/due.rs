//! When a message that was handed out comes again: after a failure later each time, and when its process is thought dead.
//! Knows no server.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::WAITING;
use crate::settings::Bounds;

/// A message that was handed out and is not finished.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) id: String,
    /// How many times it was handed out.
    pub(super) tries: u32,
    /// Whether it went wrong, and nobody has it.
    failed: bool,
    idle: Duration,
}

impl From<(String, String, u64, u32)> for Pending {
    /// From a line of `XPENDING`: id, consumer, milliseconds that it is idle, times that it was handed out.
    fn from((id, consumer, idle, tries): (String, String, u64, u32)) -> Self {
        Self { id, tries, failed: consumer == WAITING, idle: Duration::from_millis(idle) }
    }
}

impl Pending {
    /// How long it stays idle in all.
    pub(super) fn delay(&self, bounds: &Bounds) -> Duration {
        if !self.failed {
            return bounds.held;
        }
        let doubled = 2_u32.saturating_pow(self.tries.saturating_sub(1));
        let delay = bounds.again.saturating_mul(doubled).min(bounds.away);
        // Somewhere in its second half; the same whenever it is asked, so that asking often makes it no shorter.
        let mut hasher = DefaultHasher::new();
        (&self.id, self.tries).hash(&mut hasher);
        let part = u8::try_from(hasher.finish() >> 56).unwrap_or(u8::MAX);
        delay / 2 + (delay / 2).mul_f64(f64::from(part) / f64::from(u8::MAX))
    }

    /// How long until it is due.
    pub(super) fn due_in(&self, bounds: &Bounds) -> Duration {
        self.delay(bounds).saturating_sub(self.idle)
    }
}

/// What is idle for less than this is not due, whatever it is.
pub(super) fn shortest(bounds: &Bounds) -> Duration {
    (bounds.again / 2).min(bounds.away / 2).min(bounds.held)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(id: u32, tries: u32) -> Pending {
        Pending::from((format!("{id}-0"), WAITING.into(), 0, tries))
    }

    #[test]
    fn after_each_failure_it_stays_away_about_twice_as_long_up_to_the_longest() {
        let bounds = Bounds::default();
        for (tries, most) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (40, 60), (u32::MAX, 60)] {
            let most = Duration::from_secs(most);
            for id in 0..100 {
                let delay = failed(id, tries).delay(&bounds);
                assert!(delay >= most / 2 && delay <= most, "{delay:?} after {tries}");
                assert!(delay >= shortest(&bounds));
            }
        }
    }

    #[test]
    fn not_all_that_failed_together_come_together() {
        let bounds = Bounds::default();
        let delays: std::collections::BTreeSet<_> = (0..100).map(|id| failed(id, 3).delay(&bounds)).collect();
        assert!(delays.len() > 50, "{}", delays.len());
    }

    #[test]
    fn what_somebody_is_at_work_on_is_left_to_them_until_they_are_thought_dead() {
        let bounds = Bounds::default();
        let at = |idle| Pending::from(("1-0".into(), "one".into(), idle, 1)).due_in(&bounds);
        assert_eq!((at(59_000), at(60_000)), (Duration::from_secs(1), Duration::ZERO));
    }
}
