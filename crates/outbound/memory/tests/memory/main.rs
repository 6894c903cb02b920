//! The bus and the rate limit of one process against their promises.

mod bus;
mod limits;
