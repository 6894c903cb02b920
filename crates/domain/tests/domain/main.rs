//! The domain's promises, as tests of its public face. No clock, no files, no network: milliseconds.

mod given;
mod invariants;
mod manifest;
mod states;
mod steps;
mod stored_vast;
mod tags;
mod tags_hostile;
mod texts;
