//! The service over HTTP: `/v1`, signed links, problem+json, OpenAPI. Parses what comes in at the edge into the
//! domain's types; inside, only valid values exist. Knows no outbound crate.

mod edge;
mod endpoints;
mod routes;
mod views;

pub use edge::problem::{Code, Problem};
pub use edge::request::at_hand;
pub use edge::{Edge, RestSettings};
pub use routes::{Service, errors_page, not_yet, openapi};
