//! Asks for the same kind of thing over and over, on connections that stay open: a bounded number of times, looking at
//! each answer's status and length.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::bail;
use creativestore_tests::chance::Chance;

use super::connection::Connection;
use crate::interrupt;

/// How many connections ask at once.
pub const CONNECTIONS: u32 = 4;

/// What is asked: `path` of each number, as whoever has the key.
pub struct Load<'a> {
    pub address: SocketAddr,
    pub key: &'a str,
    pub paths: &'a [String],
    /// Requests of each connection.
    pub requests: u32,
    /// Each path as seldom as possible, one after another, instead of any by chance: nothing that remembers helps.
    pub in_turn: bool,
}

impl Load<'_> {
    /// Asks all of it, and says how long that took.
    pub fn run(&self) -> anyhow::Result<Duration> {
        let start = Instant::now();
        std::thread::scope(|scope| {
            let connections: Vec<_> =
                (0..CONNECTIONS).map(|number| scope.spawn(move || self.connection(number))).collect();
            connections.into_iter().try_for_each(|connection| match connection.join() {
                Ok(done) => done,
                Err(_) => bail!("a connection panicked"),
            })
        })?;
        Ok(start.elapsed())
    }

    pub fn total(&self) -> u32 {
        CONNECTIONS * self.requests
    }

    fn connection(&self, number: u32) -> anyhow::Result<()> {
        let mut connection = Connection::open(self.address, self.key)?;
        // The same paths in the same order in every round.
        let mut chance = Chance::new(number.into());
        for turn in 0..self.requests {
            interrupt::check()?;
            let path = if self.in_turn {
                &self.paths[usize::try_from(number * self.requests + turn)? % self.paths.len()]
            } else {
                chance.one(self.paths)
            };
            connection.get(path)?;
        }
        Ok(())
    }
}
