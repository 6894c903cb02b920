//! creative
