//! creativestore-media
