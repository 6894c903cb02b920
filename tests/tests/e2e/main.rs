//! The real binary, from outside: over HTTP, from its command line, by signals. Knows nothing of its insides but the
//! files it keeps.

mod command_line;
mod crash;
mod database;
mod deploy;
mod drain;
mod flow;
mod image;
mod looking;
mod meters;
mod objects;
mod production;
mod program;
mod refusing;
mod server;
mod tracing;
mod wire;
