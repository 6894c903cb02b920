//! Putting creatives to use.

mod create;
mod end;
mod list;

pub use create::{Create, create};
pub use end::end;
pub use list::list;
