//! The demo's pluginhost: started, asked, stopped. Knows its address and its two folders, and nothing of checks.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::signals::Signals;

/// A running pluginhost; stopped when dropped.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

const TICK: Duration = Duration::from_millis(50);
const READY_TICKS_MAX: u32 = 1_200;
const STOP_TICKS_MAX: u32 = 400;

impl Node {
    pub(crate) fn start(program: &Path, config: &Path, address: SocketAddr, log: &Path) -> Result<Self> {
        let written = File::create(log).with_context(|| format!("{} cannot be written", log.display()))?;
        let mut command = Command::new(program);
        command
            .arg("--config")
            .arg(config)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(written.try_clone()?)
            .stderr(written);
        // A group of its own: Ctrl-C reaches the demo alone, which then stops the node in order.
        let child = command.process_group(0).spawn().with_context(|| format!("{} did not start", program.display()))?;
        Ok(Self { child, address, log: log.to_owned() })
    }

    /// Waits until the node answers `/readyz`, or is gone, or Ctrl-C came (false).
    pub(crate) fn await_ready(&mut self, signals: &Signals) -> Result<bool> {
        for _ in 0..READY_TICKS_MAX {
            if let Some(status) = self.child.try_wait()? {
                bail!("pluginhost ended with {status}; it said:\n{}", self.last_words());
            }
            if self.get("/readyz").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return Ok(true);
            }
            if signals.wait(Some(TICK))? {
                return Ok(false);
            }
        }
        bail!("pluginhost was not ready within a minute; it said:\n{}", self.last_words())
    }

    /// The body of an answer of 200.
    pub(crate) fn body(&self, path: &str) -> Result<String> {
        let answer = self.get(path).with_context(|| format!("{path} was not answered"))?;
        match answer.split_once("\r\n\r\n") {
            Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok(body.trim().to_owned()),
            _ => bail!("{path} answered {}", answer.lines().next().unwrap_or("nothing")),
        }
    }

    /// HTTP/1.0, so that the body comes whole and the connection closes after it.
    fn get(&self, path: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "GET {path} HTTP/1.0\r\nhost: {}\r\naccept: application/json\r\n\r\n", self.address)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        // A server may speak 1.1 to a client of 1.0; the two status lines are alike from here on.
        Ok(answer.replacen("HTTP/1.0", "HTTP/1.1", 1))
    }

    /// Asks it to end and waits until it has drained.
    pub(crate) fn stop(&mut self, signals: &Signals) -> Result<()> {
        self.terminate();
        for _ in 0..STOP_TICKS_MAX {
            if let Some(status) = self.child.try_wait()? {
                anyhow::ensure!(status.success(), "pluginhost ended with {status}; it said:\n{}", self.last_words());
                return Ok(());
            }
            signals.wait(Some(TICK))?;
        }
        bail!("pluginhost did not stop within 20 seconds; it said:\n{}", self.last_words())
    }

    fn terminate(&self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended by itself; then there is nobody to ask.
            let _gone = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines.get(lines.len().saturating_sub(20)..).unwrap_or_default().join("\n")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.terminate();
            let _ended = self.child.wait();
        }
    }
}
