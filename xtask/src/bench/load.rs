//! Asks for the same kind of thing over and over, on connections that stay open: a bounded number of times, looking at
//! each answer's status and length. Knows HTTP/1.1 with content lengths, and spends little.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

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
        let mut out = TcpStream::connect(self.address)?;
        out.set_nodelay(true)?;
        out.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut answers = BufReader::new(out.try_clone()?);
        let host = self.address;
        let rest = format!(" HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\n\r\n", self.key);
        let (mut line, mut body, mut chance) = (String::new(), Vec::new(), u64::from(number) + 1);
        for turn in 0..self.requests {
            interrupt::check()?;
            // Numerical Recipes' generator: the same paths in the same order in every round.
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let place =
                if self.in_turn { number * self.requests + turn } else { u32::try_from(chance >> 33)? };
            let place = usize::try_from(place)? % self.paths.len();
            out.write_all(format!("GET {}{rest}", self.paths[place]).as_bytes())?;
            answer(&mut answers, &mut line, &mut body)?;
        }
        Ok(())
    }
}

/// Reads one answer, whose status must be 200.
fn answer(from: &mut impl BufRead, line: &mut String, body: &mut Vec<u8>) -> anyhow::Result<()> {
    let mut next = |line: &mut String| -> anyhow::Result<bool> {
        line.clear();
        ensure!(from.read_line(line)? > 0, "the connection was closed");
        Ok(line != "\r\n")
    };
    next(line)?;
    ensure!(line.starts_with("HTTP/1.1 200 "), "the answer was {line}");
    let mut length = None;
    while next(line)? {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse()?);
        }
    }
    body.resize(length.context("an answer without content-length")?, 0);
    ensure!(!body.is_empty(), "the answer was empty");
    Ok(from.read_exact(body)?)
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn an_answer_is_read_to_its_end_and_no_further() {
        let mut two = &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 404 Not Found\r\n\r\n"[..];
        let (mut line, mut body) = (String::new(), Vec::new());
        answer(&mut two, &mut line, &mut body).expect("the first is well");
        assert_eq!(body, b"ab");
        assert!(answer(&mut two, &mut line, &mut body).is_err(), "the second is not");
    }
}
