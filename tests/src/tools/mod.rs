//! Programs that look at manifests and images: they render, check and translate, and end. Each is installed by whoever needs it
//! first, and kept. Knows nothing of what is looked at.

pub mod kubectl;
pub mod oci;
pub mod promtool;
pub mod python;
