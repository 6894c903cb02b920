//! Showing a revision, whatever its status.

mod show;

pub use show::{find, show};
