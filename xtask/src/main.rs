//! The only command beside `cargo` itself: what a person or a machine does with this repository.
//!
//! Refuses to know what the product does; each command is a file of its own.

use clap::{Parser, Subcommand};

mod account;
mod bench;
mod corpus;
mod demo;
mod dev;
mod full;
mod group;
mod http;
mod image;
mod interrupt;
mod mutations;
mod offspring;
mod plain_table;
mod service;
mod test;
mod tidy;
mod workspace;

/// What to do with this repository. `demo` shows the product, `test` runs everything there is to run.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Dev(dev::Arguments),
    Corpus(corpus::Arguments),
    Bench(bench::Arguments),
    Image(image::Arguments),
    Tidy(tidy::Arguments),
    Test(test::Arguments),
    Mutations(mutations::Arguments),
}

fn main() -> anyhow::Result<std::process::ExitCode> {
    match Arguments::parse().command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Dev(arguments) => dev::run(&arguments),
        Command::Corpus(arguments) => corpus::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Image(arguments) => image::run(&arguments),
        Command::Tidy(arguments) => tidy::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Mutations(arguments) => mutations::run(&arguments),
    }
}
