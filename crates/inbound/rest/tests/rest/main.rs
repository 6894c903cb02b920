//! The edge on a real store, with a clock that stands still and ids that are counted.

mod auth;
mod bodies;
mod bytes;
mod concurrency;
mod creatives;
mod cursors;
mod documents;
mod events;
mod faults;
mod foreign;
mod links;
mod tenancy;
mod uses;
mod world;
