//! creativestore-tests
