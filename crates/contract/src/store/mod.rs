//! What a store promises, one room per repository and a few for what is promised of several: units of work, lists,
//! and that no account sees another one's things.

pub mod assets;
pub mod assignments;
pub mod creatives;
pub mod idempotency;
pub mod jobs;
pub mod journal;
pub mod listing;
pub mod outbox;
pub mod paging;
pub mod people;
pub mod queue;
pub mod revisions;
pub mod scope;
pub mod search;
pub mod tenancy;
pub mod units;

use crate::given::first;

/// The number that a creative was made with.
fn number(id: creativestore_domain::id::CreativeId) -> u32 {
    let digits = id.to_string();
    let digits = digits.rsplit('_').next().expect("digits behind a prefix");
    u32::from_str_radix(digits.trim_start_matches('0'), 16).expect("a small number")
}
