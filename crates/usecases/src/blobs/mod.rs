//! Bytes, what was measured in them, and what was derived from them.

mod facts;
mod find;
mod link;
mod open;
mod put;
mod rendition;

pub use facts::facts;
pub use find::find;
pub use link::link;
pub use open::open;
pub use put::{Stored, put};
pub use rendition::rendition;
