//! When to kill: in the middle of something, at a random instant of it.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use creativestore_tests::chance::Chance;

use super::ledger::{Ledger, Told};
use crate::program::Running;

/// What is to be interrupted.
#[derive(Clone, Copy, Debug)]
pub enum Aim {
    Upload,
    Write,
    Relay,
    Inspection,
    Anything,
}

/// In turn, so that every one of them has its share.
pub const AIMS: [Aim; 5] = [Aim::Upload, Aim::Write, Aim::Relay, Aim::Inspection, Aim::Anything];

/// How long a hammer may be silent.
const SILENCE: Duration = Duration::from_secs(30);

impl Aim {
    fn begins(self, told: Told) -> bool {
        match (self, told) {
            (Self::Upload, Told::Begun(op)) => op == "upload",
            (Self::Write, Told::Begun(op)) | (Self::Relay, Told::Acknowledged(op)) => op != "upload",
            (Self::Inspection, Told::Acknowledged(op)) => op == "create" || op == "upsert",
            (Self::Anything, _) => true,
            _ => false,
        }
    }

    /// How long afterwards at most, in microseconds.
    fn window(self) -> u64 {
        match self {
            Self::Upload => 20_000,
            Self::Write => 5_000,
            Self::Relay => 1_500,
            Self::Inspection => 25_000,
            Self::Anything => 10_000,
        }
    }
}

/// Lets the hammer work until the moment has come.
pub fn wait(aim: Aim, chance: &mut Chance, hammer: &Running, ledger: &mut Ledger) -> anyhow::Result<()> {
    let mut left = 1 + chance.below(30);
    while left > 0 {
        let line = hammer.line(SILENCE)?.context("the hammer ended by itself")?;
        if aim.begins(ledger.take(&line)?) {
            left -= 1;
        }
    }
    linger(chance.below(aim.window()));
    Ok(())
}

/// Lets so many microseconds pass, exactly: what is waited for here is time itself.
pub fn linger(micros: u64) {
    let (start, micros) = (Instant::now(), Duration::from_micros(micros));
    while start.elapsed() < micros {
        std::thread::yield_now();
    }
}
