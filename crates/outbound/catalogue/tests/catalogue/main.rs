//! The shipped formats through the real engine, and the loader through files that are wrong.

mod broken_files;
mod draft;
mod numbers;
mod pairs;
mod rules;
mod shipped;
