//! Reading and following what happened.

mod follow;
mod page;

pub use follow::follow;
pub use page::{newest, page};
