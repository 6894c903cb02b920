//! The use cases on a real store, with a clock that stands still and ids that are counted.

mod atomic;
mod creatives;
mod delivery;
mod events;
mod inbox;
mod inspection;
mod invariants;
mod lists;
mod looking;
mod once;
mod rights;
mod sessions;
mod verbs;
mod world;
