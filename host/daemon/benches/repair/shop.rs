//! The service that is killed: this bench's own program, started again with other arguments. It answers every request with
//! its process id and how often it was checked, so that the bench knows whether it is another one, and when a check was
//! made. Knows nothing of who checks and starts it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tocsin_tests::{clock, wait_until};

/// Below those that outgoing connections are given: one of them could take the port while nobody listens there.
const PORTS: std::ops::Range<u16> = 20_000..30_000;
const START_MAX: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(1);
const PATIENCE: Duration = Duration::from_secs(1);
/// A bench that was itself killed leaves nothing behind for longer than this.
const LIFE_MAX: Duration = Duration::from_mins(15);

/// What the bench asks; every other path is a check.
const LOOK: &str = "GET /look ";

/// What it says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) pid: u32,
    pub(crate) checks: u64,
}

/// Killed when dropped.
#[derive(Debug)]
pub(crate) struct Shop {
    port: u16,
}

/// What this program was started again for, if it was: to start a shop, or to be one.
pub(crate) fn asked() -> Option<Result<()>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [shop, task, port] = words.as_slice() else { return None };
    (shop == "shop").then(|| {
        let port = port.parse().with_context(|| format!("{port} is no port"))?;
        if task == "serve" { serve(port) } else { start(port) }
    })
}

impl Shop {
    /// On a free port of loopback.
    pub(crate) fn open() -> Result<Self> {
        let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
        let shop = Self { port: PORTS.into_iter().find(is_free).context("no port is free for the shop")? };
        let command = shop.command()?;
        let (program, arguments) = command.split_first().context("the shop has no command")?;
        let status = Command::new(program).args(arguments).status()?;
        ensure!(status.success(), "the shop did not start: {status}");
        Ok(shop)
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// What starts it, and ends once it answers.
    pub(crate) fn command(&self) -> Result<Vec<String>> {
        let program = std::env::current_exe()?.display().to_string();
        Ok(vec![program, "shop".to_owned(), "start".to_owned(), self.port.to_string()])
    }

    /// None while nobody listens there.
    pub(crate) fn look(&self) -> Option<Answer> {
        look(self.port)
    }

    /// SIGKILL; the id of the process that is no more.
    pub(crate) fn kill(&self) -> Result<u32> {
        let Answer { pid, .. } = self.look().context("the shop is not open")?;
        let raw = i32::try_from(pid).ok().and_then(Pid::from_raw).context("the shop's process id is none")?;
        kill_process(raw, Signal::KILL)?;
        Ok(pid)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // It may be gone already.
        let _gone = self.kill();
    }
}

fn look(port: u16) -> Option<Answer> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    write!(stream, "{LOOK}HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (pid, checks) = answer.split_once("\r\n\r\n")?.1.split_once(' ')?;
    Some(Answer { pid: pid.parse().ok()?, checks: checks.parse().ok()? })
}

/// In the background, of its own group and without our output: it outlives whoever started it.
fn start(port: u16) -> Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["shop", "serve", &port.to_string()]).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().context("the shop does not start")?;
    let until = clock() + START_MAX;
    while clock() < until {
        if look(port).is_some() {
            return Ok(());
        }
        wait_until(clock() + TICK);
    }
    bail!("the shop did not open at port {port}")
}

fn serve(port: u16) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| format!("port {port} is taken"))?;
    thread::spawn(move || {
        let mut checks = 0;
        for stream in listener.incoming().flatten() {
            // Who asked and went away has no answer to miss.
            let _gone = answer(&stream, &mut checks);
        }
    });
    wait_until(clock() + LIFE_MAX);
    Ok(())
}

fn answer(mut stream: &TcpStream, checks: &mut u64) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    *checks += u64::from(!request.starts_with(LOOK));
    let body = format!("{} {checks}", std::process::id());
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
