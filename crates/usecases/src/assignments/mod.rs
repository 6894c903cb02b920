//! Putting creatives to use.

mod create;
mod end;
mod list;

pub use create::{Create, create};
pub use end::end;
pub(crate) use end::end_all_of;
pub use list::list;
