//! creativestore
fn main() {}
