//! The SQLite store against its promises.

mod schema;
