//! One conversation over one connection, so with one agent. Every step is bounded in time and in bytes. Knows no path.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::{Trouble, route};

/// How much is read in one conversation, heads and all: Consul's longest answer here is some ten thousand bytes. What is
/// not read costs neither memory nor time, however quickly it comes.
const MOST_BYTES: u64 = 512 * 1024;
/// The longest head of an answer.
const HEAD_BYTES: usize = 32 * 1024;
/// How much of a refusal is repeated.
const SAID: usize = 200;

/// An open conversation.
pub struct Talk {
    host: String,
    call: Duration,
    sender: SendRequest<Full<Bytes>>,
    /// What moves the bytes; ends with the conversation.
    _connection: JoinSet<()>,
}

impl Talk {
    /// Connects to a `host:port`. This and each call take at most `call`.
    pub async fn with(host: &str, call: Duration) -> Result<Self, Trouble> {
        let connect = async {
            let mut last = std::io::Error::other("the name has no address");
            for address in route::resolve(host).await? {
                match TcpStream::connect(address).await {
                    Ok(stream) => return Ok(stream),
                    Err(error) => last = error,
                }
            }
            Err(last)
        };
        let stream =
            timeout(call, connect).await.map_err(|_| Trouble::Late(call))?.map_err(Trouble::Connect)?;
        let (read, write) = stream.into_split();
        let stream = TokioIo::new(tokio::io::join(read.take(MOST_BYTES), write));
        let shaken = Builder::new().max_buf_size(HEAD_BYTES).handshake(stream);
        let (sender, connection) = shaken.await.map_err(nonsense)?;
        let mut moving = JoinSet::new();
        moving.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to Consul ended");
            }
        });
        Ok(Self { host: host.to_owned(), call, sender, _connection: moving })
    }

    /// Asks, and returns the status and the whole body.
    pub async fn ask(&mut self, method: Method, path: &str, body: String) -> Result<(u16, Bytes), Trouble> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.host)
            .body(Full::new(Bytes::from(body)))
            .map_err(nonsense)?;
        let answer = async {
            self.sender.ready().await.map_err(nonsense)?;
            let answer = self.sender.send_request(request).await.map_err(nonsense)?;
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await.map_err(nonsense)?;
            Ok((status, body.to_bytes()))
        };
        timeout(self.call, answer).await.map_err(|_| Trouble::Late(self.call))?
    }

    /// Asks for what must be there.
    pub async fn done(&mut self, method: Method, path: &str, body: String) -> Result<Bytes, Trouble> {
        match self.ask(method, path, body).await? {
            (200, body) => Ok(body),
            (status, body) => Err(refused(status, &body)),
        }
    }
}

/// A refusal, with the beginning of what was said.
pub fn refused(status: u16, body: &[u8]) -> Trouble {
    let said = String::from_utf8_lossy(body).trim().escape_debug().take(SAID).collect();
    Trouble::Refused(status, said)
}

fn nonsense(error: impl std::fmt::Display) -> Trouble {
    Trouble::Nonsense(error.to_string())
}
