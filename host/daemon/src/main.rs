//! `pluginhost`: the daemon's command line, from arguments to a drained shutdown.

#![forbid(unsafe_code)]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use pluginhost::app::{App, Drained, Running, Settings};
use pluginhost::clock::SystemClock;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Runs a team's checks on this node, each in a sandbox, and shows what they found.
///
/// Signals: SIGHUP reads the configuration again, SIGTERM and SIGINT stop the node in good order.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Example: pluginhost --config /etc/tocsin/tocsin.yaml\n\
    The page is at the address it listens on, http://127.0.0.1:7117/ by default."
)]
struct Args {
    /// The configuration; files of `conf.d` beside it are read as well.
    #[arg(long, short, default_value = "tocsin.yaml", env = "TOCSIN_CONFIG")]
    config: PathBuf,
    /// Where to listen, instead of the configuration's `listen`.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// The data folder, instead of the configuration's `data`.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Log lines as JSON.
    #[arg(long)]
    log_json: bool,
}

/// The configuration or the machine does not let the node start (`EX_CONFIG` of sysexits.h).
const CANNOT_START: u8 = 78;

fn main() -> ExitCode {
    let args = Args::parse();
    log_to_stderr(args.log_json);
    match run(args) {
        Ok(code) => code,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "why a program does not start is read on its terminal")]
            {
                eprintln!("pluginhost: {error:#}");
            }
            ExitCode::from(CANNOT_START)
        }
    }
}

#[tokio::main]
async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let settings = Settings { config: args.config, listen: args.listen, data: args.data };
    let app = App::build(settings, Arc::new(SystemClock)).await?;
    let grace = app.shutdown_grace();
    let running = app.spawn()?;
    tracing::info!("listening on http://{}/", running.address());
    let fell = until_told_to_stop(&running).await?;
    match running.drain(grace).await {
        Drained::Whole => tracing::info!("stopped"),
        Drained::CutShort => tracing::warn!(grace_seconds = Duration::as_secs(&grace), "stopped with work in hand"),
    }
    Ok(if fell { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Whether it stops because a room fell, not because somebody asked.
async fn until_told_to_stop(running: &Running) -> anyhow::Result<bool> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be awaited")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be awaited")?;
    let mut hang_up = signal(SignalKind::hangup()).context("SIGHUP cannot be awaited")?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(false),
            _ = interrupt.recv() => return Ok(false),
            () = running.fallen() => return Ok(true),
            _ = hang_up.recv() => running.reload().await,
        }
    }
}

fn log_to_stderr(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json { lines.json().init() } else { lines.init() }
}
