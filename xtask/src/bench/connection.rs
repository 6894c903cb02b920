//! One connection that stays open and is asked one thing after another. Knows HTTP/1.1 with content lengths, and spends
//! little.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use anyhow::{Context as _, ensure};

/// No answer takes longer than this, not even that to a large file on a fifth of a processor.
const PATIENCE: Duration = Duration::from_mins(5);

/// The most bytes of an answer that are taken at once.
const PIECE: usize = 64 * 1024;

/// An open connection.
pub struct Connection {
    stream: TcpStream,
    /// What every request's head ends with.
    rest: String,
    request: Vec<u8>,
    piece: Vec<u8>,
    /// The body of the last answer.
    pub body: Vec<u8>,
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl Connection {
    /// Connects, to ask as whoever has the key.
    pub fn open(address: SocketAddr, key: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let rest = format!(" HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n");
        Ok(Self { stream, rest, request: Vec::new(), piece: vec![0; PIECE], body: Vec::new() })
    }

    /// Asks for a path; the answer must be 200, with something in it.
    pub fn get(&mut self, path: &str) -> anyhow::Result<()> {
        self.send("GET", path, "", &[])?;
        self.receive_some().with_context(|| format!("GET {path}"))
    }

    /// Waits for the answer, which must be 200, with something in it.
    pub fn receive_some(&mut self) -> anyhow::Result<()> {
        let status = self.receive()?;
        ensure!(status == 200, "{status} {}", String::from_utf8_lossy(&self.body));
        ensure!(!self.body.is_empty(), "the answer was empty");
        Ok(())
    }

    /// Asks, with these headers besides (each with its line's end); the status.
    pub fn ask(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> anyhow::Result<u16> {
        self.send(method, path, headers, body)?;
        self.receive()
    }

    /// Asks, and does not wait for the answer.
    pub fn send(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> anyhow::Result<()> {
        let request = &mut self.request;
        request.clear();
        for part in [method, " ", path, &self.rest, headers] {
            request.extend_from_slice(part.as_bytes());
        }
        if !body.is_empty() {
            write!(request, "content-length: {}\r\n", body.len())?;
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        Ok(self.stream.write_all(request)?)
    }

    /// Waits for the answer to what was asked; its status.
    pub fn receive(&mut self) -> anyhow::Result<u16> {
        answer(&mut self.stream, &mut self.piece, &mut self.body)
    }
}

/// Reads one answer to its end; its status. Nothing comes after it, as nothing more was asked.
fn answer(from: &mut impl Read, piece: &mut [u8], body: &mut Vec<u8>) -> anyhow::Result<u16> {
    let mut filled = 0;
    let end = loop {
        let read =
            from.read(piece.get_mut(filled..).filter(|it| !it.is_empty()).context("a head without end")?)?;
        ensure!(read > 0, "the connection was closed");
        filled += read;
        if let Some(end) = piece[..filled].windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let head = std::str::from_utf8(&piece[..end])?;
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let status = status.with_context(|| format!("the answer was {first}"))?;
    let mut headers = lines.filter_map(|line| line.split_once(':'));
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.context("an answer without content-length")?.1.trim().parse()?;
    let begun = &piece[end + 4..filled];
    ensure!(begun.len() <= length, "more came than the answer's length of {length}");
    body.clear();
    body.extend_from_slice(begun);
    body.resize(length, 0);
    let begun = begun.len();
    from.read_exact(&mut body[begun..])?;
    Ok(status)
}

#[cfg(test)]
mod tests {
    use super::answer;

    fn read(mut bytes: &[u8]) -> anyhow::Result<(u16, Vec<u8>)> {
        let (mut piece, mut body) = ([0; 64], vec![7; 9]);
        answer(&mut bytes, &mut piece, &mut body).map(|status| (status, body))
    }

    #[test]
    fn an_answer_is_read_to_its_end() {
        let read_well = |bytes| read(bytes).expect("it is well");
        assert_eq!(read_well(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"), (200, b"ab".to_vec()));
        let long = [b"HTTP/1.1 404 Not Found\r\ncontent-length: 90\r\n\r\n".as_slice(), &[1; 90]].concat();
        assert_eq!(read_well(&long), (404, vec![1; 90]), "longer than what is taken at once");
        for odd in [
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n",
            "SSH-2.0\r\ncontent-length: 1\r\n\r\na",
        ] {
            assert!(read(odd.as_bytes()).is_err(), "{odd}");
        }
        assert!(read(&[b'a'; 100]).is_err(), "a head without end");
    }
}
