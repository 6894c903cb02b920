//! The commands that need a service, against the real one. Knows them by their command line only.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

mod corpus;
mod demo;
mod faults;
mod proxy;

/// The service's binary: where `cargo xtask test` says, else where cargo put it.
#[expect(
    clippy::disallowed_methods,
    reason = "the test command says in the environment what is to be tested"
)]
fn program() -> PathBuf {
    let beside = || {
        let test = std::env::current_exe().expect("the test has a path");
        test.ancestors().nth(2).expect("target/debug/deps/test").join("creativestore")
    };
    let program = std::env::var_os("CREATIVESTORE_TEST_PROGRAM").map_or_else(beside, PathBuf::from);
    assert!(program.exists(), "{} is not there: cargo build -p creativestore-app", program.display());
    program
}

/// A service on a fresh folder, killed when this is dropped.
struct Service {
    child: Child,
    address: SocketAddr,
    token: String,
    _folder: TempDir,
}

impl Service {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = Command::new(program())
            .args(["serve", "--json"])
            .current_dir(folder.path())
            .env_clear()
            .env("SERVER_PORT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the service starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let ready: Value = serde_json::from_str(&line).expect("it says where it listens");
        let url = ready["url"].as_str().expect("an address");
        let address = url.trim_start_matches("http://").parse().expect("an address");
        let token = ready["one_time_token"].as_str().expect("a fresh folder has no user").to_owned();
        Self { child, address, token, _folder: folder }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
