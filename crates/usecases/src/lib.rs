//! What people and programs can do here, one file per verb: load, decide, write, record, commit. REST, workers and
//! the command line all come through here, so that a rule exists once. Knows no database, no HTTP status and no
//! wire JSON.

pub mod accounts;
pub mod api_keys;
pub mod assets;
pub mod assignments;
pub mod audit;
pub mod blobs;
mod caller;
pub mod checks;
pub mod concepts;
pub mod creatives;
pub mod events;
mod failure;
pub mod formats;
pub mod inbox;
mod inside;
pub mod inspection;
mod ledger;
mod looking;
mod manifests;
mod material;
mod measure;
mod once;
pub mod previews;
mod recent;
pub mod relay;
pub mod reviews;
mod secrets;
pub mod sessions;
pub mod tags;
pub mod upkeep;
pub mod users;
mod write;

pub use caller::Caller;
pub use failure::{Failure, FieldError, Unauthenticated};
pub use inside::{Inside, Settings, Wake};
pub use looking::Looks;
pub use material::{Links, Material};
pub use once::{Done, IdempotencyKey, NotAnIdempotencyKey};
pub use recent::Recent;
