//! Traces, as a collector gets them, and collectors that get none. Knows of OTLP only which bytes must be in it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use creativestore_tests::bytes::picture;
use rustix::net::{AddressFamily, SocketType};
use serde_json::json;

use crate::flow::image;
use crate::server::{House, SOON, Server, World, log};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const NOT_SAMPLED: &str = "0af7651916cd43dd8448eb211c80319c";
const PROBE: &str = "a3ce929d0e0e47364bf92f3577b34da6";
const PARENT: &str = "00f067aa0ba902b7";
/// How long a service may take to end when nobody takes its traces: two seconds for those, and a bit.
const END: Duration = Duration::from_secs(4);

/// What a collector was sent.
struct Sent {
    head: String,
    body: Vec<u8>,
}

impl Sent {
    fn has(&self, bytes: &[u8]) -> bool {
        self.body.windows(bytes.len()).any(|window| window == bytes)
    }
}

/// A collector that takes everything, until the test ends.
struct Collector {
    endpoint: String,
    sent: Receiver<Sent>,
    all: Vec<Sent>,
}

impl Collector {
    fn listen() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (sender, sent) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                std::thread::spawn(move || take(&stream, &sender));
            }
        });
        Ok(Self { endpoint, sent, all: Vec::new() })
    }

    /// Waits until something was sent with these bytes in it.
    fn until(&mut self, bytes: &[u8]) -> anyhow::Result<&Sent> {
        let deadline = Instant::now() + SOON;
        while !self.all.iter().any(|sent| sent.has(bytes)) {
            let left = deadline.saturating_duration_since(Instant::now());
            let wanted = || format!("{} was never sent", bytes.escape_ascii());
            self.all.push(self.sent.recv_timeout(left).with_context(wanted)?);
        }
        self.all.iter().find(|sent| sent.has(bytes)).context("it was there")
    }

    /// Whether these bytes are in anything that was sent until now.
    fn has(&mut self, bytes: &[u8]) -> bool {
        self.all.extend(self.sent.try_iter());
        self.all.iter().any(|sent| sent.has(bytes))
    }
}

/// Takes the requests of one connection, as long as it is open.
fn take(stream: &TcpStream, sender: &Sender<Sent>) -> anyhow::Result<()> {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            ensure!(reader.read_line(&mut head)? > 0, "it was closed");
        }
        let length = head.to_ascii_lowercase();
        let length = length.lines().find_map(|line| line.strip_prefix("content-length:"));
        let mut body = vec![0; length.context("a length")?.trim().parse()?];
        reader.read_exact(&mut body)?;
        sender.send(Sent { head, body })?;
        writer.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n",
        )?;
    }
}

fn traceparent(trace: &str, sampled: &str) -> String {
    format!("00-{trace}-{PARENT}-{sampled}")
}

