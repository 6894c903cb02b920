//! What the orchestrator asks of a service all the time, on a new connection each, and how long the answers take. Knows the
//! two probes and how long each may take.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Each probe, and how long it may take: that of being alive has the orchestrator's usual second.
const PROBES: [(&str, Duration); 2] =
    [("/health/live", Duration::from_secs(1)), ("/health/ready", Duration::from_secs(5))];

/// How often each is asked: more often than in production, where it is every 10 and 5 seconds.
const EVERY: Duration = Duration::from_millis(500);

/// What came of them.
#[derive(Default)]
pub struct Probed {
    pub asked: u32,
    pub failed: u32,
    /// Milliseconds of the slowest that was in time.
    pub slowest: f64,
}

impl Probed {
    pub fn add(&mut self, other: &Self) {
        self.asked += other.asked;
        self.failed += other.failed;
        self.slowest = self.slowest.max(other.slowest);
    }
}

/// Asks both until it is told to end.
pub fn probe(address: SocketAddr, end: &AtomicBool) -> Probed {
    let mut probed = Probed::default();
    while !end.load(Ordering::SeqCst) {
        for (path, limit) in PROBES {
            let start = Instant::now();
            probed.asked += 1;
            if one(address, path, limit).unwrap_or(false) && start.elapsed() <= limit {
                probed.slowest = probed.slowest.max(start.elapsed().as_secs_f64() * 1e3);
            } else {
                probed.failed += 1;
            }
        }
        std::thread::sleep(EVERY);
    }
    probed
}

fn one(address: SocketAddr, path: &str, limit: Duration) -> std::io::Result<bool> {
    let mut connection = TcpStream::connect_timeout(&address, limit)?;
    connection.set_read_timeout(Some(limit))?;
    write!(connection, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut beginning = [0; 12];
    connection.read_exact(&mut beginning)?;
    Ok(&beginning == b"HTTP/1.1 200")
}
