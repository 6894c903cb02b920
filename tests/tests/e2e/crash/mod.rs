//! `kill -9` at random instants, again and again. What was acknowledged is remembered by a process of its own, which
//! nobody kills, and must be there afterwards, with its event, once; what was not is there wholly or not at all.

mod campaign;
mod compare;
mod ledger;
mod mirror;
mod moment;
mod records;

use std::time::Instant;

use creativestore_tests::chance::Chance;

use crate::program;

/// Kills of a usual run, and of a long one.
const KILLS: (u64, u64) = (40, 200);

#[test]
fn whatever_was_acknowledged_is_there_after_a_kill_at_any_moment() -> anyhow::Result<()> {
    let started = std::time::UNIX_EPOCH.elapsed().map_or(1, |it| it.as_secs() ^ u64::from(it.subsec_nanos()));
    let seed = program::number("CREATIVESTORE_TEST_SEED").unwrap_or(started);
    let kills = if program::long() { KILLS.1 } else { KILLS.0 };
    println!("{kills} kills; CREATIVESTORE_TEST_SEED={seed} draws the same lots again");
    let start = Instant::now();
    let tally = campaign::run(&mut Chance::new(seed), kills)?;
    println!("{tally}\nin {} s", start.elapsed().as_secs());
    tally.everywhere(kills)
}
