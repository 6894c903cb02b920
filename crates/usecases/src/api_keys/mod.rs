//! Keys for programs.

mod create;
mod list;
mod revoke;

pub use create::{Create, Created, create};
pub use list::list;
pub use revoke::revoke;
