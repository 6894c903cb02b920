//! A private Redis. Keeps nothing on disk, so that starting it again on its port is starting it empty.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::{PATIENCE, Running, done, folder, free_port, own, packages};

/// What is special about a Redis.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Everybody must know this password.
    pub password: Option<String>,
    /// No more memory than this, as Redis writes it (`4mb`); what does not fit is refused.
    pub memory: Option<String>,
    /// Nobody is let in without TLS; the certificate, made now, is of `localhost` and 127.0.0.1.
    pub tls: bool,
}

/// A running Redis.
pub struct Redis {
    /// Its port.
    pub port: u16,
    options: Options,
    folder: PathBuf,
    cli: PathBuf,
    running: Running,
}

impl Redis {
    /// Starts one.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_on(free_port()?)
    }

    /// The same, on this port.
    pub fn start_on(port: u16) -> anyhow::Result<Self> {
        Self::start_with(port, Options::default())
    }

    /// The same, with something special about it.
    pub fn start_with(port: u16, options: Options) -> anyhow::Result<Self> {
        let server = packages::program("redis-server", "redis-server")?;
        let cli = packages::program("redis-cli", "redis-tools")?;
        let folder = folder()?;
        let (number, place) = (port.to_string(), folder.display().to_string());
        let mut arguments = vec!["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", &place];
        if let Some(password) = &options.password {
            arguments.extend(["--requirepass", password]);
        }
        if let Some(memory) = &options.memory {
            arguments.extend(["--maxmemory", memory, "--maxmemory-policy", "noeviction"]);
        }
        let (certificate, key) = (certificate(&folder), folder.join("key.pem"));
        let (certificate, key) = (certificate.display().to_string(), key.display().to_string());
        if options.tls {
            make_certificate(&certificate, &key)?;
            arguments.extend(["--port", "0", "--tls-port", &number, "--tls-auth-clients", "no"]);
            arguments.extend(["--tls-cert-file", &certificate, "--tls-key-file", &key]);
        } else {
            arguments.extend(["--port", &number]);
        }
        let running = Running::start(&server, &arguments, &folder)?.until_listening(port, &folder)?;
        let this = Self { port, options, folder, cli, running };
        this.until_it_answers()?;
        Ok(this)
    }

    /// The certificate to trust, where it speaks TLS: it is its own authority.
    pub fn certificate(&self) -> PathBuf {
        certificate(&self.folder)
    }

    /// The process.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// Runs a command in the first database and gives what `redis-cli` prints, without the last line's end. What Redis
    /// calls an error is one.
    pub fn ask(&self, arguments: &[&str]) -> anyhow::Result<String> {
        self.ask_in(0, arguments)
    }

    /// The same, in this database.
    pub fn ask_in(&self, database: u8, arguments: &[&str]) -> anyhow::Result<String> {
        let mut cli = self.cli();
        let said = done(cli.args(["-e", "-n", &database.to_string()]).args(arguments))?;
        Ok(said.strip_suffix('\n').unwrap_or(&said).to_owned())
    }

    /// A `redis-cli` that knows how to reach it, for what goes on for longer than a command.
    pub fn cli(&self) -> Command {
        let mut cli = Command::new(&self.cli);
        cli.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        if let Some(password) = &self.options.password {
            cli.env("REDISCLI_AUTH", password);
        }
        if self.options.tls {
            cli.args(["--tls", "--cacert"]).arg(self.certificate());
        }
        cli
    }

    /// It listens a moment before it answers.
    fn until_it_answers(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let last = self.ask(&["PING"]);
            if last.is_ok() || Instant::now() > deadline {
                return last.map(drop);
            }
        }
    }
}

fn certificate(folder: &Path) -> PathBuf {
    folder.join("certificate.pem")
}

fn make_certificate(certificate: &str, key: &str) -> anyhow::Result<()> {
    let openssl = packages::program("openssl", "openssl")?;
    done(Command::new(openssl).args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-noenc",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-keyout",
        key,
        "-out",
        certificate,
    ]))?;
    own(Path::new(certificate))?;
    own(Path::new(key))
}

#[cfg(test)]
mod tests {
    use rustix::process::Signal;

    use super::*;

    #[test]
    fn a_redis_with_a_password_little_memory_and_tls_answers_who_knows_them() -> anyhow::Result<()> {
        let options =
            Options { password: Some("a password for tests".into()), memory: Some("4mb".into()), tls: true };
        let redis = Redis::start_with(free_port()?, options)?;
        assert_eq!(redis.ask(&["PING"])?, "PONG");
        assert_eq!(redis.ask(&["CONFIG", "GET", "maxmemory"])?, "maxmemory\n4194304");
        redis.ask(&["NO SUCH COMMAND"]).expect_err("an error is one");
        Ok(())
    }

    #[test]
    fn a_server_that_was_killed_is_gone_and_one_that_was_stopped_ends_all_the_same() -> anyhow::Result<()> {
        let (killed, stopped) = (Redis::start()?, Redis::start()?);
        killed.running().signal(Signal::KILL)?;
        let deadline = Instant::now() + PATIENCE;
        while killed.ask(&["PING"]).is_ok() {
            assert!(Instant::now() < deadline, "it goes on");
        }
        stopped.running().signal(Signal::STOP)?;
        drop(stopped);
        Ok(())
    }
}
