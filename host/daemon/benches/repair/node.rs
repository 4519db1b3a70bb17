//! The node's side: a playbook as in `examples/self-repair`, with gates so wide that one repair after another is allowed.
//! What it says is read from its API, as anyone may.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tocsin_tests::{Home, Node};

use crate::shop::Shop;
use crate::{Said, Side, plugins};

const NODE: &str = "node: {name: bench}\nretention: {reserve: 64KiB}\nincidents: {resolve_after: 1s}\n";

/// Faults come every few seconds here, which would be flapping, and too many repairs, anywhere else.
const CHECKS: &str = "
checks:
  - {name: shop, plugin: probe-http, interval: 1s, timeout: 1s, health: {flapping: {enabled: false}}, config: {url: 'http://127.0.0.1:PORT/'}}
commands:
  - {name: start-shop, run: COMMAND}
playbooks:
  - name: start-the-shop
    trigger: {checks: [shop]}
    actions: [{plugin: action-run-command, config: {command: start-shop, verify: {settle: 1s, times: 2}}}]
    mode: auto
    gates:
      cooldown: 0s
      attempts: 20
      healthy_for: 1s
      rate: {count: 1000, per: 1s}
      node_rate: {count: 1000, per: 1s}
      fleet_rate: {count: 1000, per: 1s}
      repeat_max: 100
    verification: {settle: 1s, times: 2, within: 1m}
";

/// Fields are dropped in this order: the node must not start its shop again.
pub(crate) struct Repairing<'h> {
    node: Node<'h>,
    shop: Shop,
    /// Since the fault.
    said: Said,
    /// Repairs that had ended before the fault.
    over: usize,
}

impl<'h> Repairing<'h> {
    pub(crate) fn start(home: &'h Home) -> Result<Self> {
        let shop = Shop::open()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(plugins::install(&home.path("data"), &["probe-http", "action-run-command"]))?;
        home.write("tocsin.yaml", NODE);
        let command = serde_json::to_string(&shop.command()?)?;
        home.write_checks(&CHECKS.replace("PORT", &shop.port().to_string()).replace("COMMAND", &command));
        Ok(Self { node: home.start(), shop, said: Said::default(), over: 0 })
    }

    fn status(&self) -> Result<String> {
        let list = self.node.get("/api/v1/checks?recent=false");
        let status = list.pointer("/checks/0/status").and_then(Value::as_str);
        status.map(str::to_owned).context("the check is not there")
    }

    /// How each repair ended that has, and whether all have.
    fn ended(&self) -> Result<(Vec<Value>, bool)> {
        let mut list = self.node.get("/api/v1/remediations");
        let list = list.get_mut("remediations").and_then(Value::as_array_mut).context("there is no list of repairs")?;
        let begun = list.len();
        let ended: Vec<Value> = list.iter_mut().filter_map(|it| it.get_mut("ended").map(Value::take)).collect();
        let all = ended.len() == begun;
        Ok((ended, all))
    }
}

impl Side for Repairing<'_> {
    fn name(&self) -> &'static str {
        "the node"
    }

    fn shop(&self) -> &Shop {
        &self.shop
    }

    fn is_calm(&mut self) -> Result<bool> {
        let firing = self.node.get("/api/v1/alerts?state=firing");
        let is_quiet = firing.get("alerts").and_then(Value::as_array).is_some_and(Vec::is_empty);
        let (ended, all) = self.ended()?;
        (self.said, self.over) = (Said::default(), ended.len());
        Ok(is_quiet && all && self.status()? == "ok")
    }

    fn said(&mut self) -> Result<Said> {
        if !self.said.passed {
            let status = self.status()?;
            self.said.passed = self.said.detected && status == "ok";
            self.said.detected |= status == "critical";
        } else if !self.said.verified {
            let (ended, _) = self.ended()?;
            let bad = ended.iter().find(|it| it.get("how").is_none_or(|how| how != "verified"));
            ensure!(bad.is_none(), "a repair was not verified: {}", bad.unwrap_or(&Value::Null));
            self.said.verified = ended.len() > self.over;
        }
        Ok(self.said)
    }
}
