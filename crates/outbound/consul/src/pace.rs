//! How often Consul is asked, and how long it may take. Knows nothing of what is asked.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// How often, and how long at most.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Between two looks whether the registration is still there.
    pub look: Duration,
    /// Before the first try after a failure; it doubles with each.
    pub first: Duration,
    /// Between two tries, at most.
    pub longest: Duration,
    /// What one call may take.
    pub call: Duration,
    /// Between two checks by Consul.
    pub check: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            look: Duration::from_secs(10),
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            call: Duration::from_secs(1),
            check: Duration::from_secs(10),
        }
    }
}

impl Pace {
    /// How long to pause after so many failures in a row: between half of the interval and one and a half. Instances that
    /// lost the same Consul at the same moment come back at different ones, which their ids see to: it takes no chance.
    pub(crate) fn pause(&self, instance: &str, failed: u32) -> Duration {
        let interval = match failed {
            0 => self.look,
            _ => self.first.saturating_mul(1 << (failed - 1).min(16)).min(self.longest),
        };
        let mut hasher = DefaultHasher::new();
        (instance, failed).hash(&mut hasher);
        let share = u32::try_from(hasher.finish() % 1000).unwrap_or_default();
        interval / 2 + interval * share / 1000
    }

    /// What may be spent on something that may fail without loss.
    pub(crate) fn aside(&self) -> Duration {
        self.call / 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_differ_between_instances() {
        let pace = Pace::default();
        for failed in 1..40 {
            let interval = pace.longest.min(pace.first * (1 << (failed - 1).min(10)));
            let pause = pace.pause("a", failed);
            assert!(pause >= interval / 2 && pause <= interval * 3 / 2, "{failed}: {pause:?}");
        }
        assert_ne!(pace.pause("a", 1), pace.pause("b", 1));
    }
}
