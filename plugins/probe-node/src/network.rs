//! Network interfaces: bytes as counters, and errors a second since the last run.

use std::collections::BTreeMap;

use tocsin_sdk::node::{self, InterfaceCounters};
use tocsin_sdk::{Error, Metric, clock, state};

use crate::config::Network;

const KEY: &str = "network";

/// When, and each interface's errors and drops by then.
type Before = (i64, BTreeMap<String, u64>);

pub(crate) fn metrics(config: &Network) -> Result<Vec<Metric>, Error> {
    let interfaces = node::network()?;
    let now = clock::now_ms();
    let before = state::get::<Before>(KEY)?;
    let mut bad = BTreeMap::new();
    let mut metrics = Vec::new();
    for interface in interfaces.iter().filter(|interface| interface.up && !config.except.contains(&interface.name)) {
        let of = |metric: Metric| metric.label("interface", interface.name.as_str());
        let counter = |name: &str, bytes: u64| of(Metric::counter(name, crate::bytes(bytes)).unit("bytes"));
        metrics.push(counter("network_received", interface.received_bytes));
        metrics.push(counter("network_sent", interface.sent_bytes));
        let total = errors(interface);
        let rate = before.as_ref().and_then(|(at, known)| rate(now - at, *known.get(&interface.name)?, total));
        if let Some(rate) = rate {
            metrics.push(config.errors_per_second.on(of(Metric::gauge("network_errors_per_second", rate))));
        }
        bad.insert(interface.name.clone(), total);
    }
    state::set(KEY, &(now, bad))?;
    Ok(metrics)
}

fn errors(interface: &InterfaceCounters) -> u64 {
    [interface.received_errors, interface.received_dropped, interface.sent_errors, interface.sent_dropped].iter().sum()
}

/// None where the counter started again, or the clock did not move on.
#[expect(clippy::cast_precision_loss, reason = "milliseconds between two runs")]
fn rate(milliseconds: i64, before: u64, now: u64) -> Option<f64> {
    let gained = now.checked_sub(before)?;
    (milliseconds > 0).then(|| crate::bytes(gained) * 1_000.0 / milliseconds as f64)
}
