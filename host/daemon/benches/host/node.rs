//! A running `pluginhost`, the real program: its metrics as anyone may read them, its memory and CPU time as the kernel
//! tells them.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::time::{Instant, sleep};

use crate::home::Home;
use crate::scrape::Scrape;

/// A start that takes longer is no start.
const START_MAX: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    address: SocketAddr,
}

impl Node {
    /// Starts it and waits until it says where it listens.
    pub(crate) async fn start(home: &Home) -> Result<Self> {
        let log = home.path("pluginhost.log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_pluginhost"));
        command.arg("--config").arg(home.config()).args(["--listen", "127.0.0.1:0"]);
        command.env("NO_COLOR", "1").env_remove("RUST_LOG").stdout(Stdio::null()).stderr(File::create(&log)?);
        let mut child = command.spawn().context("pluginhost does not start")?;
        let began = Instant::now();
        loop {
            let said = fs::read_to_string(&log)?;
            let address = said.split_once("listening on http://").and_then(|(_, rest)| rest.split_once("/\n"));
            if let Some((address, _)) = address {
                return Ok(Self { child, address: address.parse()? });
            }
            if child.try_wait()?.is_some() || began.elapsed() > START_MAX {
                bail!("pluginhost did not start:\n{said}");
            }
            sleep(Duration::from_millis(1)).await;
        }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What `/metrics` says now.
    pub(crate) fn scrape(&self) -> Result<Scrape> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Scrape::read(&text)
    }

    /// Bytes resident, in millions.
    pub(crate) fn resident_mb(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * 1024.0 / 1e6)
    }

    /// Seconds of CPU time since it started, of all its threads.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, after_name) = stat.rsplit_once(')').context("no name in stat")?;
        let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<f64>().ok()).sum();
        // Linux shows these clocks in hundredths of a second everywhere.
        Ok(ticks / 100.0)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Already gone, or gone now.
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}
