//! A node with ten thousand objectives: what each costs in memory, what all cost each second, how many pushed events it
//! takes in over HTTP.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::Client;
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
    let sender = Sender::new(&home, &node)?;
    // Every objective has something to judge.
    for slo in 0..SLOS {
        sender.send(slo, r#"{"events": [{"good": 9999, "total": 10000}]}"#.into()).await?;
    }
    sleep(Duration::from_secs(3)).await;
    let bytes = (node.resident_mb()? - without) * 1e6 / SLOS as f64;
    figure::print("10,000 SLOs: resident, more than without", bytes, "bytes an SLO", None, Reach::AtMost(16_384.0));
    let (cpu, began) = (node.cpu_seconds()?, Instant::now());
    sleep(WINDOW).await;
    let share = (node.cpu_seconds()? - cpu) / began.elapsed().as_secs_f64() * 100.0;
    figure::print("10,000 SLOs: judged each second", share, "% of a core", None, Reach::AtMost(5.0));
    intake(&sender).await
}

async fn intake(sender: &Sender) -> Result<()> {
    let event = r#"{"good": 1, "total": 1}"#;
    let events = vec![event; EVENTS].join(",");
    let body = format!("{{\"events\": [{events}]}}");
    let began = Instant::now();
    let sending = (0..SENDERS).map(|slo| {
        let body = body.clone();
        async move {
            for _ in 0..BATCHES / SENDERS {
                sender.send(slo, body.clone()).await?;
            }
            anyhow::Ok(())
        }
    });
    futures_util::future::try_join_all(sending).await?;
    let per_second = (EVENTS * BATCHES) as f64 / began.elapsed().as_secs_f64();
    figure::print("events taken in over HTTP, on disk", per_second, "events/s", None, Reach::AtLeast(500_000.0));
    Ok(())
}

#[derive(Debug)]
struct Sender {
    client: Client,
    url: String,
    token: String,
}

impl Sender {
    fn new(home: &Home, node: &Node) -> Result<Self> {
        let token = fs::read_to_string(home.path("data/admin.token")).context("the admin's token")?;
        let url = format!("http://{}/api/v1/sli", node.address());
        Ok(Self { client: Client::new(), url, token: token.trim().to_owned() })
    }

    async fn send(&self, slo: usize, body: String) -> Result<()> {
        let post = self.client.post(format!("{}/events-{slo}/events", self.url)).bearer_auth(&self.token);
        let answer = post.header("content-type", "application/json").body(body).send().await?;
        let (status, said) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "the node answered {status}: {said}");
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
