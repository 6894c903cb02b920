//! `cargo xtask dev`: the service as it is being changed, on a folder that is kept. Knows how it is started and whom
//! it can let in.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};
use creativestore_tests::servers::pgbouncer::Release;

use crate::full::Full;
use crate::service::{self, Start};
use crate::{interrupt, plain_table, workspace};

/// Build and serve on a folder that is kept, target/dev, with the log for people here. Prints the address and a
/// token that signs the administrator in once. Restarts nothing: end it with Ctrl-C and begin again; what it
/// holds is still there. `rm -r target/dev` begins afresh.
#[derive(clap::Args)]
pub struct Arguments {
    /// The port to listen on; 0 for a free one. The second replica of `--full` listens on the next.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// As in production: two replicas on Postgres behind pgbouncer, Redis and Consul, all started privately and gone at
    /// the end, with all they hold. Servers that are missing are installed (on Debian, as root) or named.
    #[arg(long)]
    full: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    interrupt::watch()?;
    let program = service::build(false)?;
    if arguments.full {
        return full(arguments.port, &program);
    }
    let folder = workspace::target_folder()?.join("dev");
    std::fs::create_dir_all(&folder)?;
    let start =
        Start { program: &program, folder: &folder, port: arguments.port, settings: &[], aloud: true };
    let mut service = start.start()?;
    let token = match &service.one_time_token {
        Some(token) => token.clone(),
        None => another_token(&program, &folder)?,
    };
    println!("\nServing {} at {} until Ctrl-C.", folder.display(), service.url);
    println!("To sign the administrator in, once:");
    println!("  {} token --server {} --one-time-token {token}", program.display(), service.url);
    service.serve()?;
    service.end()?;
    Ok(ExitCode::SUCCESS)
}

fn full(port: u16, program: &Path) -> anyhow::Result<ExitCode> {
    let full = Full::start(Release::Newer, |next| eprintln!("Starting {next} …"))?;
    let folder = tempfile::Builder::new().prefix("creativestore-dev-").tempdir()?;
    let next = if port == 0 { 0 } else { port.checked_add(1).context("a port above this one")? };
    let one = full.replica(program, &folder.path().join("one"), port, true, &[])?;
    let two = full.replica(program, &folder.path().join("two"), next, true, &[])?;
    let token = one.one_time_token.clone().context("a new database has a token for its first user")?;
    let mut table = plain_table::with_header(["what", "where"]);
    table.add_row(["replica one", &one.url]);
    table.add_row(["replica two", &two.url]);
    for (what, how) in full.ways_in() {
        table.add_row([what, &how]);
    }
    println!();
    plain_table::print(&table);
    println!("\nServing until Ctrl-C; nothing is kept after that.");
    println!("To sign the administrator in, once, through either:");
    println!("  {} token --server {} --one-time-token {token}", program.display(), one.url);
    println!("Or the whole job, through replica two:");
    println!("  cargo xtask demo --once --url {} --one-time-token {token}", two.url);
    // Whoever ends one tries what becomes of the other.
    let mut replicas = vec![("one", one), ("two", two)];
    while !interrupt::came() {
        ensure!(!replicas.is_empty(), "both replicas ended by themselves");
        let mut serving = Vec::new();
        for (name, mut replica) in replicas {
            match replica.ended()? {
                None => serving.push((name, replica)),
                Some(status) => eprintln!("Replica {name} ended, with {status}."),
            }
        }
        replicas = serving;
        service::pause();
    }
    for (_, replica) in replicas {
        replica.end()?;
    }
    folder.close()?;
    Ok(ExitCode::SUCCESS)
}

/// A new token for the first user, since the one of the first start has been used or forgotten.
fn another_token(program: &Path, folder: &Path) -> anyhow::Result<String> {
    let ask = |arguments: &[&str]| -> anyhow::Result<serde_json::Value> {
        // As empty an environment as the service's own, so that both read the same configuration.
        let mut command = Command::new(program);
        command.arg("user").args(arguments).current_dir(folder).env_clear();
        let output = command.output()?;
        let words = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "`creativestore user {}`: {words}", arguments.join(" "));
        Ok(serde_json::from_slice(&output.stdout)?)
    };
    let users = ask(&["list", "--json"])?;
    let login = users.pointer("/0/login").or(users.pointer("/items/0/login"));
    let login = login.and_then(|it| it.as_str()).context("the service has no user to sign in as")?;
    let invited = ask(&["invite", login, "--json"])?;
    Ok(invited["one_time_token"].as_str().context("no token for the first user")?.to_owned())
}
