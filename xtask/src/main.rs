//! `cargo xtask`: what one does with this repository, each word a room of its own. The first thing a newcomer
//! compiles, so it depends on little and knows nothing of our own crates: it runs their programs.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod ci;
mod demo;
mod peers;
mod plugins;
mod say;
mod shop;
mod test;
mod workspace;

use workspace::Workspace;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Builds, tests, shows and measures Tocsin")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run Tocsin on this machine with the standard plugins, checking this machine for real.
    Demo(demo::Args),
    /// Build what the tests need, then run all of them.
    Test(test::Args),
    /// Format, lint, licence and documentation checks.
    Ci,
    /// Measure, against a peer or a floor in the same run.
    Bench(bench::Args),
    /// The shop that the demo's scenarios break: a service of its own.
    #[command(hide = true)]
    Shop(shop::Args),
    /// Build every plugin, and the tests' guests, that changed.
    Plugins,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    let workspace = Workspace::here()?;
    match command {
        Command::Demo(args) => demo::run(&workspace, &args),
        Command::Test(args) => test::run(&workspace, &args),
        Command::Ci => ci::run(&workspace),
        Command::Bench(args) => bench::run(&workspace, &args),
        Command::Shop(args) => shop::run(&args),
        Command::Plugins => plugins::build_all(&workspace).map(drop),
    }
}
