//! Asks for the same kind of thing over and over, on connections that stay open: a bounded number of times, looking at
//! each answer's status and length.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use creativestore_tests::chance::Chance;
use rustix::event::{PollFd, PollFlags, poll};

use super::connection::Connection;
use crate::interrupt;

/// How many connections ask at once.
pub const CONNECTIONS: u32 = 4;

/// What is asked: `path` of each number, as whoever has the key.
#[derive(Clone, Copy)]
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
    /// Asks all of it, and says how long that took. One thread does it, as `redis-benchmark` and `wrk` do: whoever is
    /// measured has the processors that a thread for each connection would take.
    pub fn run(&self) -> anyhow::Result<Duration> {
        let mut askers = (0..CONNECTIONS).map(|number| self.asker(number)).collect::<Result<Vec<_>, _>>()?;
        let start = Instant::now();
        for asker in &mut askers {
            asker.ask(self)?;
        }
        while !askers.is_empty() {
            interrupt::check()?;
            let mut waits: Vec<_> =
                askers.iter().map(|it| PollFd::new(&it.connection, PollFlags::IN)).collect();
            poll(&mut waits, None)?;
            let ready: Vec<bool> = waits.iter().map(|it| !it.revents().is_empty()).collect();
            for (asker, _) in askers.iter_mut().zip(&ready).filter(|(_, ready)| **ready) {
                asker.connection.receive_some()?;
                asker.ask(self)?;
            }
            askers.retain(|it| it.asked <= self.requests);
        }
        Ok(start.elapsed())
    }

    pub fn total(&self) -> u32 {
        CONNECTIONS * self.requests
    }

    fn asker(&self, number: u32) -> anyhow::Result<Asker> {
        // The same paths in the same order in every round.
        let chance = Chance::new(number.into());
        Ok(Asker { connection: Connection::open(self.address, self.key)?, number, chance, asked: 0 })
    }
}

/// A connection that asks one thing after another.
struct Asker {
    connection: Connection,
    number: u32,
    chance: Chance,
    /// How often it asked; once more than that when it is over.
    asked: u32,
}

impl Asker {
    fn ask(&mut self, load: &Load<'_>) -> anyhow::Result<()> {
        self.asked += 1;
        if self.asked > load.requests {
            return Ok(());
        }
        let path = if load.in_turn {
            let turn = self.number * load.requests + self.asked - 1;
            &load.paths[usize::try_from(turn)? % load.paths.len()]
        } else {
            self.chance.one(load.paths)
        };
        self.connection.send("GET", path, "", &[])
    }
}
