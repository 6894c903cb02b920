//! creativestore-memory
