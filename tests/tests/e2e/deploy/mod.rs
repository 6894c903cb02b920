//! What `deploy/` renders to: valid, as the facts that it was made from say, and in agreement with the binary. Nothing
//! of it is applied to a cluster.

mod chosen;
mod dashboard;
pub mod facts;
pub mod fitting;
mod kinds;
mod names;
mod promql;
pub mod rendered;
mod rules;
mod scrape;

use std::path::{Path, PathBuf};

/// A file of the repository.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
