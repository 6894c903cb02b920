//! One connection that stays open and is asked one thing after another. Knows HTTP/1.1 with content lengths, and spends
//! little.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, ensure};

/// No answer takes longer than this, not even that to a large file on a fifth of a processor.
const PATIENCE: Duration = Duration::from_mins(5);

/// An open connection.
pub struct Connection {
    out: TcpStream,
    answers: BufReader<TcpStream>,
    /// What every request's head ends with.
    rest: String,
    line: String,
    /// The body of the last answer.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects, to ask as whoever has the key.
    pub fn open(address: SocketAddr, key: &str) -> anyhow::Result<Self> {
        let out = TcpStream::connect(address)?;
        out.set_nodelay(true)?;
        out.set_read_timeout(Some(PATIENCE))?;
        let answers = BufReader::new(out.try_clone()?);
        let rest = format!(" HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n");
        Ok(Self { out, answers, rest, line: String::new(), body: Vec::new() })
    }

    /// Asks for a path; the answer must be 200, with something in it.
    pub fn get(&mut self, path: &str) -> anyhow::Result<()> {
        let status = self.ask("GET", path, "", &[])?;
        ensure!(status == 200, "GET {path}: {status} {}", String::from_utf8_lossy(&self.body));
        ensure!(!self.body.is_empty(), "GET {path}: the answer was empty");
        Ok(())
    }

    /// Asks, with these headers besides (each with its line's end); the status.
    pub fn ask(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> anyhow::Result<u16> {
        let mut request = format!("{method} {path}{}{headers}", self.rest).into_bytes();
        if !body.is_empty() {
            write!(request, "content-length: {}\r\n", body.len())?;
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        self.out.write_all(&request)?;
        answer(&mut self.answers, &mut self.line, &mut self.body)
    }
}

/// Reads one answer to its end; its status.
fn answer(from: &mut impl BufRead, line: &mut String, body: &mut Vec<u8>) -> anyhow::Result<u16> {
    let mut next = |line: &mut String| -> anyhow::Result<bool> {
        line.clear();
        ensure!(from.read_line(line)? > 0, "the connection was closed");
        Ok(line != "\r\n")
    };
    next(line)?;
    let status = line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let status = status.with_context(|| format!("the answer was {line}"))?;
    let mut length = None;
    while next(line)? {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse()?);
        }
    }
    body.resize(length.context("an answer without content-length")?, 0);
    from.read_exact(body)?;
    Ok(status)
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn an_answer_is_read_to_its_end_and_no_further() {
        let mut two = &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 404 Not Found\r\n\r\n"[..];
        let (mut line, mut body) = (String::new(), Vec::new());
        assert_eq!(answer(&mut two, &mut line, &mut body).expect("the first is well"), 200);
        assert_eq!(body, b"ab");
        assert!(answer(&mut two, &mut line, &mut body).is_err(), "the second has no length");
    }
}
