//! What the inside asks of the outside: traits, and their errors. Knows no database, no HTTP, no wire.

pub mod access;
pub mod ambient;
pub mod assets;
pub mod blobs;
pub mod bus;
pub mod cache;
pub mod creatives;
pub mod idempotency;
pub mod inbox;
pub mod inspector;
pub mod jobs;
pub mod journal;
pub mod limits;
pub mod page;
pub mod people;
pub mod store;
pub mod tenancy;
