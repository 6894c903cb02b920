//! The demo against the real service, and against one that something is wrong with: whatever stage is broken, it ends
//! with a failure and says where.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::proxy::{Fault, Proxy};
use crate::{Service, program};

/// One of each way that a creative can go.
const FEW: [&str; 4] = ["aurora-leaderboard", "northwind-mobile", "aurora-html5-rectangle", "wrong-vast"];

fn demo() -> Command {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_xtask"));
    demo.args(["demo", "--once", "--json"]).stdin(Stdio::null());
    demo
}

fn told(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|_| {
        panic!("the demo tells what came of it: {text}\n{}", String::from_utf8_lossy(&output.stderr))
    })
}

/// Runs the demo over a few samples through something that breaks one thing, which must be seen and named.
pub fn breaks(stage: &str, faults: Vec<Fault>) {
    for fault in faults {
        let name = fault.name;
        let service = Service::start();
        let proxy = Proxy::start(service.address, Some(fault));
        let output = demo()
            .args(["--url", &format!("http://{}", proxy.address), "--one-time-token", &service.token])
            .args(FEW.map(|id| ["--only", id]).concat())
            .output()
            .expect("the demo runs");
        assert!(proxy.damaged() > 0, "{stage}, {name}: nothing was broken");
        assert_eq!(output.status.code(), Some(1), "{stage}, {name}: the demo ends with a failure");
        let told = told(&output);
        assert_eq!(told["passed"], false, "{stage}, {name}");
        assert_eq!(told["mismatches"][0]["stage"], stage, "{stage}, {name}: {}", told["mismatches"]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(words.contains("expected") && words.contains("found"), "{stage}, {name}: {words}");
    }
}

#[test]
fn with_nothing_broken_all_samples_go_as_they_must() {
    let service = Service::start();
    let proxy = Proxy::start(service.address, None);
    let output = demo()
        .args(["--url", &format!("http://{}", proxy.address), "--one-time-token", &service.token])
        .output()
        .expect("the demo runs");
    let told = told(&output);
    assert_eq!(told["mismatches"], serde_json::json!([]));
    assert!(output.status.success());
    assert!(told["creatives"].as_array().is_some_and(|all| all.len() >= 12));
    let wrong = told["creatives"].as_array().into_iter().flatten();
    let wrong = wrong.filter(|it| it["failed"].as_array().is_some_and(|failed| !failed.is_empty()));
    assert!(wrong.count() >= 2, "some are wrong in instructive ways");
}

/// A folder for temporary files, which must be empty in the end.
struct Scratch(TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn demo(&self, program: &Path) -> Command {
        let mut demo = Command::new(env!("CARGO_BIN_EXE_xtask"));
        demo.arg("demo").arg("--program").arg(program).env("TMPDIR", self.0.path()).stdin(Stdio::null());
        demo
    }

    fn assert_nothing_left(&self) {
        let left: Vec<_> = std::fs::read_dir(self.0.path()).expect("the folder").collect();
        assert!(left.is_empty(), "{left:?}");
        let processes = std::fs::read_dir("/proc").expect("processes").flatten();
        let working = processes.filter_map(|it| std::fs::read_link(it.path().join("cwd")).ok());
        let working: Vec<_> = working.filter(|folder| folder.starts_with(self.0.path())).collect();
        assert!(working.is_empty(), "processes still work in {working:?}");
    }
}

#[test]
fn a_demo_that_is_run_once_starts_a_service_of_its_own_and_leaves_nothing_behind() {
    let scratch = Scratch::new();
    let output = scratch.demo(&program()).arg("--once").output().expect("the demo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(table.contains("tag address") && table.contains("approved"), "{table}");
    scratch.assert_nothing_left();
}

#[test]
fn a_demo_serves_until_it_is_interrupted_and_leaves_nothing_behind() {
    let scratch = Scratch::new();
    let mut demo = scratch.demo(&program()).stdout(Stdio::piped()).spawn().expect("the demo runs");
    let mut lines = BufReader::new(demo.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let serving = lines.find(|line| line.starts_with("Serving until Ctrl-C"));
    assert!(serving.is_some(), "it says that it serves");
    interrupt(&demo);
    let status = demo.wait().expect("it ends");
    assert!(status.success(), "{status}");
    scratch.assert_nothing_left();
}

fn interrupt(demo: &Child) {
    let process = i32::try_from(demo.id()).ok().and_then(rustix::process::Pid::from_raw);
    let process = process.expect("it has an id");
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("it is there");
}

/// A program that claims to be a service.
fn pretender(folder: &Path, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join("pretender");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it can be run");
    path
}

#[test]
fn a_demo_that_is_interrupted_in_the_middle_leaves_nothing_behind() {
    let (scratch, folder) = (Scratch::new(), tempfile::tempdir().expect("a folder"));
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("an address");
    let ready = format!("{{\"url\":\"http://{address}\",\"one_time_token\":\"cs_ott_x\"}}");
    let program = pretender(folder.path(), &format!("echo '{ready}'\nexec sleep 600"));
    let mut demo = scratch.demo(&program).arg("--once").spawn().expect("the demo runs");
    // It signs in, and is never answered.
    let (connection, _) = silent.accept().expect("it asks");
    interrupt(&demo);
    drop((connection, silent));
    let status = demo.wait().expect("it ends");
    assert!(!status.success());
    scratch.assert_nothing_left();
}

#[test]
fn a_service_that_does_not_start_is_a_failure_that_leaves_nothing_behind() {
    for script in ["echo broken >&2; exit 3", "echo 'not what is due'; exec sleep 600"] {
        let (scratch, folder) = (Scratch::new(), tempfile::tempdir().expect("a folder"));
        let program = pretender(folder.path(), script);
        let output = scratch.demo(&program).arg("--once").output().expect("the demo runs");
        assert!(!output.status.success());
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(words.contains("ended before it was ready") || words.contains("not what is due"), "{words}");
        scratch.assert_nothing_left();
    }
}

#[test]
fn a_sample_that_becomes_something_else_than_its_document_says_is_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples");
    let document = std::fs::read_to_string(samples.join("samples.toml")).expect("the samples");
    for name in ["aurora-728x90.png", "wrong-vast-2.0.xml"] {
        std::fs::copy(samples.join(name), folder.path().join(name)).expect("a file");
    }
    let changed = document.replace("expect.failed = [\"version\"]", "expect.failed = [\"weight\"]");
    assert_ne!(changed, document);
    let path = folder.path().join("samples.toml");
    std::fs::File::create(&path).and_then(|mut it| it.write_all(changed.as_bytes())).expect("a document");
    let service = Service::start();
    let output = demo()
        .args(["--url", &format!("http://{}", service.address), "--one-time-token", &service.token])
        .args(["--only", "wrong-vast", "--only", "aurora-leaderboard", "--samples"])
        .arg(&path)
        .output()
        .expect("the demo runs");
    assert_eq!(output.status.code(), Some(1));
    let told = told(&output);
    assert_eq!(told["mismatches"].as_array().map(Vec::len), Some(1), "{}", told["mismatches"]);
    assert_eq!(told["mismatches"][0]["stage"], "checks");
    assert_eq!(told["mismatches"][0]["creative"], "wrong-vast");
}
