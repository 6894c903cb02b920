//! creativestore-sql
