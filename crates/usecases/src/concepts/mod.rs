//! Concepts: what groups the creatives of one idea.

mod amend;
mod create;
mod get;
mod list;

pub use amend::amend;
pub use create::create;
pub use get::get;
pub use list::list;
