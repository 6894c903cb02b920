//! The SQLite store against its promises.

mod contract;
mod records;
mod schema;
mod sharing;
