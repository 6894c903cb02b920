//! creativestore-wire
