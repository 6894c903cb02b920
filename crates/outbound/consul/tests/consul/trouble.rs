//! A Consul that is absent, that hangs or that lies: nothing waits for it, and it is registered with once it is well.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use creativestore_tests::servers::consul::Consul as Server;
use creativestore_tests::servers::free_port;

use crate::given::{Kept, LEAVING, entries, instance, nowhere, until};

/// What is done to a connection.
type Answer = fn(TcpStream);

/// Something on Consul's port that is not Consul.
struct Pretender {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Pretender {
    /// Does `answer` to every connection, each on a thread.
    fn start(port: u16, answer: Answer) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(stream) = stream {
                    std::thread::spawn(move || answer(stream));
                }
            }
        });
        Self { address, stop, thread: Some(thread) }
    }
}

impl Drop for Pretender {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Woken, it sees that it is told to end.
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Reads until the other side has enough.
fn hang(mut stream: TcpStream) {
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

fn garbage(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 1024]);
    let _ = stream.write_all(b"\x00\xff\x16\x03 what?\r\n\r\n");
}

fn endless_head(mut stream: TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ");
    while stream.write_all(&[b'x'; 4096]).is_ok() {}
}

fn endless_body(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 1024]);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
    while stream.write_all(&[b'['; 8192]).is_ok() {}
}

fn forever_informing(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 1024]);
    while stream.write_all(b"HTTP/1.1 102 Processing\r\n\r\n").is_ok() {}
}

/// Says `body` to everything, in good HTTP.
fn say(mut stream: TcpStream, body: &str) {
    let mut request = [0; 4096];
    while stream.read(&mut request).is_ok_and(|read| read > 0) {
        let length = body.len();
        if write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}").is_err() {
            return;
        }
    }
}

fn html(stream: TcpStream) {
    say(stream, "<html>it works</html>");
}

fn nothing_to_everything(stream: TcpStream) {
    say(stream, "[]");
}

fn odd_entries(stream: TcpStream) {
    say(stream, r#"[{"Service":{"ID":"creativestore-a","Port":-1}},7,null]"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consul_that_comes_late_is_registered_with() {
    let port = free_port().expect("a port");
    let consul = instance((Ipv4Addr::LOCALHOST, port).into(), nowhere());
    let _kept = Kept::of(&consul);
    until("seen that it is absent", || consul.problem().is_some_and(|it| it.contains("connected"))).await;
    let server = Server::start_on(port).expect("Consul");
    until("registered", || entries(&server).len() == 1).await;
    until("no problem", || consul.problem().is_none()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_hangs_or_lies_is_a_problem_and_is_registered_with_when_it_is_well() {
    let port = free_port().expect("a port");
    let consul = instance((Ipv4Addr::LOCALHOST, port).into(), nowhere());
    let _kept = Kept::of(&consul);
    let pretenders: [(Answer, &str); 8] = [
        (hang, "no answer within 1s"),
        (garbage, "no answer of Consul's"),
        (endless_head, "no answer of Consul's"),
        (endless_body, "no answer of Consul's"),
        (forever_informing, "no answer of Consul's"),
        (html, "no answer of Consul's"),
        (nothing_to_everything, "lacks /Config/NodeName"),
        (odd_entries, "lacks /Node/Node"),
    ];
    for (answer, expected) in pretenders {
        let pretender = Pretender::start(port, answer);
        until(expected, || consul.problem().is_some_and(|problem| problem.contains(expected))).await;
        // The one before may have been of the same kind: connecting fails in between.
        drop(pretender);
        until("absent", || consul.problem().is_some_and(|problem| problem.contains("connected"))).await;
    }
    let server = Server::start_on(port).expect("Consul");
    until("registered", || entries(&server).len() == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_takes_a_second_at_most_whatever_consul_does() {
    let pretenders: [(&str, Answer); 5] = [
        ("hangs", hang),
        ("garbage", garbage),
        ("an endless body", endless_body),
        ("informs for ever", forever_informing),
        ("a page", html),
    ];
    for (what, answer) in pretenders {
        let server = Server::start().expect("Consul");
        let address = server.address;
        let consul = instance(address, nowhere());
        let kept = Kept::of(&consul);
        until("registered", || entries(&server).len() == 1).await;
        server.stop();
        let _pretender = Pretender::start(address.port(), answer);
        let begun = Instant::now();
        consul.leave().await;
        assert!(begun.elapsed() < LEAVING, "{what}: {:?}", begun.elapsed());
        drop(kept);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_without_having_registered_asks_nobody() {
    let pretender = Pretender::start(0, hang);
    let consul = instance(pretender.address, nowhere());
    let begun = Instant::now();
    consul.leave().await;
    assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn nothing_that_is_kept_holds_up_a_runtime_of_one_thread() {
    let pretender = Pretender::start(0, endless_body);
    let consul = instance(pretender.address, nowhere());
    let _kept = Kept::of(&consul);
    until("seen", || consul.problem().is_some_and(|problem| problem.contains("no answer of Consul's"))).await;
}
