//! `cargo xtask dev`: the service as it is being changed, on a folder that is kept. Knows how it is started and whom
//! it can let in.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};

use crate::service::{self, Start};
use crate::{interrupt, workspace};

/// Build and serve on a folder that is kept, target/dev, with the log for people here. Prints the address and a
/// token that signs the administrator in once. Restarts nothing: end it with Ctrl-C and begin again; what it
/// holds is still there. `rm -r target/dev` begins afresh.
#[derive(clap::Args)]
pub struct Arguments {
    /// The port to listen on; 0 for a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    interrupt::watch()?;
    let program = service::build(false)?;
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
