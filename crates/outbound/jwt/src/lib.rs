//! creativestore-jwt