/// A service with one thread that sends every trace there.
fn start(endpoint: &str) -> anyhow::Result<World> {
    World::start(&[
        ("SERVER_THREADS", "1"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("TRACING_SERVICE_NAME", "traced-creatives"),
        ("TRACING_SAMPLE_RATIO", "1"),
        // Sending is logged, too, and must not be traced again.
        ("LOG_LEVEL", "debug"),
    ])
}

/// Puts something in, which makes spans of all kinds; its id.
fn put_something_in(house: &House) -> anyhow::Result<String> {
    let blob = house.upload(&picture(1))?;
    Ok(house.put_in("Aurora", &image(&blob))?.0)
}

/// Asks for one creative as a part of a trace.
fn ask(house: &House, creative: &str, traceparent: &str) -> anyhow::Result<()> {
    let headers = [("traceparent", traceparent)];
    house.client.ask("GET", &format!("/v1/creatives/{creative}"), &headers, ())?.expect(200)?;
    Ok(())
}

/// Does what a line of the log tells; the id of the request that it was.
fn use_a_token_twice(server: &Server, house: &House) -> anyhow::Result<String> {
    let session = server.anyone().post("/v1/auth/token", &json!({ "api_key": house.key }))?.expect(200)?;
    let token = json!({ "refresh_token": session["refresh_token"] });
    server.anyone().post("/v1/auth/refresh", &token)?.expect(200)?;
    let refused = server.anyone().post("/v1/auth/refresh", &token)?;
    ensure!(refused.status == 401, "{}", refused.text());
    Ok(refused.header("x-request-id").to_owned())
}

/// Serves as ever and ends well and soon, whatever the collector does: its log; `meanwhile` waits until spans were to be sent.
fn serves_and_ends(endpoint: &str, meanwhile: impl Fn() -> anyhow::Result<()>) -> anyhow::Result<String> {
    let World { house, server, folder } = start(endpoint)?;
    let creative = put_something_in(&house)?;
    meanwhile()?;
    ask(&house, &creative, &traceparent(TRACE, "01"))?;
    ensure!(server.anyone().get("/health/ready")?.status == 200, "not ready");
    let begun = Instant::now();
    let status = server.terminate()?;
    let (took, log) = (begun.elapsed(), log(folder.path()));
    ensure!(status.code() == Some(0), "{status}: {log}");
    ensure!(took < END, "it took {took:?} to end: {log}");
    ensure!(!log.contains("panicked"), "{log}");
    Ok(log)
}

#[test]
fn a_request_becomes_a_span_of_the_trace_that_it_names_and_work_becomes_spans_too() -> anyhow::Result<()> {
    let mut collector = Collector::listen()?;
    let World { house, server, folder } = start(&collector.endpoint)?;
    let creative = put_something_in(&house)?;
    ask(&house, &creative, &traceparent(TRACE, "01"))?;
    ask(&house, &creative, &traceparent(NOT_SAMPLED, "00"))?;
    ask(&house, &creative, "00-not-a-trace")?;
    let probe = [("traceparent", &*traceparent(PROBE, "01"))];
    for path in ["/health/live", "/health/ready", "/metrics"] {
        ensure!(server.anyone().ask("GET", path, &probe, ())?.status == 200, "{path}");
    }

    let of_a_line = use_a_token_twice(&server, &house)?;

    let sent = collector.until(&hex::decode(TRACE)?)?;
    ensure!(sent.head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{}", sent.head);
    ensure!(
        sent.has(b"traced-creatives") && sent.has(env!("CARGO_PKG_VERSION").as_bytes()),
        "another service"
    );
    ensure!(sent.has(&hex::decode(PARENT)?), "a child of nobody");
    let status = server.terminate()?;
    let log = log(folder.path());
    ensure!(status.code() == Some(0) && !log.contains("panicked"), "{status}: {log}");
    // The process sent the rest before it ended.
    for name in ["GET /v1/creatives/{", "http.response.status_code", "inspection", "relay"] {
        ensure!(collector.has(name.as_bytes()), "no {name}");
    }
    for trace in [NOT_SAMPLED, PROBE] {
        ensure!(!collector.has(&hex::decode(trace)?), "{trace} was sent");
    }
    ensure!(!collector.has(creative.as_bytes()), "an id was sent");
    ensure!(!log.contains("the collector"), "{log}");
    // Lines know the request they belong to, and nothing of spans.
    let line = log.lines().find(|line| line.contains("a refresh token was used twice")).context("no line")?;
    ensure!(line.ends_with(&format!(" request_id={of_a_line}")), "{of_a_line}: {line}");
    ensure!(!log.contains("otel."), "{log}");
    Ok(())
}

#[test]
fn a_collector_that_never_answers_holds_up_neither_requests_nor_the_end() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let (sender, connected) = channel();
    std::thread::spawn(move || {
        // Kept, since a connection that is closed is an answer.
        let mut open = Vec::new();
        for stream in listener.incoming().map_while(Result::ok) {
            open.push(stream);
            let _ = sender.send(());
        }
    });
    let log = serves_and_ends(&endpoint, || connected.recv_timeout(SOON).context("nothing was sent"))?;
    ensure!(log.contains("the last traces did not reach the collector"), "{log}");
    Ok(())
}

#[test]
fn a_collector_that_is_not_there_holds_up_neither_requests_nor_the_end() -> anyhow::Result<()> {
    // Bound and not listened to: nobody else can come to listen there meanwhile.
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    rustix::net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
    let address = SocketAddrV4::try_from(rustix::net::getsockname(&socket)?)?;
    let log = serves_and_ends(&format!("http://{address}"), || Ok(()))?;
    ensure!(log.matches("the collector does not take traces").count() == 1, "{log}");
    Ok(())
}

#[test]
fn a_service_without_a_collector_ends_at_once_and_says_nothing_of_traces() -> anyhow::Result<()> {
    let World { house, server, folder } = World::start(&[("SERVER_THREADS", "1")])?;
    let creative = put_something_in(&house)?;
    ask(&house, &creative, &traceparent(TRACE, "01"))?;
    ensure!(server.terminate()?.code() == Some(0), "it did not end well");
    let log = log(folder.path());
    ensure!(!log.contains("collector") && !log.contains("no traces"), "{log}");
    Ok(())
}

#[test]
fn a_collector_that_cannot_be_spoken_to_leaves_a_service_without_traces() -> anyhow::Result<()> {
    let World { house, server, folder } = start("https://127.0.0.1:4318")?;
    put_something_in(&house)?;
    ensure!(server.terminate()?.code() == Some(0), "it did not end well");
    let log = log(folder.path());
    ensure!(log.contains("no traces are made") && log.contains("plain http"), "{log}");
    Ok(())
}
