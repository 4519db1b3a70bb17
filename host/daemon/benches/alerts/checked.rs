//! A node that finds out itself: checks of `probe-http` against a target of ours, which answers as a script says and
//! remembers when it first answered badly.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tocsin_tests::{Home, clock};

use crate::plugins;

/// Whether what lies at this number's path is bad at this moment.
type IsBad = dyn Fn(usize, Duration) -> bool + Send + Sync;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) asked: usize,
    pub(crate) bad_at: Option<Duration>,
}

pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Target {
    /// Paths `/0` to `/count`; serves until the bench ends.
    pub(crate) fn start(count: usize, is_bad: Arc<IsBad>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Mutex::new(vec![Seen::default(); count]));
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, is_bad) = (Arc::clone(&shared), Arc::clone(&is_bad));
                // A probe that went away has no answer to miss.
                thread::spawn(move || drop(answer(&stream, &seen, &*is_bad)));
            }
        });
        Ok(Self { address, seen })
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn answer(stream: &TcpStream, seen: &Mutex<Vec<Seen>>, is_bad: &IsBad) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let number: usize = first.split(['/', ' ']).nth(2).and_then(|number| number.parse().ok()).context("no number")?;
    let now = clock();
    let is_bad = is_bad(number, now);
    if let Some(seen) = seen.lock().unwrap_or_else(PoisonError::into_inner).get_mut(number) {
        seen.asked += 1;
        seen.bad_at = seen.bad_at.or_else(|| is_bad.then_some(now));
    }
    let status = if is_bad { "500 Bad" } else { "200 OK" };
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")?;
    Ok(())
}

/// A home with `probe-http` installed, a check `c0`, `c1`, ... for each path, and this Alertmanager's file.
pub(crate) fn prepare(home: &Home, target: &Target, count: usize, interval: &str, file: &str) -> Result<()> {
    home.write("alertmanager.yml", file);
    home.write(
        "tocsin.yaml",
        "node: {name: bench}\nalerting: {config: alertmanager.yml}\nretention: {reserve: 64KiB}\n",
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(plugins::install(&home.path("data"), &["probe-http"]))?;
    let check = |number: usize| {
        format!(
            "  - {{name: c{number}, plugin: probe-http, interval: {interval}, timeout: 2s, config: {{url: \
             \"http://{}/{number}\"}}}}\n",
            target.address
        )
    };
    home.write_checks(&format!("checks:\n{}", (0..count).map(check).collect::<String>()));
    Ok(())
}
