//! Accounts and who belongs to them.

mod add_member;
mod amend;
mod create;
mod get;
mod list;
mod members;

pub use add_member::{AddMember, Added, add_member};
pub use amend::{Amend, amend};
pub use create::{Create, create};
pub use get::get;
pub use list::list;
pub use members::members;
