//! creativestore-usecases
