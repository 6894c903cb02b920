//! What is found in files: made ones, spoilt ones and lying ones, without a process around.

mod made;
mod pictures;
mod texts;
mod vast;
