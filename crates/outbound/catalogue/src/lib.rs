//! creativestore-catalogue
