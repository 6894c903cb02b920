//! What `deploy/` renders to: valid, as the facts that it was made from say, and in agreement with the binary. Nothing
//! of it is applied to a cluster.

mod chosen;
mod dashboard;
mod facts;
mod fitting;
mod kinds;
mod names;
mod promql;
mod rendered;
mod rules;
mod scrape;

use std::path::{Path, PathBuf};

/// A file of the repository.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
