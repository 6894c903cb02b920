//! Bytes, what was measured in them, and what was derived from them.

mod facts;
mod find;
mod open;
mod put;
mod rendition;

pub use facts::facts;
pub use find::find;
pub use open::open;
pub use put::{Stored, put};
pub use rendition::rendition;
