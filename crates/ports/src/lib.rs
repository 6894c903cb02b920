//! What the inside asks of the outside: traits, and their errors. Knows no database, no HTTP, no wire.

pub mod blobs;
pub mod inspector;
