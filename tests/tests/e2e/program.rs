//! The built binary, started in a folder with an environment of its own. Knows nothing of what it serves.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

/// How long a command may take, or a start.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A variable of whoever runs the tests.
#[expect(
    clippy::disallowed_methods,
    reason = "which program is tested, and what it needs of the environment"
)]
pub fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

/// A number that whoever runs the tests may give.
pub fn number(name: &str) -> Option<u64> {
    variable(name)?.to_str()?.parse().ok()
}

/// Whether the campaigns that take minutes run at full length.
pub fn long() -> bool {
    variable("CREATIVESTORE_TEST_LONG").is_some_and(|it| it == "1")
}

/// Where the built binary lies.
pub fn program() -> PathBuf {
    let given = variable("CREATIVESTORE_TEST_PROGRAM").map(PathBuf::from);
    let beside = || {
        let test = std::env::current_exe().expect("where this test lies");
        test.ancestors().nth(2).expect("the folder of builds").join("creativestore")
    };
    let program = given.unwrap_or_else(beside);
    assert!(program.is_file(), "{} is not there: cargo build -p creativestore-app", program.display());
    program
}

/// The binary with these arguments, in a folder, with nothing in its environment but what every program needs.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    command_of(&program(), folder, arguments)
}

/// The same of another build.
pub fn command_of(program: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    let needed = ["PATH", "TMPDIR"].into_iter().filter_map(|name| Some((name, variable(name)?)));
    command.args(arguments).current_dir(folder).env_clear().envs(needed);
    command.env("SERVER_PORT", "0").stdin(Stdio::null());
    command
}

/// A process that is killed when this is dropped.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

/// How a process ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

impl Running {
    /// Starts it and follows its standard output.
    pub fn spawn(mut command: Command) -> anyhow::Result<Self> {
        // A group of its own: an interrupt on the terminal is for us, who then end it.
        let mut child = command.stdout(Stdio::piped()).process_group(0).spawn()?;
        let out = child.stdout.take().context("its output is piped")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                // Whoever listened may be gone, and it must not be stopped by a full pipe.
                let _ = sender.send(line);
            }
        });
        Ok(Self { child, lines })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it prints; `None` when it ended before.
    pub fn line(&self, patience: Duration) -> anyhow::Result<Option<String>> {
        match self.lines.recv_timeout(patience) {
            Ok(line) => Ok(Some(line)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => bail!("no line within {patience:?}"),
        }
    }

    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        Ok(kill_process(pid(self.child.id())?, signal)?)
    }

    /// Kills it, the way a machine that loses its power does, and waits until it is gone.
    pub fn kill(&mut self) -> anyhow::Result<ExitStatus> {
        self.child.kill()?;
        Ok(self.child.wait()?)
    }

    /// Waits until it ends by itself. A process that has not ended by then is killed, and that is an error.
    pub fn end(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        let start = std::time::Instant::now();
        while let Some(left) = patience.checked_sub(start.elapsed()) {
            // The pipe is closed by the end of the process.
            if let Err(RecvTimeoutError::Disconnected) = self.lines.recv_timeout(left) {
                return Ok(self.child.wait()?);
            }
        }
        self.kill()?;
        bail!("process {} had not ended within {patience:?} and was killed", self.child.id())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // There is nobody to tell.
        let _ = self.kill();
    }
}

/// The process of this number.
pub fn pid(id: u32) -> anyhow::Result<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw).context("a process id")
}

/// Runs a command to its end, with this on its standard input.
pub fn run_with(mut command: Command, input: &str) -> anyhow::Result<Ended> {
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let id = child.id();
    // A command that refuses its arguments does not read what it was given.
    let _ = child.stdin.take().context("its input is piped")?.write_all(input.as_bytes());
    let (sender, done) = channel();
    std::thread::spawn(move || {
        let mut err = String::new();
        let errors = child.stderr.take();
        let reader = std::thread::spawn(move || {
            errors.map(|mut it| it.read_to_string(&mut err)).transpose().map(|_| err)
        });
        let mut out = String::new();
        let read = child.stdout.take().map(|mut it| it.read_to_string(&mut out)).transpose();
        let status = child.wait();
        let _ = sender.send((status, read.map(|_| out), reader.join()));
    });
    match done.recv_timeout(PATIENCE) {
        Ok((status, out, err)) => {
            let err = err.map_err(|_| anyhow::anyhow!("its errors cannot be read"))?;
            Ok(Ended { status: status?, out: out?, err: err? })
        }
        Err(_) => {
            kill_process(pid(id)?, Signal::KILL)?;
            bail!("{command:?} did not end within {PATIENCE:?} and was killed")
        }
    }
}

/// Runs the binary in a folder to its end.
pub fn run(folder: &Path, arguments: &[&str]) -> anyhow::Result<Ended> {
    run_with(command(folder, arguments), "")
}

impl Ended {
    /// Standard output, if it ended well.
    pub fn well(self) -> anyhow::Result<String> {
        ensure!(self.status.success(), "{}\n{}\n{}", self.status, self.out, self.err);
        Ok(self.out)
    }

    /// Standard error, if it ended with this code.
    pub fn with_code(self, code: i32) -> anyhow::Result<String> {
        ensure!(self.status.code() == Some(code), "not {code}: {self:?}");
        Ok(self.err)
    }
}
