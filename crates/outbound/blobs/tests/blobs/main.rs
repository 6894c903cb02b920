//! Blobs on local files against their promises.

mod contract;
mod files;
