//! From exec to the first answer: how long a start takes, on a fresh folder and on one that was served before.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::{Extent, Line};
use crate::interrupt;
use crate::service::{Ended, Start};

/// A start that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn measure(program: &Path, extent: &Extent) -> anyhow::Result<Vec<Line>> {
    let kept = tempfile::tempdir()?;
    // Whatever is in no cache yet is in one afterwards; and the folder is no longer fresh.
    one(program, kept.path())?;
    let (mut fresh, mut again) = (Vec::new(), Vec::new());
    for _ in 0..extent.starts {
        let folder = tempfile::tempdir()?;
        fresh.push(one(program, folder.path())?);
        again.push(one(program, kept.path())?);
    }
    Ok(vec![
        Line::of("exec to the first 200 of /health/live, on a fresh folder", "ms", &fresh)
            .held_to(500.0, 50.0),
        Line::of("the same, on a folder served before", "ms", &again).held_to(500.0, 50.0),
    ])
}

/// Milliseconds until it answers.
fn one(program: &Path, folder: &Path) -> anyhow::Result<f64> {
    interrupt::check()?;
    // Free a moment ago; that somebody else takes it meanwhile is seen as a start that fails.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let start = Start { program, folder, port: address.port(), settings: &[], aloud: false };
    let begun = Instant::now();
    let _service = Ended(start.spawn()?);
    loop {
        if lives(address).unwrap_or(false) {
            return Ok(begun.elapsed().as_secs_f64() * 1000.0);
        }
        ensure!(begun.elapsed() < PATIENCE, "no answer of /health/live within {} s", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn lives(address: SocketAddr) -> std::io::Result<bool> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut beginning = [0; 12];
    connection.read_exact(&mut beginning)?;
    Ok(&beginning == b"HTTP/1.1 200")
}
