//! Looking inside uploaded bytes, in a confined child process. The server's side (`MediaInspector`) never reads
//! the bytes; the process's side (`child`) reads them and nothing else. Refuses to know formats' limits, HTTP and
//! databases.
#![forbid(unsafe_code)]

mod bounds;
mod bundle;
pub mod child;
mod confine;
mod frame;
mod inspector;
mod look;
mod macros;
mod markup;
mod once;
mod picture;
mod plain;
mod process;
mod refuse;
mod setup;
mod sniff;
mod twin;
mod vast;

pub use inspector::{MediaInspector, MediaSettings};
pub use look::inspect_bytes;
