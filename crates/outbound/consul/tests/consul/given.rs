//! What the tests have in common: an instance, something to check, and patience with an end.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use creativestore_consul::{Consul, ConsulSettings, Pace};
use creativestore_tests::servers::consul::Consul as Server;
use serde_json::Value;
use tokio::task::JoinHandle;

/// What `leave` may take, with what a busy machine adds.
pub const LEAVING: Duration = Duration::from_secs(2);

/// The service and the instance of every test: each has a Consul of its own.
pub const NAME: &str = "creativestore";
pub const INSTANCE: &str = "creativestore-a";

/// A quick pace, with the same bound of a call.
pub fn pace() -> Pace {
    Pace {
        look: Duration::from_millis(50),
        first: Duration::from_millis(10),
        longest: Duration::from_millis(100),
        call: Duration::from_secs(1),
        check: Duration::from_millis(100),
    }
}

/// An instance that registers at `consul` and says that it is at `at`.
pub fn instance(consul: SocketAddr, at: SocketAddr) -> Arc<Consul> {
    let settings = ConsulSettings {
        address: consul.to_string(),
        name: NAME.to_owned(),
        instance: INSTANCE.to_owned(),
        host: at.ip(),
        port: at.port(),
        version: "1.2.3".to_owned(),
    };
    Arc::new(Consul::with_pace(settings, pace()).expect("settings"))
}

/// Where nobody is.
pub fn nowhere() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 9).into()
}

/// `keep` in the background, until this is dropped.
pub struct Kept(JoinHandle<()>);

impl Kept {
    pub fn of(consul: &Arc<Consul>) -> Self {
        let consul = Arc::clone(consul);
        Self(tokio::spawn(async move { consul.keep().await }))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Waits until something is so.
pub async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !so() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::task::yield_now().await;
    }
}

/// What the catalogue has of the instance, node by node.
pub fn entries(server: &Server) -> Vec<Value> {
    let said = server.get(&format!("/v1/health/service/{NAME}")).expect("the catalogue");
    said.as_array().expect("a list").clone()
}

/// The state of the instance's own check.
pub fn check(server: &Server) -> Option<Value> {
    let checks = entries(server).first()?.get("Checks")?.as_array()?.clone();
    checks.into_iter().find(|check| check["ServiceID"] == INSTANCE)
}

/// Something that answers every request with a status.
pub struct Web {
    pub address: SocketAddr,
    pub status: Arc<AtomicU16>,
    pub asked: Arc<Mutex<String>>,
}

impl Web {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let (status, asked) = (Arc::new(AtomicU16::new(200)), Arc::new(Mutex::new(String::new())));
        let (said, heard) = (Arc::clone(&status), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut request = [0; 1024];
                let read = stream.read(&mut request).unwrap_or(0);
                let line = String::from_utf8_lossy(&request[..read]).lines().next().map(str::to_owned);
                *heard.lock().expect("a lock") = line.unwrap_or_default();
                let status = said.load(Ordering::SeqCst);
                let _ =
                    write!(stream, "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            }
        });
        Self { address, status, asked }
    }
}
