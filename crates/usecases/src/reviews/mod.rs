//! Deciding on revisions.

mod decide;
mod queue;

pub use decide::{Decide, decide};
pub use queue::queue;
