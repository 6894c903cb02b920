//! Registration against a real Consul, and against what only pretends to be one.

mod given;
mod registration;
mod trouble;
