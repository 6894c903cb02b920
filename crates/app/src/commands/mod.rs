//! The command line. Each command is a file of its own and calls the use cases, or a running service.

mod config;
mod deadletter;
mod events;
mod server;
mod token;
mod user;

use std::path::Path;

use clap::{Parser, Subcommand};

use crate::configuration::{Configuration, Environment};
use crate::{life, metrics, wiring};

/// The system of record for advertising creatives: takes creatives in, looks inside, checks them against formats,
/// takes them through review, and hands out the approved revision.
///
/// Without any configuration, `creativestore serve` keeps everything under ./data and listens on 127.0.0.1:8080.
#[derive(Parser)]
#[command(name = "creativestore", version, max_term_width = 100, after_help = AFTER)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const AFTER: &str = "\
Exit codes: 0 done; 1 it failed, standard error says why; 2 the command line is not valid; 78 the configuration is \
not valid, all mistakes are listed.

Settings come from files and environment variables: `creativestore config check` shows them all.";

#[derive(Subcommand)]
enum Command {
    /// Serve until Ctrl-C or SIGTERM.
    ///
    /// The first start makes a user `admin` and prints a token that signs in once (not with `SERVER_MODE=release`:
    /// there, run `creativestore user create --admin`). SIGTERM ends it: unready at once, still serving for
    /// `server.drain_delay`, then open requests finish. A second signal ends it at once.
    Serve {
        /// Print one line of JSON once it is ready: `url`, and `one_time_token` on the first start.
        #[arg(long)]
        json: bool,
    },
    /// Bring the database up to date, then end. `serve` does this, too.
    Migrate,
    /// Look at the configuration.
    #[command(subcommand)]
    Config(config::Command),
    /// Keep the people who may sign in. Works beside a running service.
    #[command(subcommand)]
    User(user::Command),
    /// Sign in to a running service and print an access token.
    Token(token::Arguments),
    /// Print the OpenAPI 3.1 document.
    Openapi,
    /// Watch what happens.
    #[command(subcommand)]
    Events(events::Command),
    /// Look at messages that could not be handled, and decide what becomes of them.
    #[command(subcommand)]
    Deadletter(deadletter::Command),
    /// Print a page of the documentation that is made from the code.
    #[command(subcommand, hide = true)]
    Docs(Page),
}

#[derive(Subcommand)]
enum Page {
    Configuration,
    Metrics,
}

impl Arguments {
    /// Does what was asked.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Serve { json } => {
                let configuration = configuration()?;
                life::runtime(configuration.threads)?.block_on(life::serve(configuration, json))
            }
            Command::Migrate => {
                let configuration = configuration()?;
                life::runtime(1)?.block_on(wiring::migrate(&configuration))?;
                let place = match &configuration.database {
                    Some(database) => format!("{} on {}", database.name, database.host),
                    None => format!("in {}", configuration.folder.display()),
                };
                print(&format!("the database {place} is up to date"))
            }
            Command::Config(command) => command.run(),
            Command::User(command) => command.run(),
            Command::Token(arguments) => arguments.run(),
            Command::Openapi => print(&creativestore_rest::openapi().to_pretty_json()?),
            Command::Events(command) => command.run(),
            Command::Deadletter(command) => command.run(),
            Command::Docs(Page::Configuration) => print(crate::configuration::page().trim_end()),
            Command::Docs(Page::Metrics) => print(metrics::page().trim_end()),
        }
    }
}

fn configuration() -> anyhow::Result<Configuration> {
    Ok(Configuration::read(&Environment::of_process(), Path::new(""))?)
}

/// Prints lines for whoever reads standard output; a reader that has seen enough is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
