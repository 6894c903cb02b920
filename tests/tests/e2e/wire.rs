//! HTTP/1.1 as bytes on a connection: what no honest client would send. Knows no route.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail};

/// How long a connection may be silent.
const SILENCE: Duration = Duration::from_secs(30);

/// A connection to a service.
pub struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

/// An answer, as it came.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Wire {
    /// Connects to `127.0.0.1:port`.
    pub fn to(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(SILENCE))?;
        stream.set_write_timeout(Some(SILENCE))?;
        Ok(Self { stream, read: Vec::new() })
    }

    /// Sends bytes; an error when the other side has closed.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    /// Says that nothing more will come.
    pub fn close_half(&self) -> anyhow::Result<()> {
        Ok(self.stream.shutdown(Shutdown::Write)?)
    }

    /// The next answer, whose length must be told.
    pub fn reply(&mut self) -> anyhow::Result<Reply> {
        let head = loop {
            if let Some(at) = self.read.windows(4).position(|it| it == b"\r\n\r\n") {
                break self.read.drain(..at + 4).collect::<Vec<u8>>();
            }
            if !self.more()? {
                bail!("closed without an answer, after {:?}", String::from_utf8_lossy(&self.read));
            }
        };
        let head = String::from_utf8(head)?.to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).context("a status")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.map_or(Ok(0), |it| it.trim().parse())?;
        while self.read.len() < length {
            if !self.more()? {
                bail!("closed inside an answer");
            }
        }
        let body = self.read.drain(..length).collect();
        Ok(Reply { status, head, body: String::from_utf8(body)? })
    }

    /// Waits until the other side closes; what it says before is forgotten.
    pub fn closed(&mut self) -> anyhow::Result<()> {
        while self.more()? {
            self.read.clear();
        }
        Ok(())
    }

    fn more(&mut self) -> anyhow::Result<bool> {
        let mut piece = [0; 4096];
        match self.stream.read(&mut piece) {
            Ok(0) => Ok(false),
            Ok(n) => {
                self.read.extend(&piece[..n]);
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(false),
            Err(error) => Err(error).context("waiting for an answer"),
        }
    }
}

/// The head of an upload, up to and including the empty line.
pub fn upload_head(key: &str, framing: &str) -> String {
    format!(
        "POST /v1/blobs HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/octet-stream\r\n{framing}\r\n\r\n"
    )
}
