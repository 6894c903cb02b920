//! Asks for the same kind of thing over and over, on connections that stay open: a bounded number of times, looking at
//! each answer's status and length.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::bail;

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
        let mut chance = u64::from(number) + 1;
        for turn in 0..self.requests {
            interrupt::check()?;
            // Numerical Recipes' generator: the same paths in the same order in every round.
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let place =
                if self.in_turn { number * self.requests + turn } else { u32::try_from(chance >> 33)? };
            let place = usize::try_from(place)? % self.paths.len();
            connection.get(&self.paths[place])?;
        }
        Ok(())
    }
}
