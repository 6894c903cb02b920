//! What a creative is and may become: types, rules, format checks.
//!
//! Refuses to know about I/O, async, the web, databases and serialisation. Time, ids and randomness are
//! passed in.

pub mod access;
pub mod account;
pub mod assignment;
pub mod catalogue;
pub mod check;
pub mod concept;
pub mod creative;
pub mod deliverable;
pub mod event;
pub mod facts;
pub mod format;
pub mod hash;
pub mod id;
pub mod manifest;
pub mod patch;
pub mod review;
pub mod revision;
pub mod search;
pub mod states;
pub mod tag;
pub mod text;
pub mod time;
mod words;
