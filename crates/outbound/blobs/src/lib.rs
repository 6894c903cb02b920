//! creativestore-blobs
