//! creativestore-rest
