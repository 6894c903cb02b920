//! creativestore-contract
