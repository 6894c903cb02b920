//! Blobs on local files and in object stores against their promises.

mod contract;
mod files;
mod given;
mod objects;
#[cfg(feature = "aws")]
mod s3;
