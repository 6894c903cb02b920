//! People who may sign in, as the operator keeps them from the command line.

mod create;
mod disable;
mod invite;
mod list;
mod set_password;

pub use create::{Create, Created, create};
pub use disable::disable;
pub use invite::invite;
pub use list::{any, list};
pub use set_password::{MIN_PASSWORD, set_own_password};
