//! Handing out what a server needs to run a creative.

mod render;

pub use render::{Render, Rendered, render};
