//! What the end-to-end tests and the process that hammers a server both need: a way to ask a service over HTTP, and
//! chance that can be had again. Knows nothing of how a server is started or ended.

pub mod asked;
pub mod bytes;
pub mod chance;
pub mod hammer;
pub mod http;
