//! One of both sides: where it is spoken to. Its file is the same for both but for the sink.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use tocsin_tests::{Alertmanager, Home, Node};

/// Ended when dropped.
#[expect(dead_code, reason = "what is held lives as long as this")]
enum Process<'h> {
    Node(Node<'h>),
    Alertmanager(Alertmanager),
}

pub(crate) struct Side<'h> {
    _process: Process<'h>,
    /// `127.0.0.1:9093`
    pub(crate) address: String,
    /// Of the API.
    pub(crate) path: &'static str,
    pub(crate) token: String,
}

impl<'h> Side<'h> {
    pub(crate) fn node(home: &'h Home, file: &str) -> Self {
        home.write("alertmanager.yml", file);
        home.write("tocsin.yaml", "node: {name: bench}\nalerting: {config: alertmanager.yml}\n");
        let node = home.start();
        let token = std::fs::read_to_string(home.path("data/admin.token")).unwrap_or_default().trim().to_owned();
        let address = node.url.trim_start_matches("http://").to_owned();
        Self { _process: Process::Node(node), address, path: "/alertmanager/api/v2", token }
    }

    /// None where it is not installed.
    pub(crate) fn alertmanager(file: &str) -> Option<Self> {
        let process = Alertmanager::start(file)?;
        let address = process.url.trim_start_matches("http://").to_owned();
        Some(Self { _process: Process::Alertmanager(process), address, path: "/api/v2", token: String::new() })
    }

    /// All alerts, read to the end.
    pub(crate) fn list(&self) -> Result<()> {
        let mut response = ureq::get(format!("http://{}{}/alerts", self.address, self.path)).call()?;
        let text = response.body_mut().with_config().limit(1 << 30).read_to_string()?;
        text.starts_with('[').then_some(()).context("that is no list of alerts")
    }
}

/// Probes are told at once and alone; everything else in groups, after a second.
pub(crate) fn file(rules: usize, sink: &str) -> String {
    let mut text = format!(
        "route:\n  receiver: sink\n  group_by: [cluster]\n  group_wait: 1s\n  routes:\n    - {{matchers: [kind=probe], \
         group_by: ['...'], group_wait: 0s}}\nreceivers: [{{name: sink, webhook_configs: [{{url: '{sink}'}}]}}]\n\
         inhibit_rules:{}",
        if rules == 0 { " []" } else { "" }
    );
    for area in 0..rules {
        // Writing to a text does not fail.
        let _written = write!(
            text,
            "\n  - {{source_matchers: [severity=critical, area=a{area}], target_matchers: [severity=warning, \
             area=a{area}], equal: [cluster]}}"
        );
    }
    text
}
