//! Proxies that do to connections what networks do: cut one at the worst moment, or notice late that a server is no
//! longer ready. Know of what passes through them only what they have to.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How a simple query for the end of a transaction looks on the wire to Postgres.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// How often a balancer asks its servers whether they are ready.
const ASKED: Duration = Duration::from_millis(100);

/// Listens on a free port and hands every connection to `connection`, each in a thread of its own.
fn listen(connection: impl Fn(TcpStream) + Send + Sync + 'static) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let connection = Arc::new(connection);
    // Ends with the process: nothing waits for it.
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = Arc::clone(&connection);
            std::thread::spawn(move || connection(stream));
        }
    });
    Ok(address)
}

/// Passes bytes on until one side ends, then ends the other in that direction. `seen` looks at each piece before it is
/// passed on, and may end both at once.
fn pass(mut from: &TcpStream, mut to: &TcpStream, seen: impl Fn(&[u8]) -> bool) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if !seen(&buffer[..length]) {
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
            return;
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// A proxy before Postgres that can lose the answer to a commit.
pub struct Cutter {
    /// Where it listens.
    pub address: SocketAddr,
    armed: Arc<AtomicBool>,
}

impl Cutter {
    /// Stands before the server on this port.
    pub fn start(port: u16) -> anyhow::Result<Self> {
        let armed = Arc::new(AtomicBool::new(false));
        let trap = Arc::clone(&armed);
        let address = listen(move |client| {
            let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return };
            let committing = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    pass(&client, &server, |bytes| {
                        let commits = bytes.windows(COMMIT.len()).any(|window| window == COMMIT);
                        if commits && trap.swap(false, Ordering::SeqCst) {
                            committing.store(true, Ordering::SeqCst);
                        }
                        true
                    });
                });
                // The server answered, so it is done. The answer goes nowhere.
                pass(&server, &client, |_| !committing.load(Ordering::SeqCst));
            });
        })?;
        Ok(Self { address, armed })
    }

    /// The next commit is done, and its answer lost with the connection.
    pub fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    /// Whether that has not happened yet.
    pub fn armed(&self) -> bool {
        self.armed.load(Ordering::SeqCst)
    }
}

/// A server behind a balancer.
struct Backend {
    address: SocketAddr,
    /// Since when it was not ready.
    unready: Option<Instant>,
    /// Whether it was ready once.
    known: bool,
}

/// Gives each connection to the next of the ready servers, as the network of a cluster does: it notices late that one is
/// no longer ready.
pub struct Balancer {
    /// Where it listens.
    pub address: SocketAddr,
    backends: Arc<Mutex<Vec<Backend>>>,
    gone: Arc<AtomicBool>,
}

impl Balancer {
    /// A balancer that goes on giving connections to a server for so long after it became unready.
    pub fn start(late: Duration) -> anyhow::Result<Self> {
        let (backends, gone) = (Arc::<Mutex<Vec<Backend>>>::default(), Arc::new(AtomicBool::new(false)));
        let (asked, given, end) = (Arc::clone(&backends), Arc::clone(&backends), Arc::clone(&gone));
        std::thread::spawn(move || {
            while !end.load(Ordering::SeqCst) {
                let addresses: Vec<SocketAddr> = all(&asked).iter().map(|it| it.address).collect();
                for address in addresses {
                    let ready = is_ready(address);
                    for backend in all(&asked).iter_mut().filter(|it| it.address == address) {
                        backend.known |= ready;
                        backend.unready = if ready { None } else { backend.unready.or(Some(Instant::now())) };
                    }
                }
                std::thread::park_timeout(ASKED);
            }
        });
        let turn = AtomicUsize::new(0);
        let address = listen(move |client| {
            let ready: Vec<SocketAddr> = all(&given)
                .iter()
                .filter(|it| it.known && it.unready.is_none_or(|since| since.elapsed() < late))
                .map(|it| it.address)
                .collect();
            let next = turn.fetch_add(1, Ordering::SeqCst) % ready.len().max(1);
            let Some(Ok(server)) = ready.get(next).map(TcpStream::connect) else { return };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            std::thread::scope(|scope| {
                scope.spawn(|| pass(&client, &server, |_| true));
                pass(&server, &client, |_| true);
            });
        })?;
        Ok(Self { address, backends, gone })
    }

    /// A server more, used as soon as it is ready.
    pub fn add(&self, address: SocketAddr) {
        all(&self.backends).push(Backend { address, unready: Some(Instant::now()), known: false });
    }

    /// Waits until so many servers are ready.
    pub fn until_ready(&self, many: usize) -> anyhow::Result<()> {
        let ready = || all(&self.backends).iter().filter(|it| it.known && it.unready.is_none()).count();
        crate::servers::wait("too few servers are ready", || ready() >= many)
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::SeqCst);
    }
}

fn all(backends: &Mutex<Vec<Backend>>) -> MutexGuard<'_, Vec<Backend>> {
    backends.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status.ends_with(b"200"))
    };
    ask().unwrap_or(false)
}
