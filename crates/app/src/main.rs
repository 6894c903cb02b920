//! creativestore: the system of record for advertising creatives.

mod ambient;
mod commands;
mod configuration;
mod health;
mod http;
mod life;
mod memory;
mod metrics;
mod secrets;
mod telemetry;
mod wiring;
mod workers;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Before anything else: the media process confines itself, and must not have started a thread.
    if std::env::args_os().nth(1).is_some_and(|first| first == wiring::MEDIA_CHILD) {
        return wiring::media_child();
    }
    match commands::Arguments::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("creativestore: {error:#}");
            let configuration = error.is::<configuration::Problems>();
            if configuration { ExitCode::from(configuration::EXIT) } else { ExitCode::FAILURE }
        }
    }
}
