//! A container of the image, under everything that the deployment takes away. Knows podman, and nothing of what is served.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context as _, ensure};
use creativestore_tests::servers::{done, packages, wait};
use creativestore_tests::tools::oci::Archive;
use rustix::process::{Pid, Signal, kill_process};

use crate::program::{PATIENCE, Running};

/// Starts podman where neither half of the kernel's control groups is in its way: its runtime refuses machines that have
/// both. Only this command sees it.
const APART: &str = "mount --make-rprivate / && \
    if [ -d /sys/fs/cgroup/unified ]; then umount /sys/fs/cgroup/unified; fi && exec \"$@\"";
const NAME: &str = "creativestore";

/// What is given to a container.
pub struct Given<'a> {
    /// Files and folders, and where they are mounted for reading.
    pub mounts: Vec<(PathBuf, String)>,
    /// What may be written in /tmp, as podman says it: `64m`.
    pub temporary: String,
    pub variables: Vec<(String, String)>,
    /// Names that are this machine.
    pub names: &'a [&'a str],
}

/// A container that runs; it is killed when this is dropped.
pub struct Contained {
    podman: Podman,
    running: Option<Running>,
    folder: tempfile::TempDir,
}

struct Podman {
    program: PathBuf,
    root: PathBuf,
}

impl Podman {
    fn command(&self) -> Command {
        let mut command = if rustix::process::geteuid().is_root() {
            let mut apart = Command::new("unshare");
            apart.args(["--mount", "sh", "-c", APART, "apart"]).arg(&self.program);
            apart
        } else {
            Command::new(&self.program)
        };
        // Images and containers of its own, with nothing asked of the kernel that a container may not have.
        command.arg("--root").arg(self.root.join("images")).arg("--runroot").arg(self.root.join("runs"));
        command.args(["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"]);
        command
    }
}

impl Contained {
    /// Starts the image without waiting for anything.
    pub fn start(archive: &Archive, given: &Given) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("creativestore-").tempdir_in("/tmp")?;
        let podman =
            Podman { program: packages::program("podman", "podman")?, root: folder.path().to_owned() };
        let mut run = podman.command();
        run.args(["run", "--rm", "--name", NAME, "--network", "host", "--pidfile"]);
        run.arg(folder.path().join("process"));
        // As `securityContext` says it. Podman's own filter of system calls is the one that clusters have by default.
        run.args(["--cap-drop", "all", "--security-opt", "no-new-privileges"]);
        run.args(["--read-only", "--read-only-tmpfs=false"]);
        run.args(["--tmpfs", &format!("/tmp:rw,nosuid,nodev,mode=1777,size={}", given.temporary)]);
        // What is left of this machine's own limits may be less than podman would like to give.
        run.args(["--cgroups", "disabled", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]);
        for (from, to) in &given.mounts {
            run.args(["--volume", &format!("{}:{to}:ro", from.display())]);
        }
        for (name, value) in &given.variables {
            run.args(["--env", &format!("{name}={value}")]);
        }
        for name in given.names {
            run.args(["--add-host", &format!("{name}:127.0.0.1")]);
        }
        run.arg(format!("oci-archive:{}", archive.path.display()));
        run.stderr(std::fs::File::create(folder.path().join("log"))?);
        let running = Some(Running::spawn(run)?);
        let this = Self { podman, running, folder };
        wait("it has no process", || this.process().is_ok() || this.log().contains("Error:"))?;
        this.process().with_context(|| this.log())?;
        Ok(this)
    }

    /// What podman and the program said.
    pub fn log(&self) -> String {
        crate::server::log(self.folder.path())
    }

    /// The program's process.
    pub fn process(&self) -> anyhow::Result<Pid> {
        let number = std::fs::read_to_string(self.folder.path().join("process"))?;
        Pid::from_raw(number.trim().parse()?).context("a process of this number")
    }

    /// Runs the program once more in there; what it prints.
    pub fn execute(&self, arguments: &[&str]) -> anyhow::Result<String> {
        done(self.podman.command().args(["exec", NAME, "creativestore"]).args(arguments))
    }

    /// Asks the program to end, and waits.
    pub fn terminate(mut self) -> anyhow::Result<ExitStatus> {
        kill_process(self.process()?, Signal::TERM)?;
        let mut running = self.running.take().context("it runs")?;
        // Podman ends as the program did.
        running.end(PATIENCE).with_context(|| self.log())
    }
}

impl Drop for Contained {
    fn drop(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        if let Ok(process) = self.process() {
            // There is nobody to tell.
            let _ = kill_process(process, Signal::KILL);
            let _ = running.end(PATIENCE);
        }
    }
}

/// What the kernel says of a process, by its name there.
pub fn status(process: Pid, name: &str) -> anyhow::Result<String> {
    let path = format!("/proc/{}/status", process.as_raw_nonzero());
    let status = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    Ok(line
        .with_context(|| format!("{path} has no {name}"))?
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" "))
}

/// The processes that a process started.
pub fn children(of: Pid) -> anyhow::Result<Vec<Pid>> {
    let mut children = Vec::new();
    for task in std::fs::read_dir(Path::new("/proc").join(of.as_raw_nonzero().to_string()).join("task"))? {
        let its = std::fs::read_to_string(task?.path().join("children"))?;
        children.extend(its.split_whitespace().filter_map(|it| Pid::from_raw(it.parse().ok()?)));
    }
    ensure!(!children.is_empty(), "it started no process");
    Ok(children)
}
