//! Redis on real servers: what it promises, and what becomes of it when the server is away, silent, emptied or full.

mod bus;
mod cache;
mod dead_letters;
mod given;
mod inbox;
mod limits;
mod streams;
