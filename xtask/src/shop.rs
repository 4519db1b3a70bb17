//! The shop of the demo's scenarios: a service of its own, that can be killed and started again. `start` is what a repair
//! runs; `run` is the service. It knows nothing of Tocsin.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::say;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Task,
    /// Its port on loopback.
    #[arg(long, global = true, default_value_t = 7118)]
    port: u16,
    /// Where its process id lies.
    #[arg(long, global = true, default_value = ".")]
    folder: PathBuf,
}

#[derive(Clone, Copy, Debug, clap::Subcommand)]
enum Task {
    /// Starts it in the background, and ends once it is open.
    Start,
    /// Kills it, as a fault would.
    Kill,
    /// Serves until it is killed.
    Run,
}

const PATIENCE: Duration = Duration::from_secs(1);
const LINE_BYTES_MAX: u64 = 4_096;
const TICK: Duration = Duration::from_millis(20);
const TICKS_MAX: u32 = 250;

pub(crate) fn run(args: &Args) -> Result<()> {
    let shop = Shop { address: SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)), folder: args.folder.clone() };
    match args.command {
        Task::Start => shop.start(),
        Task::Kill => shop.kill(),
        Task::Run => shop.serve(),
    }
}

/// Where it listens, and where its process id lies.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) address: SocketAddr,
    pub(crate) folder: PathBuf,
}

impl Shop {
    pub(crate) fn start(&self) -> Result<()> {
        if self.is_open() {
            say::result("the shop was open already");
            return Ok(());
        }
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["shop", "run", "--port", &self.address.port().to_string(), "--folder"]).arg(&self.folder);
        // Of its own group and without our output: it outlives whoever started it.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        command.spawn().context("the shop does not start")?;
        let (_ours, never) = std::os::unix::net::UnixStream::pair()?;
        never.set_read_timeout(Some(TICK))?;
        for _ in 0..TICKS_MAX {
            if self.is_open() {
                say::result(&format!("the shop is open at {}", self.address));
                return Ok(());
            }
            // Nothing ever comes: a pause.
            let _pause = io::Read::read(&mut &never, &mut [0]);
        }
        bail!("the shop did not open at {}", self.address)
    }

    pub(crate) fn kill(&self) -> Result<()> {
        let written = fs::read_to_string(self.pid_file()).context("the shop was never started")?;
        let pid = written.trim().parse().ok().and_then(Pid::from_raw).context("the shop's process id is none")?;
        kill_process(pid, Signal::KILL).context("the shop is not running")
    }

    fn serve(&self) -> Result<()> {
        let listener = TcpListener::bind(self.address).with_context(|| format!("{} is taken", self.address))?;
        fs::write(self.pid_file(), std::process::id().to_string())?;
        let mut state = State::default();
        for stream in listener.incoming().flatten() {
            // A client that went away in the middle of its request has no answer to miss.
            let _gone = state.answer(&stream);
        }
        Ok(())
    }

    fn is_open(&self) -> bool {
        TcpStream::connect_timeout(&self.address, PATIENCE).is_ok()
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.join("shop.pid")
    }
}

/// What can be changed from outside; gone when it is killed.
#[derive(Debug, Default)]
struct State {
    stock_is_gone: bool,
    breaker_is_open: bool,
}

impl State {
    fn answer(&mut self, stream: &TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut lines = io::Read::take(BufReader::new(stream), LINE_BYTES_MAX).lines();
        let request = lines.next().transpose()?.unwrap_or_default();
        while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        let (status, body) = self.respond(&request);
        let mut stream = stream;
        write!(
            stream,
            "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
    }

    fn respond(&mut self, request: &str) -> (&'static str, &'static str) {
        let mut words = request.split(' ');
        match (words.next().unwrap_or_default(), words.next().unwrap_or_default()) {
            ("GET" | "HEAD", "/") => ("200 OK", "The shop is open.\n"),
            ("GET" | "HEAD", "/stock") if self.stock_is_gone => ("500 Internal Server Error", "No stock.\n"),
            ("GET" | "HEAD", "/stock") => ("200 OK", "The stock answers.\n"),
            ("GET", "/breaker") if self.breaker_is_open => ("200 OK", "open\n"),
            ("GET", "/breaker") => ("200 OK", "closed\n"),
            ("PUT", "/breaker/open") => {
                self.breaker_is_open = true;
                ("200 OK", "The breaker is open.\n")
            }
            ("PUT", "/breaker/closed") => {
                self.breaker_is_open = false;
                ("200 OK", "The breaker is closed.\n")
            }
            ("POST", "/break") => {
                self.stock_is_gone = true;
                ("200 OK", "The stock is gone; POST /repair brings it back.\n")
            }
            ("POST", "/repair") => {
                self.stock_is_gone = false;
                ("200 OK", "The stock answers again.\n")
            }
            _ => ("404 Not Found", "There are /, /stock, /breaker, /break and /repair.\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stock_can_go_and_the_breaker_can_be_switched() {
        let mut state = State::default();
        assert_eq!(state.respond("GET /stock HTTP/1.1").0, "200 OK");
        state.respond("POST /break HTTP/1.1");
        assert_eq!(state.respond("GET /stock HTTP/1.1").0, "500 Internal Server Error");
        assert_eq!(state.respond("GET / HTTP/1.1").0, "200 OK", "the shop itself is open");
        state.respond("PUT /breaker/open HTTP/1.1");
        assert_eq!(state.respond("GET /breaker HTTP/1.1").1, "open\n");
        state.respond("PUT /breaker/closed HTTP/1.1");
        assert_eq!(state.respond("GET /breaker HTTP/1.1").1, "closed\n");
        state.respond("POST /repair HTTP/1.1");
        assert_eq!(state.respond("GET /stock HTTP/1.1").0, "200 OK");
    }
}
