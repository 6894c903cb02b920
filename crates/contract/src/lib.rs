//! The promises of the ports, as tests that know no implementation.
//!
//! A promise is a public function named by a sentence; it is given a port and panics when the port breaks it.
//! `list` names all of them, and makes each a test of whatever crate implements the port:
//!
//! ```text
//! creativestore_contract::store_promises!(crate::contract::fresh);
//! ```
//!
//! Tests of this crate see to it that no promise is left off the list, that every method of a port is called by
//! one, and that every method which takes an account is asked for another account's things.

pub mod blobs;
pub mod bus;
#[cfg(test)]
mod complete;
mod given;
pub mod limits;
mod list;
pub mod sameness;
pub mod store;

use std::any::Any;

/// A fresh implementation of a port, empty and ready, with whatever must live as long as it does.
pub struct Given<P: ?Sized> {
    port: Box<P>,
    _kept: Box<dyn Any>,
}

impl<P: ?Sized> Given<P> {
    /// A port, and what goes away after it: a folder, a server.
    pub fn new(port: Box<P>, kept: impl Any) -> Self {
        Self { port, _kept: Box::new(kept) }
    }

    /// The port.
    pub fn port(&self) -> &P {
        &self.port
    }
}
