//! What tests of several crates need: real servers, a way to ask a service over HTTP, and
//! chance that can be had again. Knows nothing of how a server is started or ended.

pub mod asked;
pub mod bytes;
pub mod chance;
pub mod hammer;
pub mod http;
pub mod proxy;
pub mod servers;
pub mod tools;
