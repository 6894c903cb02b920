//! The Postgres store on real servers: directly, and behind both kinds of pooler.

mod blobs;
mod contract;
mod given;
mod healing;
mod pooler;
mod schema;
mod search;
