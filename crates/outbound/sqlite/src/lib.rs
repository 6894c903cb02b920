//! creativestore-sqlite
