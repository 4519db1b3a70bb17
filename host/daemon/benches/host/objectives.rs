//! A node with ten thousand objectives: what each costs in memory, what all cost each second, how many pushed events it
//! takes in over HTTP.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use tokio::time::{Instant, sleep};

use crate::figure::{self, Reach};
use crate::home::{Checks, Home};
use crate::node::Node;

const SLOS: usize = 10_000;
const FILES: usize = 10;
const WINDOW: Duration = Duration::from_secs(10);
/// As many as one batch may hold.
const EVENTS: usize = 50_000;
const BATCHES: usize = 20;
const SENDERS: usize = 2;

pub(crate) async fn measure() -> Result<()> {
    let bare = Home::new(&[Checks::alike(1, "1h")]).await?;
    let without = Node::start(&bare).await?.resident_mb()?;
    let home = Home::new(&[Checks::alike(1, "1h")]).await?;
    write(&home)?;
    let began = Instant::now();
    let node = Node::start(&home).await?;
    let started = began.elapsed().as_secs_f64();
    figure::print("10,000 SLOs: start until it listens", started, "s", None, Reach::AtMost(2.0));
    let mut sender = Sender::new(&home, &node)?;
    // Every objective has something to judge.
    for slo in 0..SLOS {
        sender.send(slo, r#"{"events": [{"good": 9999, "total": 10000}]}"#)?;
    }
    sleep(Duration::from_secs(3)).await;
    let bytes = (node.resident_mb()? - without) * 1e6 / SLOS as f64;
    figure::print("10,000 SLOs: resident, more than without", bytes, "bytes an SLO", None, Reach::AtMost(16_384.0));
    let (cpu, began) = (node.cpu_seconds()?, Instant::now());
    sleep(WINDOW).await;
    let share = (node.cpu_seconds()? - cpu) / began.elapsed().as_secs_f64() * 100.0;
    figure::print("10,000 SLOs: judged each second", share, "% of a core", None, Reach::AtMost(5.0));
    intake(&home, &node)
}

fn intake(home: &Home, node: &Node) -> Result<()> {
    let events = vec![r#"{"good": 1, "total": 1}"#; EVENTS].join(",");
    let body = format!("{{\"events\": [{events}]}}");
    let senders = (0..SENDERS).map(|_| Sender::new(home, node)).collect::<Result<Vec<_>>>()?;
    let began = Instant::now();
    thread::scope(|scope| {
        let sending: Vec<_> = senders
            .into_iter()
            .enumerate()
            .map(|(slo, mut sender)| {
                let body = &body;
                scope.spawn(move || (0..BATCHES / SENDERS).try_for_each(|_| sender.send(slo, body)))
            })
            .collect();
        sending.into_iter().try_for_each(|sent| sent.join().map_err(|_| anyhow!("a sender fell"))?)
    })?;
    let per_second = (EVENTS * BATCHES) as f64 / began.elapsed().as_secs_f64();
    figure::print("events taken in over HTTP, on disk", per_second, "events/s", None, Reach::AtLeast(500_000.0));
    Ok(())
}

/// One connection.
#[derive(Debug)]
struct Sender {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Sender {
    fn new(home: &Home, node: &Node) -> Result<Self> {
        let token = fs::read_to_string(home.path("data/admin.token")).context("the admin's token")?;
        let stream = TcpStream::connect(node.address())?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), token: token.trim().to_owned() })
    }

    fn send(&mut self, slo: usize, body: &str) -> Result<()> {
        let (token, length) = (&self.token, body.len());
        let head = format!(
            "POST /api/v1/sli/events-{slo}/events HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let (mut status, mut left) = (String::new(), 0);
        self.stream.read_line(&mut status)?;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                left = value.trim().parse()?;
            }
        }
        let mut said = vec![0; left];
        self.stream.read_exact(&mut said)?;
        ensure!(status.contains(" 200 "), "the node answered {status}: {}", String::from_utf8_lossy(&said));
        Ok(())
    }
}

/// Slots of a second: each objective is judged each second.
fn write(home: &Home) -> Result<()> {
    let config = fs::read_to_string(home.config())?;
    fs::write(home.config(), format!("{config}slos: {{files: [slos/*.yaml]}}\n"))?;
    fs::create_dir(home.path("slos"))?;
    for file in 0..FILES {
        let mut text = String::new();
        for slo in (0..SLOS).filter(|slo| slo % FILES == file) {
            let source = format!("{{metricSource: {{type: tocsin, spec: {{events: events-{slo}}}}}}}");
            writeln!(
                text,
                "---\napiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: slo-{slo}, annotations: {{tocsin.dev/slot: 1s}}}}\n\
                 spec:\n  service: shop\n  indicator: {{metadata: {{name: events-{slo}}}, spec: {{ratioMetric: {{good: {source}, total: {source}}}}}}}\n\
                 \x20 timeWindow: [{{duration: 2d, isRolling: true}}]\n  budgetingMethod: Occurrences\n  objectives: [{{targetPercent: 99.9}}]"
            )?;
        }
        fs::write(home.path(&format!("slos/{file}.yaml")), text)?;
    }
    Ok(())
}
