//! concept
