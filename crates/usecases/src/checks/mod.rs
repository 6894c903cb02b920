//! "Where can this run?"

mod run;

pub use run::{Matrix, Subject, run};
