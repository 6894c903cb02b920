//! The Postgres store on real servers: directly, and behind both kinds of pooler.

mod contract;
mod given;
mod pooler;
mod schema;
