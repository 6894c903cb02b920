//! Stands between the demo and a service, hands everything on, and breaks one thing. Knows HTTP/1.1 as far as the two
//! speak it, and no more.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is broken in the answers to some requests.
pub struct Fault {
    pub name: &'static str,
    pub method: &'static str,
    /// Whether the path, with its query, is one of them.
    pub path: fn(&str) -> bool,
    pub damage: Damage,
}

pub enum Damage {
    /// The answer has this status and an empty body.
    Status(u16),
    /// The body has the second text wherever it had the first.
    Text(&'static str, &'static str),
    /// The body is this one.
    Body(&'static str),
    /// The answer lacks this header.
    Without(&'static str),
}

pub struct Proxy {
    pub address: SocketAddr,
    done: Arc<AtomicUsize>,
}

impl Proxy {
    /// Hands on to `upstream` until the process ends: its threads wait for connections only.
    pub fn start(upstream: SocketAddr, fault: Option<Fault>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let done = Arc::new(AtomicUsize::new(0));
        let (fault, counter) = (Arc::new(fault), done.clone());
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (fault, counter) = (fault.clone(), counter.clone());
                // Either side may hang up at any time: that is no business of the one between.
                std::thread::spawn(move || hand_on(&connection, upstream, fault.as_ref().as_ref(), &counter));
            }
        });
        Self { address, done }
    }

    /// How many answers were damaged.
    pub fn damaged(&self) -> usize {
        self.done.load(Ordering::SeqCst)
    }
}

fn head(from: &mut impl BufRead) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 || line == "\r\n" {
            return Ok(lines);
        }
        lines.push(line);
    }
}

fn named<'a>(lines: &'a [String], name: &str) -> Option<&'a str> {
    let pairs = lines.iter().skip(1).filter_map(|line| line.split_once(':'));
    pairs.into_iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn hand_on(
    client: &TcpStream,
    upstream: SocketAddr,
    fault: Option<&Fault>,
    counter: &AtomicUsize,
) -> std::io::Result<()> {
    let mut from_client = BufReader::new(client);
    let request = head(&mut from_client)?;
    let Some(first) = request.first() else { return Ok(()) };
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let length = named(&request, "content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    from_client.read_exact(&mut body)?;

    let mut server = TcpStream::connect(upstream)?;
    let kept = request.iter().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let kept: String = kept.map(String::as_str).collect();
    server.write_all(format!("{kept}connection: close\r\n\r\n").as_bytes())?;
    server.write_all(&body)?;

    let mut from_server = BufReader::new(server);
    let mut answer = head(&mut from_server)?;
    let fault = fault.filter(|it| it.method == method && (it.path)(path));
    let chunked = named(&answer, "transfer-encoding").is_some_and(|it| it.eq_ignore_ascii_case("chunked"));
    answer.retain(|line| {
        let line = line.to_ascii_lowercase();
        let without =
            matches!(fault, Some(Fault { damage: Damage::Without(name), .. }) if line.starts_with(name));
        if without {
            counter.fetch_add(1, Ordering::SeqCst);
        }
        let framing = ["connection:", "content-length:", "transfer-encoding:"];
        !without && !framing.iter().any(|name| line.starts_with(name))
    });
    let mut to_client = client;
    if let Some(Fault { damage: Damage::Status(status), .. }) = fault {
        counter.fetch_add(1, Ordering::SeqCst);
        return write!(
            to_client,
            "HTTP/1.1 {status} Broken\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        );
    }
    // Its end is where the connection ends.
    write!(to_client, "{}connection: close\r\n\r\n", answer.concat())?;
    if let Some(Fault { damage: Damage::Body(body), .. }) = fault {
        counter.fetch_add(1, Ordering::SeqCst);
        return to_client.write_all(body.as_bytes());
    }
    while let Some(mut piece) = piece(&mut from_server, chunked)? {
        if let Some(Fault { damage: Damage::Text(from, to), .. }) = fault {
            let text = String::from_utf8_lossy(&piece);
            if text.contains(from) {
                counter.fetch_add(1, Ordering::SeqCst);
                piece = text.replace(from, to).into_bytes();
            }
        }
        to_client.write_all(&piece)?;
    }
    Ok(())
}

/// The next chunk of a body, or all of one that is not chunked.
fn piece(from: &mut impl BufRead, chunked: bool) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    if !chunked {
        from.read_to_end(&mut bytes)?;
        return Ok(Some(bytes).filter(|bytes| !bytes.is_empty()));
    }
    let mut size = String::new();
    from.read_line(&mut size)?;
    let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
    if size == 0 {
        return Ok(None);
    }
    bytes.resize(size, 0);
    from.read_exact(&mut bytes)?;
    from.read_line(&mut String::new())?;
    Ok(Some(bytes))
}
