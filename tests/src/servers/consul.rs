//! A private Consul: a server of its own, and agents that join it. Knows nothing of what is registered.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};
use serde_json::Value;

use super::{PATIENCE, Running, folder, free_port, kept};
use crate::http::Client;

/// How often a start is tried: ports that were free may be taken by the time it listens.
const TRIES: usize = 5;

/// A running Consul.
pub struct Consul {
    /// Where it answers over HTTP.
    pub address: SocketAddr,
    /// What it calls its node.
    pub node: String,
    gossip: SocketAddr,
    client: Client,
    running: Running,
}

impl Consul {
    /// Starts an empty one on a port of its own.
    pub fn start() -> anyhow::Result<Self> {
        again(|| Self::start_on(free_port()?))
    }

    /// Starts an empty one that answers on this port.
    pub fn start_on(port: u16) -> anyhow::Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        again(|| {
            let server = format!("-server-port={}", free_port()?);
            Self::run(address, &["-dev", &server])
        })
    }

    /// Starts an agent without a catalogue of its own, on another loopback address and the same port, that joins this one.
    pub fn joined(&self, ip: Ipv4Addr) -> anyhow::Result<Self> {
        let address = SocketAddr::from((ip, self.address.port()));
        let join = format!("-retry-join={}", self.gossip);
        // It dials the server's port, which it hears of from the server.
        let agent = again(|| Self::run(address, &[&join]))?;
        let deadline = Instant::now() + PATIENCE;
        while self.get("/v1/catalog/nodes")?.as_array().is_none_or(|nodes| nodes.len() < 2) {
            if Instant::now() > deadline {
                bail!("the agent did not join");
            }
        }
        Ok(agent)
    }

    /// What it answers to GET.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.client.get(path)?;
        if answer.status != 200 {
            bail!("{path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        serde_json::from_slice(&answer.body).with_context(|| format!("JSON from {path}"))
    }

    /// Ends it. All that it knew is gone.
    pub fn stop(self) {
        drop(self.running);
    }

    fn run(address: SocketAddr, more: &[&str]) -> anyhow::Result<Self> {
        let folder = folder()?;
        // Its own copy: the folder of what was fetched may be closed to the user that it runs as.
        std::fs::copy(program()?, folder.join("consul"))?;
        let ip = address.ip();
        let node = format!("node-{ip}").replace('.', "-");
        let gossip = SocketAddr::new(ip, free_port()?);
        let data = folder.join("data");
        let arguments = [
            "agent".to_owned(),
            format!("-node={node}"),
            format!("-bind={ip}"),
            format!("-client={ip}"),
            format!("-http-port={}", address.port()),
            "-dns-port=-1".to_owned(),
            "-grpc-port=-1".to_owned(),
            format!("-serf-lan-port={}", gossip.port()),
            format!("-serf-wan-port={}", free_port()?),
            "-disable-host-node-id".to_owned(),
            format!("-data-dir={}", data.display()),
        ];
        let arguments = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>();
        let running =
            Running::start(&folder.join("consul"), &arguments, &folder)?.until_open(address, &folder)?;
        let client = Client::new(&format!("http://{address}"));
        let consul = Self { address, node, gossip, client, running };
        let deadline = Instant::now() + PATIENCE;
        // Before there is a leader, the catalogue takes nothing.
        while !consul.get("/v1/status/leader").is_ok_and(|leader| leader != "") {
            if Instant::now() > deadline {
                bail!("it has no leader: {}", std::fs::read_to_string(folder.join("log"))?);
            }
            std::thread::yield_now();
        }
        Ok(consul)
    }
}

/// Tries until it starts.
fn again(start: impl Fn() -> anyhow::Result<Consul>) -> anyhow::Result<Consul> {
    let mut tried = start();
    for _ in 1..TRIES {
        if tried.is_ok() {
            break;
        }
        tried = start();
    }
    tried
}

/// The program, fetched once and kept beside what cargo builds.
fn program() -> anyhow::Result<PathBuf> {
    kept::debian("consul", include_str!("consul.sh"), &[])
}
