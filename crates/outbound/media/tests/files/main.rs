//! What is found in files: made ones, spoilt ones and lying ones, without a process around.

mod bundles;
mod made;
mod markup;
mod mutations;
mod pictures;
mod texts;
mod vast;
